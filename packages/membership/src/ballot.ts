import type { NodeName } from '@holdfast/primitives'

/** Orders attempts to lead: by round, then by name. A name never uses a round twice. */
export interface Ballot {
  readonly round: number
  readonly node: NodeName
}

/** Negative, zero or positive; no ballot at all is below every ballot. */
export function compareBallots(a: Ballot | undefined, b: Ballot | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  if (a.round !== b.round) return a.round - b.round
  if (a.node === b.node) return 0
  return a.node < b.node ? -1 : 1
}
