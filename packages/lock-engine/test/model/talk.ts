/** Short words to speak with the naive table, and what it answered. */
import type { LockMode, SessionEvent } from '../../src/messages.ts'
import { ReferenceTable } from './reference-table.ts'
import type { CallOf } from './rules.ts'
import { completionInWords } from './words.ts'

type Terms<Kind extends 'request' | 'adopt' | 'convert' | 'unlock'> = Partial<
  Omit<CallOf<Kind>, 'kind' | 'call' | 'lock'>
>

/** Sessions are numbers; a lock is known by the number that it was requested with. */
export class Talk {
  readonly table: ReferenceTable
  readonly #ends = new Map<number, string>()
  readonly #blocking = new Map<number, LockMode[]>()
  #calls = 0

  constructor(locksPerSessionMax?: number) {
    this.table = new ReferenceTable(locksPerSessionMax)
  }

  /** How a call ended, in words; undefined while it is pending. */
  end(call: number): string | undefined {
    return this.#ends.get(call)
  }

  /** The number of the lock, which is that of the call, too. */
  request(session: number, mode: LockMode, terms: Terms<'request'> = {}): number {
    const lock = this.#next()
    const resource = { space: 'test', name: 'r' }
    const plain = { resource, mode, noQueue: false, useValue: false, notify: true }
    this.#call(session, { kind: 'request', call: lock, lock, ...plain, ...terms })
    return lock
  }

  adopt(session: number, mode: LockMode, terms: Terms<'adopt'> = {}): number {
    const lock = this.#next()
    const plain = { resource: { space: 'test', name: 'r' }, mode, useValue: false, notify: true }
    this.#call(session, { kind: 'adopt', call: lock, lock, ...plain, ...terms })
    return lock
  }

  convert(session: number, lock: number, mode: LockMode, terms: Terms<'convert'> = {}): number {
    const call = this.#next()
    const plain = { mode, noQueue: false, queueFair: false, useValue: false }
    this.#call(session, { kind: 'convert', call, lock, ...plain, ...terms })
    return call
  }

  unlock(session: number, lock: number, terms: Terms<'unlock'> = {}): number {
    const call = this.#next()
    this.#call(session, { kind: 'unlock', call, lock, ...terms })
    return call
  }

  cancel(session: number, lock: number, subtree = false): number {
    const call = this.#next()
    this.#call(session, { kind: 'cancel', call, lock, subtree })
    return call
  }

  purge(session: number, terms: { space?: string; node?: number } = {}): number {
    const call = this.#next()
    this.#call(session, { kind: 'purge', call, ...terms })
    return call
  }

  close(session: number): void {
    this.table.close(session)
    this.#listen()
  }

  pass(ms: number): void {
    this.table.pass(ms)
    this.#listen()
  }

  /** What a lock was told since this was asked last. */
  told(lock: number): readonly LockMode[] {
    const told = this.#blocking.get(lock) ?? []
    this.#blocking.delete(lock)
    return told
  }

  #next(): number {
    this.#calls += 1
    return this.#calls
  }

  #call(session: number, call: Parameters<ReferenceTable['call']>[2]): void {
    this.table.call(session, 1 + (session % 2), call)
    this.#listen()
  }

  #listen(): void {
    for (const { event } of this.table.events) this.#hear(event)
    this.table.events = []
  }

  #hear(event: SessionEvent): void {
    if (event.kind === 'completion') this.#ends.set(event.call, completionInWords(event))
    if (event.kind === 'purged') this.#ends.set(event.call, `purged ${event.count}`)
    if (event.kind !== 'blocking') return
    this.#blocking.set(event.lock, [...(this.#blocking.get(event.lock) ?? []), event.mode])
  }
}
