import type { Instant } from '@holdfast/primitives'
import type { Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { excludesWriters, mayWriteValue } from './lock-modes.ts'

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
}

/**
 * A reader that excludes writers is told the last value written, or that the value is not valid;
 * never an older value as valid. Not valid is right only when somebody said so, or when a session or
 * a node ended not long ago: a dead session's queued request may still be granted and then lost.
 *
 * Exclusive writers have an order, since their beliefs do not overlap, so a resource's history can
 * be folded into the set of values that may now be told as valid. A weak reader may be overtaken by
 * a writer; it must only be told a value that was once written.
 */
export function createValueBlock(): Checker {
  const resources = new Map<string, ValueOfResource>()
  const written = new Map<string, Set<string>>()

  const blockOf = (resource: string): ValueOfResource => {
    let value = resources.get(resource)
    if (value === undefined) {
      value = { possible: new Set([INITIAL]), locks: new Set(), doubt: true, writing: undefined }
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
  }
  let troubleAt: Instant = 0
  const trouble = ({ at }: { readonly at: Instant }): void => {
    troubleAt = at
  }
  const onGrant = (fact: GrantFact): void => {
    const value = blockOf(fact.belief.resource)
    if (fact.belief.mode !== undefined) value.locks.add(fact.belief)
    if (value.writing === fact.belief) value.writing = undefined
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
      if (mode !== undefined && mayWriteValue(mode) && !writing) value.possible = new Set()
      if (writing) value.writing = undefined
      forget(belief)
    },
    // Whoever a view loses may have held a writer's lock, or the only copy of the value.
    onInstalled: trouble,
    onEnd: trouble,
  }
}

function judgeRead(
  { belief, value: read }: GrantFact,
  block: ValueOfResource,
  known: { readonly written: ReadonlySet<string>; readonly calm: boolean },
): void {
  if (read === undefined || belief.mode === undefined) return
  const strong = excludesWriters(belief.mode)
  const where = `${belief.client} read ${belief.resource} in ${belief.mode}`
  if (!read.valid) {
    if (strong && known.calm && !block.doubt)
      throw new Violation(NAME, `${where}: not valid without a reason`)
    return
  }
  const text = textOf(read.bytes)
  if (strong && !block.possible.has(text)) {
    const expected = [...block.possible].join(' or ') || 'nothing'
    throw new Violation(NAME, `${where}: ${text} as valid instead of ${expected}`)
  }
  if (text === INITIAL || known.written.has(text)) return
  throw new Violation(NAME, `${where}: ${text}, which nobody wrote there`)
}

function textOf(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return INITIAL
  return `value ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
