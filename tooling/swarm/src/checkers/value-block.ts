import type { Instant } from '@holdfast/primitives'
import type { Belief, GrantFact, OrphanFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { type Claim, conflict } from './conflict.ts'
import { excludesWriters, mayWriteValue, weakerOf } from './lock-modes.ts'

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
  const resources = new Map<string, ValueOfResource>()
  const written = new Map<string, Set<string>>()

  const blockOf = (resource: string): ValueOfResource => {
    let value = resources.get(resource)
    if (value === undefined) {
      value = {
        possible: new Set([INITIAL]),
        locks: new Set(),
        doubt: true,
        writing: undefined,
        shared: false,
        open: new Map(),
        done: new Set([INITIAL]),
        deaths: [],
        numbers: numbersOf(era),
      }
      resources.set(resource, value)
    }
    return value
  }
  const forget = (belief: Belief): void => {
    const value = blockOf(belief.resource)
    value.locks.delete(belief)
    if (value.locks.size > 0) return
    // Nobody is left: the resource may be cleaned up, and its block with it.
    value.possible.add(INITIAL)
    value.doubt = true
    value.deaths.length = 0
    value.numbers = numbersOf(era)
  }
  let era = 0
  let troubleAt: Instant = 0
  const trouble = ({ at }: { readonly at: Instant }): void => {
    troubleAt = at
  }
  const failure = ({ at }: { readonly at: Instant }): void => {
    trouble({ at })
    era += 1
  }
  const isDone = (belief: Belief): void => {
    const { open, done } = blockOf(belief.resource)
    for (const [text, by] of open) {
      if (by !== belief) continue
      open.delete(text)
      done.add(text)
    }
  }
  const onGrant = (fact: GrantFact): void => {
    const value = blockOf(fact.belief.resource)
    if (fact.belief.mode !== undefined) value.locks.add(fact.belief)
    if (value.writing === fact.belief) value.writing = undefined
    isDone(fact.belief)
    const { mode, range, owner } = fact.belief
    if (mode !== undefined && mayWriteValue(mode)) {
      if (range !== undefined || owner !== undefined) value.shared = true
    }
    if (value.numbers.era !== era) value.numbers = numbersOf(era)
    if (fact.value === undefined || fact.belief.trust.until <= fact.at) return
    const calm = fact.at - troubleAt > TROUBLE_LASTS_MS
    judgeRead(fact, value, { written: written.get(fact.belief.resource) ?? new Set(), calm })
  }
  return {
    name: NAME,
    onGrant,
    onWrite({ belief, write }) {
      const value = blockOf(belief.resource)
      value.writing = belief
      value.doubt = write === 'invalidate'
      value.possible = new Set()
      if (write === 'invalidate') return
      const text = textOf(write.bytes)
      value.possible.add(text)
      value.open.set(text, belief)
      const known = written.get(belief.resource) ?? new Set()
      written.set(belief.resource, known.add(text))
    },
    onYield({ belief }) {
      if (belief.mode === undefined) forget(belief)
    },
    onLoss({ at, belief, mode }) {
      trouble({ at })
      const value = blockOf(belief.resource)
      // What it was writing may have arrived; without a write its end makes the value not valid.
      const writing = value.writing === belief
      if (mode !== undefined && mayWriteValue(mode) && !writing) {
        value.possible = new Set()
        const { range, owner, client } = belief
        const before = new Set(value.done)
        value.deaths.push({ claim: { mode, range, owner }, client, before })
        if (value.deaths.length > DEATHS_MAX) value.deaths.shift()
      }
      if (writing) value.writing = undefined
      forget(belief)
    },
    onWritten: isDone,
    onOrphan({ at, former, belief }: OrphanFact) {
      trouble({ at })
      const value = blockOf(former.resource)
      const { mode } = belief
      if (value.writing === former || (mode !== undefined && mayWriteValue(mode)))
        value.shared = true
      if (value.writing === former) value.writing = undefined
      forget(former)
    },
    // Whoever a view loses may have held a writer's lock, or the only copy of the value.
    onInstalled: failure,
    onEnd: failure,
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
