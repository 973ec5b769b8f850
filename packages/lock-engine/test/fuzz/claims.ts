/** What a lock says of a resource, as an owner may count on it: written from the rules, not from the engine. */
import type { LockMode, LockRange } from '../../src/messages.ts'
import { mayShare, modes } from '../harness/specification.ts'

export interface Claim {
  readonly mode: LockMode
  /** `undefined`: all of the resource. */
  readonly range: LockRange | undefined
  readonly owner: string | undefined
}

export function conflicts(a: Claim, b: Claim): boolean {
  if (a.owner !== undefined && a.owner === b.owner) return false
  return !mayShare(a.mode, b.mode) && common(a.range, b.range) !== 'nothing'
}

/** The strongest mode that both contain. */
export function weaker(a: LockMode, b: LockMode): LockMode {
  const isMiddle = (a === 'PR' && b === 'CW') || (a === 'CW' && b === 'PR')
  if (isMiddle) return 'CR'
  return modes.indexOf(a) < modes.indexOf(b) ? a : b
}

type Part = LockRange | undefined

export function common(a: Part, b: Part): Part | 'nothing' {
  if (a === undefined || b === undefined) return a ?? b
  if (isInside(a, b)) return a
  if (isInside(b, a)) return b
  const [first, second] = a.start < b.start ? [a, b] : [b, a]
  return second.start > first.end ? 'nothing' : { start: second.start, end: first.end }
}

export function isInside(inner: Part, outer: Part): boolean {
  if (outer === undefined) return true
  return inner !== undefined && inner.start >= outer.start && inner.end <= outer.end
}

export function isSamePart(a: Part, b: Part): boolean {
  return isInside(a, b) && isInside(b, a)
}
