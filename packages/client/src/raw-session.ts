/**
 * A session for tools: calls as the engine has them go in, events as the node says them come out.
 * Nothing is opened again and nothing is kept per lock; an application wants a `Cluster`.
 *
 * What it does by itself: it pings, holds a grant back while the session is not trusted, and tells of
 * a loss before the cluster can grant the lock to anybody else.
 */
import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { unreachable } from '@holdfast/primitives'
import { createPortOpener } from './dial.ts'
import { SessionClosedError, type SessionEnd } from './errors.ts'
import { CLIENT_LIMITS } from './limits.ts'
import { type HandedOn, type SessionClock, SessionDriver } from './session/session-driver.ts'
import type { Opened } from './session/session-machine.ts'
import { systemClock } from './session/system-clock.ts'
import type { ClusterOptions } from './session-keeper.ts'
import type { SessionPort } from './session-port.ts'

export type {
  GrantTerms,
  LockFilter,
  LockMode,
  LockName,
  LockRange,
  LockReport,
  NodeStatus,
  Outcome,
  ResourceName,
  SessionCall,
  SessionEvent,
  SpaceAttributes,
  ValueCopy,
} from '@holdfast/lock-engine/messages'
export type { SessionEnd }
export { createPortOpener }

/** What a tool can say; the rest is said by the session itself. */
export type RawCall = Exclude<SessionCall, { kind: 'ping' | 'close' }>

/** A call before its number is known. */
export type NumberlessCall = RawCall extends infer Call
  ? Call extends RawCall
    ? Omit<Call, 'call'>
    : never
  : never

/** What a session says to a tool; its end is told by `onEnd`. */
export type RawEvent = Exclude<SessionEvent, { kind: 'opened' | 'pong' | 'closed' }>

export interface RawSessionOptions {
  /** Makes a port to a node; `createPortOpener` makes what makes one. Called once. */
  readonly openPort: ClusterOptions['openPort']
  /** Each event in the order in which it may be believed. */
  readonly onEvent: (event: RawEvent) => void
  /**
   * The session has ended. Before it each held lock was told `lost` and each pending call that names
   * a lock ended `lost`; calls that name none have no answer.
   */
  readonly onEnd: (end: SessionEnd) => void
  /** Ends the attempt to open; a session that is open is not touched. */
  readonly signal?: AbortSignal
  /** Default: the clocks of this machine. */
  readonly clock?: SessionClock
}

export interface RawSession {
  readonly opened: Opened
  /** Why it ended; undefined while it is open. */
  readonly ended: SessionEnd | undefined
  /**
   * Sends the call and gives its number; nothing is heard before this returns. The number of a lock is
   * the caller's to choose: whole, above 0, never used before in the session. After the end a call
   * that names a lock ends `lost`.
   */
  send(call: NumberlessCall): number
  /** Ends the session; its locks are freed. Idempotent. `onEnd` is called with `asked`. */
  close(): void
}

/**
 * Resolves when the node answered the first ping. Rejects with what `openPort` said, or with
 * `SessionClosedError` when the session ended before that (`onEnd` is not called then).
 */
export async function openRawSession(options: RawSessionOptions): Promise<RawSession> {
  const port = await options.openPort(options.signal)
  const session = new ToolSession(port, options)
  await session.ready
  return session
}

class ToolSession implements RawSession {
  readonly #driver: SessionDriver
  readonly #onEvent: (event: RawEvent) => void
  readonly #onEnd: (end: SessionEnd) => void
  /** What a call came to at once: told when its caller knows its number. */
  #early: HandedOn[] | undefined

  constructor(port: SessionPort, { onEvent, onEnd, clock = systemClock() }: RawSessionOptions) {
    this.#onEvent = onEvent
    this.#onEnd = onEnd
    this.#driver = new SessionDriver({ port, limits: CLIENT_LIMITS, clock }, (output) =>
      this.#take(output),
    )
  }

  get ready(): Promise<void> {
    return this.#driver.ready
  }

  get opened(): Opened {
    const { opened } = this.#driver
    if (opened === undefined) throw new SessionClosedError({ reason: 'refused' })
    return opened
  }

  get ended(): SessionEnd | undefined {
    return this.#driver.machine.ended
  }

  send(numberless: NumberlessCall): number {
    const call = { ...numberless, call: this.#driver.machine.nextNumber() } as RawCall
    const early: HandedOn[] = []
    this.#early = early
    this.#driver.put({ kind: 'call', call })
    this.#early = undefined
    if (early.length > 0) {
      queueMicrotask(() => {
        for (const output of early) this.#execute(output)
      })
    }
    return call.call
  }

  close(): void {
    this.#driver.put({ kind: 'close' })
  }

  #take(output: HandedOn): void {
    if (this.#early === undefined) this.#execute(output)
    else this.#early.push(output)
  }

  #execute(output: HandedOn): void {
    switch (output.kind) {
      case 'settled':
        this.#onEvent(output.completion)
        break
      case 'answered':
        if (output.answer !== undefined) this.#onEvent(output.answer)
        break
      case 'blocking':
        this.#onEvent(output)
        break
      case 'unlocked':
        // The completion said so.
        break
      case 'lost':
        this.#onEvent({ kind: 'lost', lock: output.lock })
        break
      case 'recovery':
        this.#onEvent(output.recovery)
        break
      case 'ended':
        // Before it was open, the end is told to who waits for it.
        if (this.#driver.opened !== undefined) this.#onEnd(output.end)
        break
      default:
        unreachable(output)
    }
  }
}
