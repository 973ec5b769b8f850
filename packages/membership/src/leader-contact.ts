import type { Millis, NodeName } from '@holdfast/primitives'
import { type Ballot, compareBallots } from './ballot.ts'
import { isVoter, type State } from './state.ts'

/** A voter waits once to twice `electionMs`, longer when it is unwell itself. */
export function electionWaitMs(state: State): Millis {
  const spread = 1 + state.random.below(1000) / 1000
  return state.timing.electionMs * spread * (1 + state.health / 4)
}

export function restartElectionTimer(state: State): void {
  if (!isVoter(state) || state.memory.view === undefined) return
  state.timers.set('election', state.now + electionWaitMs(state))
}

/** Gives up leading or asking for votes. */
export function stepDown(state: State): void {
  if (state.role.current.kind === 'follower') return
  state.role.current = { kind: 'follower' }
  state.timers.clear('batch')
  restartElectionTimer(state)
}

/** A leader of this epoch showed itself. One with a ballot below what was promised is no leader. */
export function noteLeader(state: State, node: NodeName, ballot: Ballot): void {
  state.roundSeen = Math.max(state.roundSeen, ballot.round)
  if (compareBallots(ballot, state.memory.promised) < 0) return
  const { current } = state.role
  const isOwn = node === state.self.node
  if (!isOwn && current.kind !== 'follower' && compareBallots(current.ballot, ballot) < 0) {
    stepDown(state)
  }
  if (state.leader?.node !== node) state.out.observe({ kind: 'leader-changed', leader: node })
  state.leader = { node, ballot }
  state.leaderHeardAt = state.now
  if (!isOwn) restartElectionTimer(state)
}

export function forgetLeader(state: State): void {
  if (state.leader === undefined) return
  state.leader = undefined
  state.out.observe({ kind: 'leader-changed', leader: undefined })
}
