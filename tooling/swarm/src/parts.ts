/** Parts of resources, as the swarm's own arithmetic: not the engine's. */
import type { LockRange } from '@holdfast/lock-engine/messages'

type Part = LockRange | undefined

const LAST = 2n ** 64n - 1n

export function overlap(a: Part, b: Part): boolean {
  if (a === undefined || b === undefined) return true
  return max(a.start, b.start) <= min(a.end, b.end)
}

/** What both have: `nothing`, or a part. */
export function common(a: Part, b: Part): Part | 'nothing' {
  if (a === undefined || b === undefined) return a ?? b
  if (!overlap(a, b)) return 'nothing'
  return { start: max(a.start, b.start), end: min(a.end, b.end) }
}

/** All of `inner` lies in `outer`. */
export function contains(outer: Part, inner: Part): boolean {
  const [start, end] = [outer?.start ?? 0n, outer?.end ?? LAST]
  return start <= (inner?.start ?? 0n) && (inner?.end ?? LAST) <= end
}

export function samePart(a: Part, b: Part): boolean {
  return contains(a, b) && contains(b, a)
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
