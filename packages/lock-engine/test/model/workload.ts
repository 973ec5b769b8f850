/** Random calls, recorded as plain steps so that a failing run can be cut down and played again. */
import type { Random } from '@holdfast/primitives'
import type { LockCall, PlainCall } from '../../src/index.ts'
import type { GrantTerms, LockMode, LockRange } from '../../src/messages.ts'
import { classOf, modes, valueCell } from '../harness/specification.ts'
import type { Lock } from './rules.ts'
import { separator } from './rules.ts'

type WithoutNumber<Call> = Call extends { call: number } ? Omit<Call, 'call'> : never
export type UnnumberedCall = WithoutNumber<LockCall | Extract<PlainCall, { kind: 'purge' }>>

/** `place`: of a session, numbered from 0; a closed session's place is taken by a fresh one. */
export type Step =
  | { readonly kind: 'close'; readonly place: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'call'; readonly place: number; readonly call: UnnumberedCall }

/** What a world speaks of; a world without something leaves room for much of the rest. */
export const subjects = [
  'alternates',
  'noQueue',
  'orphans',
  'owners',
  'queueOrder',
  'ranges',
  'searchFlags',
  'timeLimits',
  'trees',
  'values',
  'wrongCalls',
] as const
export type Subject = (typeof subjects)[number]

export interface Shape {
  readonly seed: string
  readonly nodes: number
  readonly places: number
  readonly roots: number
  readonly locksMax: number
  readonly locksPerSessionMax: number
  readonly modes: readonly LockMode[]
  readonly subjects: ReadonlySet<Subject>
}

/** Off until an engine answers `purge`. */
export const purges: boolean = false

/** Below `deadlockMs`, ms. */
const passedMax = 900

const palettes: readonly (readonly LockMode[])[] = [
  modes,
  modes,
  ['NL', 'CR', 'CW', 'PR', 'PW', 'EX'],
  ['NL', 'PR', 'PR', 'EX'],
  ['CR', 'CW', 'CW', 'PR', 'PR', 'PW'],
  ['NL', 'CR', 'PR', 'PW', 'EX', 'EX'],
]

export function drawShape(random: Random, seed: string, nodes: number): Shape {
  const isFull = random.chance(1, 3)
  return {
    seed,
    nodes,
    places: 2 + random.below(random.chance(1, 4) ? 11 : 5),
    roots: 1 + random.below(3),
    locksMax: 6 + random.below(9),
    locksPerSessionMax: random.chance(1, 8) ? 2 + random.below(3) : 65_536,
    modes: random.pick(palettes),
    subjects: new Set(subjects.filter(() => isFull || random.chance(1, 2))),
  }
}

/** A lock of the model, and the place of its session; an orphan has none. */
export interface Placed {
  readonly lock: Lock
  readonly place: number | undefined
}

export class Workload {
  readonly #random: Random
  readonly #shape: Shape
  #numbers = 0
  #passed = 0

  constructor(random: Random, shape: Shape) {
    this.#random = random
    this.#shape = shape
  }

  draw(locks: readonly Placed[]): Step {
    const { places, locksMax } = this.#shape
    const random = this.#random
    const place = random.below(places)
    const orphans = locks.filter(({ lock }) => lock.orphan).map(({ lock }) => lock)
    const mine = locks.filter((one) => one.place === place).map(({ lock }) => lock)
    if (random.chance(1, 60)) return { kind: 'close', place }
    if (this.#chance('timeLimits', 1, 15)) return this.#pass()
    if (this.#chance('orphans', orphans.length > 0 ? 8 : 1, 60)) {
      return this.#call(place, this.#forOrphans(orphans, mine))
    }
    const wantsNew = mine.length === 0 || random.chance(2, 5)
    if (wantsNew && locks.length < locksMax) return this.#call(place, this.#request(mine))
    const placed = locks.filter((one) => one.place !== undefined)
    const likely = placed.filter(({ lock }) => isIdle(lock) || random.chance(1, 4))
    const one = this.#among(likely) ?? this.#among(placed)
    if (one?.place === undefined || random.chance(1, 200)) {
      return this.#call(place, this.#forNothing())
    }
    return this.#call(one.place, this.#forLock(one.lock))
  }

  /** There is no such lock. */
  #forNothing(): UnnumberedCall {
    const lock = this.#number()
    return this.#random.pick([
      { kind: 'cancel', lock },
      { kind: 'unlock', lock, force: true },
      { kind: 'convert', lock, mode: 'NL', noQueue: false, queueFair: false, useValue: false },
    ])
  }

  #call(place: number, call: UnnumberedCall): Step {
    return { kind: 'call', place, call }
  }

  #has(subject: Subject): boolean {
    return this.#shape.subjects.has(subject)
  }

  /** True `numerator` times out of `denominator` where the world speaks of that at all. */
  #chance(subject: Subject, numerator: number, denominator: number): boolean {
    return this.#has(subject) && this.#random.chance(numerator, denominator)
  }

  // --- new locks --------------------------------------------------------------------------------------

  #request(mine: readonly Lock[]): UnnumberedCall {
    const mode = this.#mode()
    const parents = mine.filter(({ granted }) => granted !== undefined)
    const parent = this.#chance('trees', 1, 2) ? this.#among(parents) : undefined
    const expedite = mode === 'NL' && this.#chance('queueOrder', 1, 4)
    const terms = this.#terms(mode, !expedite)
    return {
      kind: 'request',
      lock: this.#number(),
      resource: { space: this.#space(parent), name: this.#name(parent) },
      mode,
      useValue: this.#chance('values', 2, 3),
      notify: this.#random.chance(2, 3),
      ...terms,
      ...given(expedite, { expedite }),
      ...this.#under(parent),
      ...this.#wrongInRequest(),
    }
  }

  #under(parent: Lock | undefined): { parent?: number; owner?: string; alone?: boolean } {
    const draw = this.#has('owners') ? this.#random.below(6) : 6
    const isBad = this.#chance('wrongCalls', 1, 20)
    const owner = parent === undefined || isBad ? ['a', 'b'][draw] : parent.owner
    return {
      ...given(parent !== undefined, { parent: isBad ? 99_999 : (parent?.number ?? 0) }),
      ...(owner === undefined ? given(draw === 2, { alone: true }) : { owner }),
    }
  }

  #wrongInRequest(): object {
    if (!this.#chance('wrongCalls', 1, 30)) return {}
    return this.#random.pick([
      { owner: 'a', alone: true },
      { owner: '' },
      { masterHere: true },
      { mode: 'XX' },
      { resource: { space: 'test', name: '' } },
      { resource: { space: '', name: 'r0' } },
      { resource: { space: 'test', name: 'x'.repeat(256) } },
      { resource: { space: 'test', name: '→' } },
      { expedite: true, mode: 'CR' },
      { expedite: true, mode: 'NL', noQueue: true },
      ...wrongTerms,
    ])
  }

  #forOrphans(orphans: readonly Lock[], mine: readonly Lock[]): UnnumberedCall {
    const random = this.#random
    if (purges && random.chance(1, 8)) {
      const isElsewhere = random.chance(1, 3)
      return {
        kind: 'purge',
        ...given(random.chance(1, 3), { space: isElsewhere ? 'other' : 'test' }),
        ...given(random.chance(1, 3), { node: 1 + random.below(this.#shape.nodes) }),
      }
    }
    return this.#adoption(this.#among(orphans), mine)
  }

  #adoption(orphan: Lock | undefined, mine: readonly Lock[]): UnnumberedCall {
    const random = this.#random
    const names = orphan?.resource.split(separator) ?? ['test', this.#name(undefined)]
    const [space = 'test'] = names
    const above = names.slice(0, -1).join(separator)
    const parent = this.#among(mine.filter(({ resource }) => resource === above))
    const isExact = orphan?.granted !== undefined && random.chance(4, 5)
    const { owner } = orphan ?? {}
    return {
      kind: 'adopt',
      lock: this.#number(),
      resource: { space, name: names.at(-1) ?? '' },
      mode: isExact ? (orphan?.granted ?? 'NL') : this.#mode(),
      useValue: this.#chance('values', 2, 3),
      notify: random.chance(2, 3),
      ...given(parent !== undefined, { parent: parent?.number ?? 0 }),
      ...(owner === undefined ? given(random.chance(1, 9), { owner: 'a' }) : { owner }),
      ...given(random.chance(1, 2), { persistent: random.chance(3, 4) }),
    }
  }

  // --- locks that are there ---------------------------------------------------------------------------

  #forLock(lock: Lock): UnnumberedCall {
    const draw = this.#random.below(20)
    if (draw < (isIdle(lock) ? 1 : 9)) return this.#cancel(lock)
    if (draw < (isIdle(lock) ? 5 : 16)) return this.#unlock(lock)
    return this.#conversion(lock)
  }

  #cancel({ number, parent }: Lock): UnnumberedCall {
    const subtree = this.#chance('trees', 1, 2)
    const lock = subtree ? (parent?.number ?? number) : number
    return { kind: 'cancel', lock, ...given(subtree, { subtree }) }
  }

  #unlock({ number, granted, pending }: Lock): UnnumberedCall {
    const random = this.#random
    const aim = random.below(6)
    const isWriter = granted === 'PW' || granted === 'EX'
    const mayHave = isWriter || pending !== undefined || this.#chance('wrongCalls', 1, 10)
    const aboutValue = this.#has('values') && mayHave ? aim : 6
    const subtree = random.pick(['with', 'with', 'below'] as const)
    return {
      kind: 'unlock',
      lock: number,
      ...given(aboutValue < 2, { value: this.#bytes() }),
      ...given(aboutValue === 2, { invalidate: true }),
      ...given(aboutValue > 2 && this.#chance('trees', 1, 2), { subtree }),
      ...given(random.chance(1, 8), { force: true }),
    }
  }

  #conversion(lock: Lock): UnnumberedCall {
    const mode = this.#mode()
    const from = lock.granted ?? 'NL'
    const range = this.#chance('ranges', 1, 3) ? { range: this.#range() } : {}
    const kind = range.range === undefined ? classOf(from, mode) : 'up'
    const isFree = this.#chance('wrongCalls', 1, 20)
    const mayWait = kind === 'up' || kind === 'middle' || isFree
    const isDown = kind === 'down' && !isFree
    const terms = isDown ? { noQueue: false, ...this.#changes() } : this.#terms(mode, true)
    const demote = mayWait && terms.noQueue !== true && this.#chance('queueOrder', 1, 4)
    const hasAlternate = 'alternatePR' in terms || 'alternateCW' in terms
    return {
      kind: 'convert',
      lock: lock.number,
      mode,
      queueFair: mayWait && this.#chance('queueOrder', 1, 4),
      ...terms,
      ...range,
      ...given(demote, { demote }),
      ...this.#valueTerms(from, mode, hasAlternate),
      ...(this.#chance('wrongCalls', 1, 30) ? this.#random.pick(wrongTerms) : {}),
    }
  }

  #valueTerms(from: LockMode, mode: LockMode, hasAlternate: boolean): ValueTerms {
    if (!this.#has('values')) return { useValue: false }
    const random = this.#random
    const isOwner = from === 'PW' || from === 'EX'
    const writes = valueCell(from, mode) === 'W' || (isOwner && hasAlternate)
    const useValue = random.chance(2, 3)
    const isFree = this.#chance('wrongCalls', 1, 15)
    return {
      useValue,
      ...given((writes && useValue) !== isFree, { value: this.#bytes() }),
      ...given(writes && !useValue && random.chance(1, 2), { invalidate: true }),
    }
  }

  /** How a call is granted and waits; without `mayFail` only what a call that never waits can have. */
  #terms(mode: LockMode, mayFail: boolean): GrantTerms {
    const noQueue = mayFail && this.#chance('noQueue', 1, 4)
    const queueOrder = this.#has('queueOrder') ? this.#random.below(8) : 8
    return {
      noQueue,
      ...given(noQueue && this.#random.chance(1, 2), { tellHolders: true }),
      ...given(!noQueue && queueOrder < 2, { atHead: true }),
      ...given(queueOrder === 1 || queueOrder === 2, { anyOrder: true }),
      ...given(mode !== 'PR' && this.#chance('alternates', 1, 4), { alternatePR: true }),
      ...given(mode !== 'CW' && this.#chance('alternates', 1, 4), { alternateCW: true }),
      ...given(this.#chance('searchFlags', 1, 5), { noDeadlockWait: true }),
      ...given(!noQueue && this.#chance('timeLimits', 1, 3), { timeoutMs: this.#delay() }),
      ...given(this.#chance('ranges', 1, 2), { range: this.#range() }),
      ...this.#changes(),
    }
  }

  /** What a conversion may change in any case. */
  #changes(): Changes {
    const { below, chance } = this.#random
    return {
      ...given(this.#chance('searchFlags', 1, 6), { noDeadlockBlock: chance(2, 3) }),
      ...given(this.#chance('orphans', 1, 2), { persistent: chance(3, 4) }),
      ...given(this.#chance('searchFlags', 1, 6), { priority: below(256) }),
    }
  }

  // --- small things -----------------------------------------------------------------------------------

  #mode(): LockMode {
    return this.#random.pick(this.#shape.modes)
  }

  #space(parent: Lock | undefined): string {
    const isOther = parent?.resource.startsWith(`other${separator}`) ?? this.#random.chance(1, 15)
    const isBad = this.#chance('wrongCalls', 1, 100)
    return isOther === isBad ? 'test' : 'other'
  }

  #name(parent: Lock | undefined): string {
    if (parent === undefined) return `r${this.#random.below(this.#shape.roots)}`
    // The same names as above: another resource all the same.
    return `r${this.#random.below(2)}`
  }

  #range(): LockRange {
    return this.#random.pick(ranges)
  }

  #bytes(): Uint8Array {
    const isTooLong = this.#chance('wrongCalls', 1, 15)
    return isTooLong ? new Uint8Array(1_025) : new TextEncoder().encode(`v${this.#number()}`)
  }

  /** Each with a fraction of its own: no two limits end at the same instant. */
  #delay(): number {
    return 1 + this.#random.below(40) + this.#number() / 4_096
  }

  /** Not so long that the deadlock search would begin. */
  #pass(): Step {
    const ms = Math.min(1 + this.#random.below(40), passedMax - this.#passed)
    this.#passed += ms
    return { kind: 'pass', ms }
  }

  #number(): number {
    this.#numbers += 1
    return this.#numbers
  }

  #among<Item>(items: readonly Item[]): Item | undefined {
    return items.length === 0 ? undefined : this.#random.pick(items)
  }
}

type Conversion = Extract<UnnumberedCall, { kind: 'convert' }>
type ValueTerms = Pick<Conversion, 'useValue' | 'value' | 'invalidate'>
type Changes = Pick<GrantTerms, 'noDeadlockBlock' | 'persistent' | 'priority'>

/** Few, so that they meet: beside each other, touching, inside, across, and at both ends of 64 bits. */
const ranges: readonly LockRange[] = [
  { start: 0n, end: 9n },
  { start: 10n, end: 19n },
  { start: 5n, end: 14n },
  { start: 9n, end: 9n },
  { start: 0n, end: 2n ** 64n - 1n },
  { start: 2n ** 53n, end: 2n ** 53n },
  { start: 2n ** 53n + 1n, end: 2n ** 64n - 1n },
]

const wrongTerms: readonly object[] = [
  { noQueue: false, tellHolders: true },
  { noQueue: true, atHead: true },
  { noQueue: true, timeoutMs: 5 },
  { mode: 'PR', alternatePR: true },
  { mode: 'CW', alternateCW: true },
  { priority: -1 },
  { priority: 256 },
  { timeoutMs: 0 },
  { timeoutMs: -3 },
  { timeoutMs: Number.NaN },
  { range: { start: 3n, end: 2n } },
  { range: { start: -1n, end: 2n } },
  { range: { start: 0n, end: 2n ** 64n } },
]

function isIdle({ granted, pending }: Lock): boolean {
  return granted !== undefined && pending === undefined
}

function given<Fields extends object>(condition: boolean, fields: Fields): Partial<Fields> {
  return condition ? fields : {}
}
