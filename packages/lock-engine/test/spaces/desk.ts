/** One node's lockspaces over a holder table that answers only when the test says so, and with what. */
import type { LockCall, SessionCall, SessionEvent, SpaceAttributes } from '../../src/messages.ts'
import type { SpaceLimits } from '../../src/spaces/limits.ts'
import type { SpaceLock } from '../../src/spaces/port.ts'
import { Spaces } from '../../src/spaces/spaces.ts'

type OpenCall = Extract<SessionCall, { readonly kind: 'open-space' }>
type LeaveCall = Extract<SessionCall, { readonly kind: 'leave-space' }>
type Completion = Extract<SessionEvent, { readonly kind: 'completion' }>
type Answer = Omit<Completion, 'kind' | 'call' | 'lock'>

export interface DeskOptions {
  readonly limits?: Partial<SpaceLimits>
  /** What is answered within the call, if anything. */
  readonly atOnce?: (call: LockCall) => Answer | undefined
}

export class Desk {
  readonly spaces: Spaces
  /** Calls of session 0 that have no answer yet, oldest first. */
  readonly calls: LockCall[] = []
  /** What sessions were told, oldest first. */
  readonly heard: { readonly session: number; readonly event: SessionEvent }[] = []
  readonly locks = new Map<number, SpaceLock[]>()
  readonly discarded: number[] = []
  #calls = 0

  constructor({ limits = {}, atOnce = () => undefined }: DeskOptions = {}) {
    this.spaces = new Spaces(
      {
        call: (call) => {
          const answer = atOnce(call)
          if (answer === undefined) this.calls.push(call)
          else this.#answer(call, answer)
        },
        event: (session, event) => this.heard.push({ session, event }),
        locksOf: (session) => this.locks.get(session) ?? [],
        discard: (_session, lock) => this.discarded.push(lock),
      },
      limits,
    )
  }

  open(session: number, options: Partial<OpenCall> = {}): number {
    this.#calls += 1
    this.spaces.call(session, { kind: 'open-space', call: this.#calls, space: 's', ...options })
    return this.#calls
  }

  leave(session: number, options: Partial<LeaveCall> = {}): number {
    this.#calls += 1
    const call = { kind: 'leave-space', call: this.#calls, space: 's', force: 'unused' } as const
    this.spaces.call(session, { ...call, ...options })
    return this.#calls
  }

  /** Answers the oldest call of session 0, which has to be of that kind, and returns it. */
  answer<Kind extends LockCall['kind']>(
    kind: Kind,
    answer: Answer,
  ): Extract<LockCall, { readonly kind: Kind }> {
    const call = this.calls.shift()
    if (call?.kind !== kind) throw new Error(`the oldest call is ${call?.kind}, not ${kind}`)
    this.#answer(call, answer)
    return call as Extract<LockCall, { readonly kind: Kind }>
  }

  #answer({ call, lock }: LockCall, answer: Answer): void {
    this.spaces.onInternalEvent({ kind: 'completion', call, lock, ...answer })
  }

  /** The whole way of the first session to open the space. */
  create(session: number, options: Partial<OpenCall> = {}): void {
    this.open(session, options)
    this.answer('request', { outcome: 'granted', mode: 'EX' })
    this.answer('convert', { outcome: 'granted', mode: 'PR' })
  }

  /** Somebody else has it open, and this is what its value says. */
  join(session: number, value: Uint8Array, options: Partial<OpenCall> = {}): void {
    this.open(session, options)
    this.answer('request', { outcome: 'denied' })
    this.answer('request', { outcome: 'granted', mode: 'PR', value: valid(value) })
  }

  /** How a call was answered: `opened`, `left`, or why it was refused; `undefined` before that. */
  said(call: number): string | undefined {
    const answers = this.heard.flatMap(({ event }) => {
      if (!('call' in event) || event.call !== call) return []
      if (event.kind === 'space') return [event.outcome]
      return event.kind === 'refused' ? [event.reason] : [`an event ${event.kind}`]
    })
    if (answers.length > 1) throw new Error(`call ${call} was answered ${answers.length} times`)
    return answers[0]
  }

  /** What the answer to an open says the space is like. */
  attributes(call: number): SpaceAttributes | undefined {
    const found = this.heard.find(({ event }) => event.kind === 'space' && event.call === call)
    return found?.event.kind === 'space' ? found.event.attributes : undefined
  }

  /** What a session heard of recoveries: `stopped 5 of 1,2 lost 3`. */
  recoveries(session: number): readonly string[] {
    return this.heard.flatMap(({ session: who, event }) => {
      if (who !== session || event.kind !== 'recovery') return []
      const { phase, epoch, members, lost } = event
      return [`${phase} ${epoch} of ${members}${lost.length === 0 ? '' : ` lost ${lost}`}`]
    })
  }
}

export function valid(bytes: Uint8Array): NonNullable<Completion['value']> {
  return { bytes, valid: true, sequence: 1 }
}

export function notValid(bytes: Uint8Array): NonNullable<Completion['value']> {
  return { bytes, valid: false, sequence: 2 }
}
