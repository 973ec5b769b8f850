/** Parts of a resource. `undefined` stands for all of it, as in a call without a range: 0 to 2^64 - 1. */
import { type Check, isRecordOf } from '@holdfast/primitives'
import type { LockRange } from '../messages.ts'

type Part = LockRange | undefined

const lastUnit = 0xffff_ffff_ffff_ffffn

export function startOf(range: Part): bigint {
  return range === undefined ? 0n : range.start
}

export function endOf(range: Part): bigint {
  return range === undefined ? lastUnit : range.end
}

/** True when they have at least one unit in common; ranges that only touch have none. */
export function overlaps(a: Part, b: Part): boolean {
  if (a === undefined || b === undefined) return true
  return a.start <= b.end && b.start <= a.end
}

/** True when all of `inner` lies in `outer`; a range covers itself. */
export function covers(outer: Part, inner: Part): boolean {
  if (outer === undefined) return true
  return outer.start <= startOf(inner) && endOf(inner) <= outer.end
}

/** True when both are the same part, also when one of them spells out the whole resource. */
export function isSame(a: Part, b: Part): boolean {
  return a === b || (startOf(a) === startOf(b) && endOf(a) === endOf(b))
}

/** What both have in common: 'nothing', a range, or `undefined` for the whole resource. */
export function intersection(a: Part, b: Part): Part | 'nothing' {
  if (!overlaps(a, b)) return 'nothing'
  if (covers(a, b)) return spelled(b)
  if (covers(b, a)) return spelled(a)
  const [first, second] = startOf(a) < startOf(b) ? [a, b] : [b, a]
  return { start: startOf(second), end: endOf(first) }
}

/** What is wrong with a range that came from outside, in words; `undefined` when nothing is. */
export function rangeFault(range: Part): string | undefined {
  if (range === undefined) return undefined
  const { start, end } = range ?? {}
  if (typeof start !== 'bigint' || typeof end !== 'bigint') {
    return 'start and end of a range are bigint'
  }
  if (start < 0n || end > lastUnit) {
    return `a range lies in 0 to ${lastUnit}, this one is ${start} to ${end}`
  }
  if (start > end) return `the range starts at ${start}, behind its end ${end}`
  return undefined
}

const isUnit: Check = (value) => typeof value === 'bigint' && value >= 0n && value <= lastUnit
const hasUnits = isRecordOf({ start: isUnit, end: isUnit })

/** A range that came from another node. */
export const isRange: Check = (value) =>
  hasUnits(value) && (value as LockRange).start <= (value as LockRange).end

/** The same part in an object of one's own: whoever gave the range, or is told it, may change his. */
export function ownRange(range: LockRange): LockRange {
  return { start: range.start, end: range.end }
}

/** `undefined` also for what spells out the whole resource. */
export function spelled(range: Part): Part {
  return isSame(range, undefined) ? undefined : range
}
