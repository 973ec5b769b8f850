import type { NodeName } from '@holdfast/primitives'
import { isHalfSure, liveVoters, membersToEvict } from './evidence.ts'
import { forgetLeader, stepDown } from './leader-contact.ts'
import { electorate, nextView } from './next-view.ts'
import { propose } from './paxos/proposer.ts'
import { isQuorum, votesOf } from './quorum.ts'
import { electorateOf, isSelfMember, mayTell, type State, send } from './state.ts'
import { isVoterOf, memberOf, type View } from './view.ts'

/** The leader's look at its evidence: the first sign of a change opens the batch window. */
export function review(state: State): void {
  if (state.timers.get('batch') !== undefined || planned(state) === undefined) return
  state.timers.set('batch', state.now + state.timing.batchMs)
}

/** The batch window closes: one view for everything that is known by now. */
export function onBatch(state: State): void {
  const { view } = state.memory
  const next = planned(state)
  if (view === undefined || next === undefined) return
  const evict = membersToEvict(state, view)
  if (evict.size > 0 && isHalfSure(state, view, evict)) {
    state.timers.set('batch', state.now + state.timing.retryMs)
    return
  }
  propose(state, next)
}

function planned(state: State): View | undefined {
  const { current } = state.role
  const { view } = state.memory
  if (current.kind !== 'leader' || current.proposal !== undefined || view === undefined) return
  const evict = membersToEvict(state, view)
  const goodbye = new Set<NodeName>()
  for (const [node, leave] of state.pendingLeaves) {
    const isMember = memberOf(view, node)?.incarnation === leave.incarnation
    if (leave.stage === 'goodbye' && isMember) goodbye.add(node)
  }
  for (const node of goodbye) if (mustWait(state, view, node)) goodbye.delete(node)
  const next = nextView(state, view, { evict, goodbye })
  // Without a quorum in reach a proposal would only stop the support that others live on.
  if (next === undefined || !isQuorum(electorateOf(state), liveVoters(state, []))) return
  return next
}

/**
 * A permanent leaver is dropped once its votes are (if the rest can live without them). When it leads, it hands the lead on first, so
 * that somebody stays to activate the view without it.
 */
function mustWait(state: State, view: View, node: NodeName): boolean {
  const member = memberOf(view, node)
  const isSilent = state.members.isSuspect(node)
  if (isSilent || member === undefined) return false
  const hasVotes = isVoterOf(view, node, member.storageId)
  // The votes of the last voters, or of those without whom no quorum lives, cannot be dropped.
  const canDropVotes = !electorate(state, view, true).voters.some((voter) => voter.node === node)
  if (member.votes === 0 && hasVotes && canDropVotes) return true
  return node === state.self.node && successor(state, view) !== undefined
}

function successor(state: State, view: View): NodeName | undefined {
  const candidates = view.voters
    .filter(({ node }) => node !== state.self.node && !state.voters.isSuspect(node))
    .filter(({ node }) => memberOf(view, node)?.leaving !== true)
    .sort((a, b) => votesOf(view, b.node) - votesOf(view, a.node))
  return candidates[0]?.node
}

/** A leader that is leaving, and whose view is settled, asks another voter to lead. */
export function handOnLead(state: State): void {
  const { current } = state.role
  const { view } = state.memory
  if (current.kind !== 'leader' || current.proposal !== undefined || view === undefined) return
  const isLeaving = memberOf(view, state.self.node)?.leaving === true && isSelfMember(state)
  const isReady = state.activeEpoch >= view.epoch || state.saidGoodbye
  if (!isLeaving || !isReady) return
  const next = successor(state, view)
  if (next !== undefined && mayTell(state, 'nominate')) send(state, next, { kind: 'nominate' })
}

/** A leader that does not hear a quorum cannot know whether it is heard: it stops claiming to lead. */
export function checkQuorum(state: State): void {
  const live = liveVoters(state, [])
  const voting = electorateOf(state)
  const isQuorate = isQuorum(voting, live)
  if (state.memory.view !== undefined && isQuorate !== state.isQuorate) {
    const votes = live.reduce((sum, node) => sum + votesOf(voting, node), 0)
    const total = voting.voters.reduce((sum, voter) => sum + voter.votes, 0)
    const kind = isQuorate ? 'quorum-regained' : 'quorum-lost'
    state.out.observe({ kind, votes, total })
    state.isQuorate = isQuorate
  }
  if (isQuorate || state.role.current.kind !== 'leader' || state.memory.view === undefined) return
  stepDown(state)
  forgetLeader(state)
}
