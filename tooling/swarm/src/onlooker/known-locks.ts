/** What is known from outside of each lock: what its session called for, and what it was told. */
import type { LockMode, LockRange, SessionCall } from '@holdfast/lock-engine/messages'
import type { Incarnation } from '@holdfast/primitives'
import type { CallFact, EventFact } from '../facts.ts'

type Wanting = Extract<SessionCall, { readonly kind: 'request' | 'convert' | 'adopt' }>

export interface KnownLock {
  readonly key: string
  readonly session: string
  /** Whom it belongs to. */
  readonly party: string
  readonly owner: string | undefined
  readonly alone: boolean
  readonly space: string
  readonly resource: string
  mode: LockMode | undefined
  range: LockRange | undefined
  pending: Wanting | undefined
  /** Some call of it said that it is in nobody's way, for the search. */
  shielded: boolean
}

export class KnownLocks {
  readonly #processes = new Map<Incarnation, Map<string, KnownLock>>()
  /** Calls that have no completion, oldest first. */
  readonly #open = new Map<string, number>()

  /** Since when the oldest call that has no completion is open. */
  get oldest(): number | undefined {
    for (const at of this.#open.values()) return at
    return undefined
  }

  get(incarnation: Incarnation, session: string | number, lock: number): KnownLock | undefined {
    return this.#processes.get(incarnation)?.get(`${session}/${lock}`)
  }

  /** Locks of one session, or all of one process. */
  *of(incarnation: Incarnation): Iterable<KnownLock> {
    yield* this.#processes.get(incarnation)?.values() ?? []
  }

  *all(): Iterable<KnownLock> {
    for (const locks of this.#processes.values()) yield* locks.values()
  }

  onCall({ at, process, session, call }: CallFact): void {
    const { incarnation } = process
    if (call.kind === 'close') this.#closeSession(incarnation, session)
    if (call.kind !== 'request' && call.kind !== 'adopt' && call.kind !== 'convert') return
    this.#open.set(`${incarnation}/${session}/${call.call}`, at)
    if (call.kind === 'convert') {
      const lock = this.get(incarnation, session, call.lock)
      if (lock === undefined) return
      lock.pending = call
      lock.shielded ||= call.noDeadlockBlock === true
    } else this.#add(incarnation, session, call)
  }

  #add(
    incarnation: Incarnation,
    session: number,
    call: Extract<Wanting, { readonly kind: 'request' | 'adopt' }>,
  ): void {
    const locks = this.#processes.get(incarnation) ?? new Map<string, KnownLock>()
    this.#processes.set(incarnation, locks)
    const parent = call.parent === undefined ? undefined : locks.get(`${session}/${call.parent}`)
    const { space, name } = call.resource
    const of = `${incarnation}/${session}`
    const alone = call.kind === 'request' && call.alone === true
    const ofSession = alone ? `${of}/${call.lock}` : of
    locks.set(`${session}/${call.lock}`, {
      key: `${of}/${call.lock}`,
      session: of,
      party: call.owner === undefined ? ofSession : `=${call.owner}`,
      owner: call.owner,
      alone,
      space,
      resource: `${parent?.resource ?? space}/${name}`,
      mode: undefined,
      range: undefined,
      pending: call,
      shielded: call.kind === 'request' && call.noDeadlockBlock === true,
    })
  }

  onEvent({ process, session, event }: EventFact): void {
    const { incarnation } = process
    if (event.kind === 'closed') this.#closeSession(incarnation, session)
    if (event.kind !== 'completion') return
    this.#open.delete(`${incarnation}/${session}/${event.call}`)
    const lock = this.get(incarnation, session, event.lock)
    if (lock === undefined) return
    if (lock.pending?.call === event.call) lock.pending = undefined
    if (event.mode === undefined) return
    lock.mode = event.mode
    lock.range = event.range
  }

  /** Its locks are known on: some stay, and all are at their masters for a while. */
  #closeSession(incarnation: Incarnation, session: number): void {
    const prefix = `${incarnation}/${session}/`
    for (const key of this.#open.keys()) if (key.startsWith(prefix)) this.#open.delete(key)
  }

  onEnd(incarnation: Incarnation): void {
    for (const key of this.#open.keys()) if (key.startsWith(incarnation)) this.#open.delete(key)
  }
}
