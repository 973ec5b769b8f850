import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { NodeInput, SessionNumber } from '../machine/index.ts'

/** Where sessions of this start of the node come in, from channels and from this process alike. */
export interface FrontDesk {
  /** Opens a session. `onEvent` gets all it says; nothing comes after `closed`. */
  open(label: string, onEvent: (event: SessionEvent) => void): SessionNumber
  /** `false`: too much waits already, the call was not taken, and the session cannot go on. */
  call(session: SessionNumber, call: SessionCall): boolean
  /** The owner is gone for certain: its locks are freed now. */
  gone(session: SessionNumber): void
  /**
   * Nobody listens any more, but the owner may still believe in its locks: they are freed when the
   * session's lease has passed without a word.
   */
  abandon(session: SessionNumber): void
  /** What the machine says to a session. */
  deliver(session: SessionNumber, event: SessionEvent): void
  /** Tells every session that the node stops. */
  closeAll(): void
  /** Sessions that are open, or whose lease still runs. */
  readonly size: number
}

export interface Intake {
  /** Takes an input that must not be lost. */
  put(input: NodeInput): void
  /** Takes an input if there is room for it. */
  tryPut(input: NodeInput): boolean
}

export function createFrontDesk({ put, tryPut }: Intake): FrontDesk {
  const listeners = new Map<SessionNumber, (event: SessionEvent) => void>()
  let last: SessionNumber = 0
  let isClosed = false

  return {
    open(label, onEvent) {
      last += 1
      if (isClosed) {
        queueMicrotask(() => onEvent({ kind: 'closed', reason: 'node-stopped' }))
        return last
      }
      listeners.set(last, onEvent)
      put({ kind: 'session-opened', session: last, label })
      return last
    },
    call(session, call) {
      if (!listeners.has(session)) return true
      return tryPut({ kind: 'session-call', session, call })
    },
    gone(session) {
      if (listeners.delete(session)) put({ kind: 'session-gone', session })
    },
    abandon(session) {
      if (listeners.has(session)) listeners.set(session, ignore)
    },
    deliver(session, event) {
      const listener = listeners.get(session)
      if (event.kind === 'closed') listeners.delete(session)
      listener?.(event)
    },
    closeAll() {
      isClosed = true
      const all = [...listeners.values()]
      listeners.clear()
      for (const listener of all) listener({ kind: 'closed', reason: 'node-stopped' })
    },
    get size(): number {
      return listeners.size
    },
  }
}

function ignore(): void {
  // An abandoned session has no owner to tell.
}
