import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { SessionPort, SessionPortEvents } from '../src/session-port.ts'

/** One end of a session, played by a test. Answers opening, pings and nothing else by itself. */
export interface FakeNode {
  readonly openPort: () => Promise<SessionPort>
  /** Calls other than pings, oldest first. */
  readonly calls: Exclude<SessionCall, { kind: 'ping' }>[]
  /** How many sessions were opened. */
  readonly sessions: number
  /** The clock that the client is given. */
  now: number
  /** Set: the client's machine was suspended. */
  jump: boolean
  takeJump(): boolean
  /** While false, pings are not answered. */
  answers: boolean
  /** Answers pings from now on, and those that were not. */
  answerPings(): void
  emit(event: SessionEvent): void
  /** Resolves when the next call that is not yet taken by `next` has arrived. */
  next<Kind extends SessionCall['kind']>(kind: Kind): Promise<Extract<SessionCall, { kind: Kind }>>
  /** Waits for the next request and grants it. */
  grantNext(token?: bigint): Promise<Extract<SessionCall, { kind: 'request' }>>
  settle(call: { call: number; lock: number }, outcome: Outcome, mode?: 'NL' | 'PR' | 'EX'): void
  /** Ends a call `granted`, or as `ending` says. */
  complete(call: { call: number; lock: number }, ending: Partial<Completion>): void
  cut(reason: string): void
}

type Ping = Extract<SessionCall, { kind: 'ping' }>
type Completion = Extract<SessionEvent, { kind: 'completion' }>
type Outcome = Completion['outcome']

export function createFakeNode(leaseMs = 1_000): FakeNode {
  const calls: Exclude<SessionCall, { kind: 'ping' }>[] = []
  const arrived: (() => void)[] = []
  const unanswered: Ping[] = []
  let events: SessionPortEvents | undefined
  let taken = 0
  let sessions = 0

  const onCall = (call: SessionCall): void => {
    if (call.kind !== 'ping') {
      calls.push(call)
      arrived.shift()?.()
    } else if (node.answers) {
      pong(call)
    } else {
      unanswered.push(call)
    }
  }
  const pong = ({ call, sent }: Ping): void =>
    node.emit({ kind: 'pong', call, sent, authorityMs: 5_000 })

  const node: FakeNode = {
    calls,
    now: 0,
    jump: false,
    takeJump() {
      const { jump } = node
      node.jump = false
      return jump
    },
    answers: true,
    answerPings() {
      node.answers = true
      for (const ping of unanswered.splice(0)) pong(ping)
    },
    get sessions(): number {
      return sessions
    },
    openPort: async () => {
      sessions += 1
      const port: SessionPort = {
        send: (call) => queueMicrotask(() => onCall(call)),
        receive(given) {
          events = given
          queueMicrotask(() =>
            given.onEvent({ kind: 'opened', session: `n1/${sessions}`, leaseMs, node: 'n1' }),
          )
        },
        close: () => undefined,
      }
      return port
    },
    emit: (event) => events?.onEvent(event),
    async next(kind) {
      if (calls.length <= taken) await new Promise<void>((resolve) => arrived.push(resolve))
      const call = calls[taken]
      taken += 1
      if (call?.kind !== kind) throw new Error(`expected ${kind}, got ${call?.kind}`)
      return call as never
    },
    async grantNext(token = 1n) {
      const call = await node.next('request')
      const { call: number, lock, mode } = call
      node.emit({ kind: 'completion', call: number, lock, outcome: 'granted', mode, token })
      return call
    },
    settle({ call, lock }, outcome, mode) {
      node.emit({ kind: 'completion', call, lock, outcome, ...(mode ? { mode } : {}) })
    },
    complete({ call, lock }, ending) {
      node.emit({ kind: 'completion', call, lock, outcome: 'granted', ...ending })
    },
    cut: (reason) => events?.onClose(reason),
  }
  return node
}
