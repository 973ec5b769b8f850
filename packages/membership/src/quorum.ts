import type { NodeName } from '@holdfast/primitives'

/** Who may vote, and how heavily. */
export interface Electorate {
  readonly voters: readonly { readonly node: NodeName; readonly votes: number }[]
  /** Wins an even split; counts only while it is a voter itself. */
  readonly tieBreaker?: NodeName
  /** Genesis: every vote is needed. */
  readonly unanimous?: true
}

/** The votes of one name; 0 for everybody who is no voter. */
export function votesOf(electorate: Electorate, node: NodeName): number {
  return electorate.voters.find((voter) => voter.node === node)?.votes ?? 0
}

/** The sum of all votes. */
export function votesTotal(electorate: Electorate): number {
  return electorate.voters.reduce((sum, voter) => sum + voter.votes, 0)
}

/**
 * True when `names` hold a quorum. The one test for promises, acceptances and support.
 *
 * Invariant: any two quorums of one electorate share a voter. More than half meets more than half;
 * two exact halves count only with the tie breaker, which is then in both.
 * A voter counts once, however often it answered (otherwise a repeated message fakes a majority).
 */
export function isQuorum(electorate: Electorate, names: Iterable<NodeName>): boolean {
  const total = votesTotal(electorate)
  const present = [...new Set(names)]
  const votes = present.reduce((sum, name) => sum + votesOf(electorate, name), 0)
  if (total === 0) return false
  if (electorate.unanimous) return votes >= total
  if (2 * votes === total) return winsTie(electorate, present)
  return 2 * votes > total
}

function winsTie(electorate: Electorate, present: readonly NodeName[]): boolean {
  const { tieBreaker } = electorate
  if (tieBreaker === undefined || votesOf(electorate, tieBreaker) === 0) return false
  return present.includes(tieBreaker)
}
