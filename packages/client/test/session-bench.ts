import type { LockCall, PlainCall, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { CLIENT_LIMITS } from '../src/limits.ts'
import {
  type CompletionEvent,
  createSessionMachine,
  type SessionMachine,
  type SessionOutput,
} from '../src/session/session-machine.ts'

const leaseMs = 1_000
export const opened: SessionEvent = { kind: 'opened', session: 's', leaseMs, node: 'n1' }
/** What trust is worth after a full answer: 1,000 ms by a clock that may run 1 % wrong each way. */
export const worth = (1_000 * 0.99) / 1.01

export interface Bench {
  readonly machine: SessionMachine
  /** Feeds an event and gives what came out. */
  event(event: SessionEvent, now: number): readonly SessionOutput[]
  /** Answers the last ping. */
  pong(now: number, authorityMs?: number): readonly SessionOutput[]
  /** Asks for a lock; gives the call. */
  request(now: number): LockCall
  grant(call: LockCall, now: number): readonly SessionOutput[]
  tick(now: number): readonly SessionOutput[]
  put(call: LockCall | PlainCall): readonly SessionOutput[]
  /** Makes a call on a lock, ends it, and gives what came out at the end. */
  through(call: LockCall, ending: Partial<CompletionEvent>): readonly SessionOutput[]
}

export function bench(limits = CLIENT_LIMITS): Bench {
  const machine = createSessionMachine(limits)
  let ping: Extract<SessionCall, { kind: 'ping' }> | undefined
  const run = (step: () => void): readonly SessionOutput[] => {
    step()
    const outputs = machine.drain()
    for (const output of outputs) {
      if (output.kind === 'send' && output.call.kind === 'ping') ping = output.call
    }
    return outputs
  }
  const event = (given: SessionEvent, now: number): readonly SessionOutput[] =>
    run(() => machine.handle({ kind: 'event', event: given }, now))
  const put: Bench['put'] = (call) => run(() => machine.handle({ kind: 'call', call }, 3))
  return {
    machine,
    event,
    pong(now, authorityMs = 5_000) {
      const { call = -1, sent = -1 } = ping ?? {}
      return event({ kind: 'pong', call, sent, authorityMs }, now)
    },
    request(now) {
      const call: LockCall = {
        kind: 'request',
        call: machine.nextNumber(),
        lock: machine.nextNumber(),
        resource: { space: 'a', name: 'b' },
        mode: 'EX',
        noQueue: false,
        useValue: false,
        notify: true,
      }
      run(() => machine.handle({ kind: 'call', call }, now))
      return call
    },
    grant: ({ call, lock }, now) =>
      event({ kind: 'completion', call, lock, outcome: 'granted', mode: 'EX', token: 1n }, now),
    put,
    through(call, ending) {
      put(call)
      const { call: number, lock } = call
      const completion = { kind: 'completion', call: number, lock, outcome: 'unlocked' } as const
      return event({ ...completion, ...ending }, 3)
    },
    tick: (now) => run(() => machine.handle({ kind: 'tick' }, now)),
  }
}

export function readyBench(limits = CLIENT_LIMITS): Bench {
  const session = bench(limits)
  session.event(opened, 0)
  session.pong(0)
  return session
}

export const kinds = (outputs: readonly SessionOutput[]): readonly string[] =>
  outputs.map((output) => (output.kind === 'send' ? `send ${output.call.kind}` : output.kind))
