import type { LockCall, SessionCall, SessionEvent, ValueCopy } from '@holdfast/lock-engine/messages'
import type { SessionPort, SessionPortEvents } from '../src/session-port.ts'

/** A node that grants all it is asked for, so that an example runs; it keeps values, but no order. */
export interface GenerousNode {
  readonly openPort: () => Promise<SessionPort>
  /** Calls other than pings, oldest first. */
  readonly calls: SessionCall[]
  /** What the next queries are answered with. */
  reports: Extract<SessionEvent, { kind: 'report' }>['locks']
  emit(event: SessionEvent): void
}

export function createGenerousNode(): GenerousNode {
  let events: SessionPortEvents | undefined
  let lastToken = 0n
  let value: ValueCopy = { bytes: new Uint8Array(), valid: true, sequence: 0 }

  const grant = (call: Extract<LockCall, { kind: 'request' | 'convert' }>): void => {
    const { call: number, lock, mode, range } = call
    if ('value' in call && call.value !== undefined) {
      value = { bytes: call.value, valid: true, sequence: value.sequence + 1 }
    }
    lastToken += 1n
    node.emit({
      kind: 'completion',
      call: number,
      lock,
      outcome: 'granted',
      mode,
      value,
      ...(mode === 'EX' ? { token: lastToken } : {}),
      ...(range === undefined ? {} : { range }),
    })
  }
  const endings = { unlock: 'unlocked', cancel: 'nothing-to-cancel', adopt: 'not-found' } as const
  const complete = (call: LockCall): void => {
    if (call.kind === 'request' || call.kind === 'convert') {
      grant(call)
      return
    }
    const { call: number, lock } = call
    node.emit({ kind: 'completion', call: number, lock, outcome: endings[call.kind] })
  }
  const answer = (call: SessionCall): void => {
    if (call.kind === 'ping') {
      node.emit({ ...call, kind: 'pong', authorityMs: 60_000 })
      return
    }
    node.calls.push(call)
    if ('lock' in call) complete(call)
    const { call: number } = call
    if (call.kind === 'open-space' || call.kind === 'leave-space') {
      const outcome = call.kind === 'open-space' ? 'opened' : 'left'
      const attributes = { valueBytes: 1_024, deadlockMs: 1_000, mastering: 'directory' } as const
      node.emit({ kind: 'space', call: number, space: call.space, outcome, attributes })
    }
    if (call.kind === 'query') {
      node.emit({ kind: 'report', call: number, ...(node.reports && { locks: node.reports }) })
    }
  }

  const node: GenerousNode = {
    calls: [],
    reports: [],
    emit: (event) => events?.onEvent(event),
    openPort: async () => ({
      send: (call) => queueMicrotask(() => answer(call)),
      receive(given) {
        events = given
        const opened = { kind: 'opened', session: 'n1/1', leaseMs: 60_000, node: 'n1' } as const
        queueMicrotask(() => node.emit(opened))
      },
      close: () => undefined,
    }),
  }
  return node
}
