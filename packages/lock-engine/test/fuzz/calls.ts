/** Random calls that are right: what must be refused is for other tests. */
import type { Random } from '@holdfast/primitives'
import type { LockCall } from '../../src/index.ts'
import type { GrantTerms, LockMode, LockRange } from '../../src/messages.ts'
import { classOf, modes, valueCell } from '../harness/specification.ts'
import { isInside } from './claims.ts'
import type { KnownLock } from './known-lock.ts'

type Request = Extract<LockCall, { kind: 'request' }>
type Convert = Extract<LockCall, { kind: 'convert' }>

/** What a life uses beside modes, values and the old flags. */
export type Kind = 'ranges' | 'owners' | 'trees' | 'orphans' | 'flags' | 'limits'

export const kinds: readonly Kind[] = ['ranges', 'owners', 'trees', 'orphans', 'flags', 'limits']

const sharing: readonly LockMode[] = ['NL', 'CR', 'PR']

const ranges: readonly LockRange[] = [
  { start: 0n, end: 9n },
  { start: 10n, end: 19n },
  { start: 5n, end: 14n },
  { start: 0n, end: 19n },
  { start: 15n, end: 0xffff_ffff_ffff_ffffn },
]

export class Calls {
  readonly #random: Random
  readonly #kinds: readonly Kind[]

  constructor(random: Random, some: readonly Kind[]) {
    this.#random = random
    this.#kinds = some
  }

  #does(kind: Kind, times: number, of: number): boolean {
    return this.#kinds.includes(kind) && this.#random.chance(times, of)
  }

  request(call: number, name: string, parent: KnownLock | undefined): Request {
    const random = this.#random
    const noQueue = random.chance(1, 5)
    // Several that share want more of it later: so conversions get in each other's way.
    const mode = random.pick(this.#does('flags', 1, 2) ? sharing : modes)
    const isExpress = mode === 'NL' && !noQueue && this.#does('flags', 1, 3)
    const owner = parent === undefined ? this.#owner() : parent.owner
    return {
      kind: 'request',
      call,
      lock: call,
      resource: { space: 'test', name },
      mode,
      noQueue,
      useValue: random.chance(2, 3),
      notify: random.chance(1, 2),
      ...(parent === undefined ? {} : { parent: parent.lock }),
      ...(owner === undefined ? {} : { owner }),
      ...(owner === undefined && random.chance(5, 6) ? { alone: true } : {}),
      ...(this.#does('ranges', 1, 2) ? { range: random.pick(ranges) } : {}),
      ...(this.#does('orphans', 2, 3) ? { persistent: true } : {}),
      ...(isExpress ? { expedite: true } : {}),
      ...this.#terms(mode, noQueue),
    }
  }

  #owner(): string | undefined {
    return this.#does('owners', 1, 2) ? this.#random.pick(['one', 'other']) : undefined
  }

  #terms(mode: LockMode, noQueue: boolean): Partial<GrantTerms> {
    const random = this.#random
    return {
      ...(noQueue && this.#does('flags', 1, 3) ? { tellHolders: true } : {}),
      ...(!noQueue && this.#does('flags', 1, 8) ? { atHead: true } : {}),
      ...(this.#does('flags', 1, 6) ? { anyOrder: true } : {}),
      ...(mode !== 'PR' && this.#does('flags', 1, 8) ? { alternatePR: true } : {}),
      ...(mode !== 'CW' && this.#does('flags', 1, 8) ? { alternateCW: true } : {}),
      ...(this.#does('flags', 1, 8) ? { noDeadlockWait: true } : {}),
      ...(this.#does('flags', 1, 8) ? { noDeadlockBlock: random.chance(2, 3) } : {}),
      ...(this.#does('flags', 1, 8) ? { priority: random.below(256) } : {}),
      ...(!noQueue && this.#does('limits', 1, 3) ? { timeoutMs: 1 + random.below(150) } : {}),
    }
  }

  convert(call: number, lock: KnownLock, bytes: Uint8Array): Convert {
    const random = this.#random
    const from = lock.mode ?? 'NL'
    const mode = random.pick(modes)
    const given = this.#does('ranges', 1, 3) ? { range: random.pick(ranges) } : {}
    const range = given.range ?? lock.range
    const isSmaller = isInside(range, lock.range)
    const isDown = classOf(from, mode) === 'down' && isSmaller
    const neverWaits = isDown || (mode === from && isSmaller)
    const noQueue = random.chance(1, 5)
    const terms = isDown ? {} : this.#conversionTerms(mode, noQueue)
    return {
      kind: 'convert',
      call,
      lock: lock.lock,
      mode,
      ...given,
      noQueue,
      queueFair: !neverWaits && random.chance(1, 4),
      ...this.#use(from, mode, terms, bytes),
      ...(this.#does('orphans', 1, 10) ? { persistent: random.chance(1, 2) } : {}),
      ...terms,
    }
  }

  #conversionTerms(mode: LockMode, noQueue: boolean): Partial<Convert> {
    const demote = !noQueue && this.#does('flags', 1, 2) ? { demote: true } : {}
    return { ...this.#terms(mode, noQueue), ...demote }
  }

  /** With an alternate the value is given in case that it is written. */
  #use(
    from: LockMode,
    to: LockMode,
    { alternatePR, alternateCW }: Partial<GrantTerms>,
    value: Uint8Array,
  ): Pick<Convert, 'useValue' | 'value' | 'invalidate'> {
    const useValue = this.#random.chance(2, 3)
    const hasAlternate = alternatePR === true || alternateCW === true
    const isOwner = from === 'PW' || from === 'EX'
    const writes = valueCell(from, to) === 'W' || (hasAlternate && isOwner)
    if (!writes) return { useValue }
    if (useValue) return { useValue, value }
    return this.#random.chance(1, 4) ? { useValue, invalidate: true } : { useValue }
  }
}
