import type { NodeName } from '@holdfast/primitives'
import { liveVoters } from './evidence.ts'
import { isQuorum, votesTotal } from './quorum.ts'
import { electorateOf, type State } from './state.ts'

/** Who has how many votes, who is heard, and what is missing. */
export interface QuorumReport {
  readonly voters: readonly {
    readonly node: NodeName
    readonly votes: number
    readonly isHeard: boolean
    /** Whether the rest would still have a quorum without it. */
    readonly isSpare: boolean
  }[]
  readonly tieBreaker: NodeName | undefined
  readonly votesTotal: number
  readonly votesHeard: number
  /** Votes that make a quorum without the help of the tie breaker. */
  readonly votesNeeded: number
  readonly isQuorate: boolean
  /** One sentence for people. */
  readonly sentence: string
}

export function explainQuorum(state: State): QuorumReport {
  const electorate = electorateOf(state)
  const live = liveVoters(state, [])
  const total = votesTotal(electorate)
  const heard = electorate.voters.filter(({ node }) => live.includes(node))
  const votesHeard = heard.reduce((sum, voter) => sum + voter.votes, 0)
  const votesNeeded = electorate.unanimous === true ? total : Math.floor(total / 2) + 1
  const isQuorate = isQuorum(electorate, live)
  const missing = Math.max(0, votesNeeded - votesHeard)
  const verdict = isQuorate ? 'a quorum is heard' : `no quorum: ${missing} more votes are needed`
  const tie = electorate.tieBreaker === undefined ? '' : `, ties go to ${electorate.tieBreaker}`
  return {
    voters: electorate.voters.map(({ node, votes }) => ({
      node,
      votes,
      isHeard: live.includes(node),
      isSpare: isQuorum(
        electorate,
        live.filter((name) => name !== node),
      ),
    })),
    tieBreaker: electorate.tieBreaker,
    votesTotal: total,
    votesHeard,
    votesNeeded,
    isQuorate,
    sentence: `${votesHeard} of ${total} votes heard, ${votesNeeded} needed${tie}: ${verdict}`,
  }
}
