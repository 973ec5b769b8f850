import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Epoch, Instant } from '@holdfast/primitives'
import type { Belief, GrantFact, OrphanFact, PowerFact, WriteFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { type Claim, conflict } from './conflict.ts'
import { conversionWrites, excludesWriters, mayWriteValue, weakerOf } from './lock-modes.ts'

const NAME = 'value-block'

/** What was never written reads as this. */
const INITIAL = 'the initial value'
/** Longer than any session lives on without its owner. */
const TROUBLE_LASTS_MS = 20_000

interface ValueOfResource {
  /** What a reader may be told is valid. */
  possible: Set<string>
  /** Locks that exist or may exist; without any the block may be forgotten. */
  readonly locks: Set<Belief>
  /** Not valid is a truthful answer: never written since nobody held it, or invalidated on purpose. */
  doubt: boolean
  /** The lock whose write is not known to be done. */
  writing: Belief | undefined
  /** What it writes only in some modes, and what stands in the others. */
  choice: Choice | undefined
  /** Several may write at once, with parts or owners, or somebody left a writer's lock: no order is known. */
  shared: boolean
  /** Writes that are not known to be done, by value. */
  readonly open: Map<string, Belief>
  /** Values whose writes are done. */
  readonly done: Set<string>
  readonly deaths: Death[]
  /** What was read under each number, and the highest number, since the last trouble. */
  numbers: Numbers
}

interface Choice {
  readonly text: string
  readonly possible: ReadonlySet<string>
  readonly doubt: boolean
}

/** A writer was lost. */
interface Death {
  readonly claim: Claim
  readonly client: string
  /** Values that were written by then. */
  readonly before: ReadonlySet<string>
}

interface Numbers {
  readonly era: number
  readonly texts: Map<number, string>
  highest: number
  heardAt: Instant
}

/** Older ones say nothing that the newer ones do not. */
const DEATHS_MAX = 4

/**
 * A reader that excludes writers is told the last value written, or that the value is not valid;
 * never an older value as valid. Not valid is right only when somebody said so, or when a session or
 * a node ended not long ago: a dead session's queued request may still be granted and then lost.
 *
 * Exclusive writers have an order, since their beliefs do not overlap, so a resource's history can
 * be folded into the set of values that may now be told as valid. A weak reader may be overtaken by
 * a writer; it must only be told a value that was once written.
 *
 * Where several may write at once, with parts of the resource or as one owner, there is no such order.
 * There, and everywhere, whoever could not have been granted while a writer that was lost still held
 * its lock is not told as valid what was written before. And numbers tell: one number stands for one
 * value, and none goes back, as long as no node fails and somebody has a lock.
 */
export function createValueBlock(): Checker {
  const values = new Values()
  return {
    name: NAME,
    onGrant: (fact) => values.granted(fact),
    onWrite: (fact) => values.wrote(fact),
    onYield({ belief }) {
      if (belief.mode !== undefined) return
      const value = values.of(belief.resource)
      if (value.writing === belief) eitherWay(value)
      values.forget(belief)
    },
    onLoss({ at, belief, mode }) {
      values.trouble(at)
      const value = values.of(belief.resource)
      // What it was writing may have arrived; without a write its end makes the value not valid.
      const writing = value.writing === belief
      if (mode !== undefined && mayWriteValue(mode) && !writing) noteDeath(value, belief, mode)
      if (writing) value.writing = undefined
      values.forget(belief)
    },
    onKept({ belief }) {
      const value = values.of(belief.resource)
      if (value.writing === belief) notWritten(value)
    },
    onWritten: (belief) => values.arrived(belief),
    onOrphan({ at, former, belief: { mode } }: OrphanFact) {
      values.trouble(at)
      const value = values.of(former.resource)
      const writing = value.writing === former
      if (writing || (mode !== undefined && mayWriteValue(mode))) value.shared = true
      if (writing) value.writing = undefined
      values.forget(former)
    },
    // Whoever a view loses may have held a writer's lock, or the only copy of the value.
    onInstalled: ({ at }) => values.failure(at),
    onEnd: ({ at }) => values.failure(at),
    onPower: (fact) => values.power(fact),
  }
}

class Values {
  readonly #resources = new Map<string, ValueOfResource>()
  readonly #written = new Map<string, Set<string>>()
  #era = 0
  #troubleAt: Instant = 0
  #activeEpoch: Epoch = 0

  of(resource: string): ValueOfResource {
    const value = this.#resources.get(resource) ?? newValue(this.#era)
    this.#resources.set(resource, value)
    return value
  }

  trouble(at: Instant): void {
    this.#troubleAt = at
  }

  failure(at: Instant): void {
    this.trouble(at)
    this.#era += 1
  }

  /** From the first power in a view on, those that it lost have stopped, and what they said last is over. */
  power({ at, epoch, mayTakeOverUntil }: PowerFact): void {
    if (epoch <= this.#activeEpoch || mayTakeOverUntil <= at) return
    this.#activeEpoch = epoch
    this.failure(at)
  }

  forget(belief: Belief): void {
    const value = this.of(belief.resource)
    value.locks.delete(belief)
    if (value.locks.size > 0) return
    // Nobody is left: the resource may be cleaned up, and its block with it.
    value.possible.add(INITIAL)
    value.doubt = true
    value.deaths.length = 0
    value.numbers = numbersOf(this.#era)
  }

  wrote({ belief, write, depends }: WriteFact): void {
    const value = this.of(belief.resource)
    value.writing = belief
    value.choice = undefined
    const { possible, doubt } = value
    value.doubt = write === 'invalidate'
    value.possible = new Set()
    if (write === 'invalidate') return
    const text = textOf(write.bytes)
    if (depends !== 'on nothing') value.choice = { text, possible, doubt }
    // One that was demoted writes nothing, and others go on meanwhile.
    if (depends === 'on the mode and a demotion') eitherWay(value)
    value.possible.add(text)
    value.open.set(text, belief)
    const known = this.#written.get(belief.resource) ?? new Set()
    this.#written.set(belief.resource, known.add(text))
  }

  /** What it was writing is there. */
  arrived(belief: Belief): void {
    const { open, done } = this.of(belief.resource)
    for (const [text, by] of open) {
      if (by !== belief) continue
      open.delete(text)
      done.add(text)
    }
  }

  granted(fact: GrantFact): void {
    const { belief } = fact
    const value = this.of(belief.resource)
    if (belief.mode !== undefined) value.locks.add(belief)
    if (value.writing === belief) {
      const { before = 'NL' } = fact
      if (belief.mode !== undefined && !conversionWrites(before, belief.mode)) notWritten(value)
      value.writing = undefined
      value.choice = undefined
    }
    this.arrived(belief)
    if (mayShareValue(belief)) value.shared = true
    if (value.numbers.era !== this.#era) value.numbers = numbersOf(this.#era)
    if (fact.value === undefined || belief.trust.until <= fact.at) return
    const calm = fact.at - this.#troubleAt > TROUBLE_LASTS_MS
    judgeRead(fact, value, { written: this.#written.get(belief.resource) ?? new Set(), calm })
  }
}

function judgeRead(
  fact: GrantFact,
  block: ValueOfResource,
  known: { readonly written: ReadonlySet<string>; readonly calm: boolean },
): void {
  const { belief, value: read } = fact
  if (read === undefined || belief.mode === undefined) return
  const strong = excludesWriters(belief.mode) && !block.shared
  const where = `${belief.client} read ${belief.resource} in ${belief.mode}`
  if (!read.valid) {
    if (strong && known.calm && !block.doubt)
      throw new Violation(NAME, `${where}: not valid without a reason`)
    return
  }
  const text = textOf(read.bytes)
  judgeDeaths(belief, block, { text, where })
  judgeNumbers(fact, block, { text, where })
  if (strong && !block.possible.has(text)) {
    const expected = [...block.possible].join(' or ') || 'nothing'
    throw new Violation(NAME, `${where}: ${text} as valid instead of ${expected}`)
  }
  if (text === INITIAL || known.written.has(text)) return
  throw new Violation(NAME, `${where}: ${text}, which nobody wrote there`)
}

/** What might have been written was not. Says nothing of a write that depends on nothing. */
function notWritten(value: ValueOfResource): void {
  const { choice } = value
  if (choice === undefined) return
  value.possible = new Set(choice.possible)
  value.doubt = choice.doubt
  value.open.delete(choice.text)
  value.writing = undefined
  value.choice = undefined
}

/** What might have been written may be there or not, and that is never told. */
function eitherWay(value: ValueOfResource): void {
  const { choice } = value
  for (const text of choice?.possible ?? []) value.possible.add(text)
  value.doubt ||= choice?.doubt === true
}

interface Reading {
  readonly text: string
  readonly where: string
}

function judgeDeaths(belief: Belief, { deaths }: ValueOfResource, { text, where }: Reading): void {
  const death = deaths.find(({ claim, before }) => conflict(belief, claim) && before.has(text))
  if (death === undefined) return
  throw new Violation(
    NAME,
    `${where}: ${text} as valid, though ${death.client} was lost as a writer`,
  )
}

function judgeNumbers(fact: GrantFact, { numbers, locks }: ValueOfResource, read: Reading): void {
  const { at, calledAt, before, belief, value } = fact
  const { mode } = belief
  // A lock that gives something up is told what it last saw.
  const isStronger = before !== mode && mode !== undefined && before !== undefined
  const isFresh = before === undefined || (isStronger && weakerOf(before, mode) === before)
  if (value === undefined || !isFresh || locks.size < 2) return
  const { sequence } = value
  if (sequence < numbers.highest && calledAt >= numbers.heardAt) {
    throw new Violation(NAME, `${read.where}: number ${sequence} after number ${numbers.highest}`)
  }
  const known = numbers.texts.get(sequence)
  if (known !== undefined && known !== read.text) {
    throw new Violation(
      NAME,
      `${read.where}: ${read.text} as number ${sequence}, which was ${known}`,
    )
  }
  numbers.texts.set(sequence, read.text)
  if (sequence <= numbers.highest) return
  numbers.highest = sequence
  numbers.heardAt = at
}

function numbersOf(era: number): Numbers {
  return { era, texts: new Map(), highest: -1, heardAt: 0 }
}

function textOf(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return INITIAL
  return `value ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function newValue(era: number): ValueOfResource {
  return {
    possible: new Set([INITIAL]),
    locks: new Set(),
    doubt: true,
    writing: undefined,
    choice: undefined,
    shared: false,
    open: new Map(),
    done: new Set([INITIAL]),
    deaths: [],
    numbers: numbersOf(era),
  }
}

/** Others may write beside it. */
function mayShareValue({ mode, range, owner }: Belief): boolean {
  const writes = mode !== undefined && mayWriteValue(mode)
  return writes && (range !== undefined || owner !== undefined)
}

/** A writer was lost with its lock. */
function noteDeath(value: ValueOfResource, { range, owner, client }: Belief, mode: LockMode): void {
  value.possible = new Set()
  const before = new Set(value.done)
  value.deaths.push({ claim: { mode, range, owner }, client, before })
  if (value.deaths.length > DEATHS_MAX) value.deaths.shift()
}
