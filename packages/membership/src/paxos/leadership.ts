import { repeatCommit, startActivation, tryActivate } from '../activation.ts'
import { type Ballot, compareBallots } from '../ballot.ts'
import { foundingView } from '../founding.ts'
import { electionWaitMs, forgetLeader, noteLeader, stepDown } from '../leader-contact.ts'
import type { MessageOf } from '../messages.ts'
import { isQuorum } from '../quorum.ts'
import {
  electorateOf,
  epochOf,
  isVoter,
  isVoterMessage,
  type Reply,
  type State,
  save,
  send,
  sendWhenStored,
} from '../state.ts'
import type { ProcessId, View } from '../view.ts'
import { propose, remember, repeatProposal, toReply, votersToAsk } from './proposer.ts'

/**
 * Who leads. A leader is a voter whose ballot a quorum promised; its only power is to propose. It
 * has no lease, so nothing waits for an old one: a higher ballot simply overtakes it.
 */
export function onElectionTimeout(state: State): void {
  if (!isVoter(state) || epochOf(state) === 0) return
  state.timers.set('election', state.now + electionWaitMs(state))
  if (state.role.current.kind === 'leader') return
  forgetLeader(state)
  const ballot = nextBallot(state)
  // Ask first (pre-vote): a voter that was cut off must not disturb a leader that all others hear.
  state.role.current = { kind: 'pre-candidate', ballot, granted: [] }
  for (const node of votersToAsk(state, [])) send(state, node, { kind: 'pre-vote', ballot })
}

function nextBallot(state: State): Ballot {
  const round = Math.max(state.memory.promised?.round ?? 0, state.roundSeen) + 1
  return { round, node: state.self.node }
}

export function onPreVote(state: State, from: ProcessId, message: MessageOf<'pre-vote'>): void {
  if (message.epoch !== epochOf(state) || !isVoter(state)) return
  const { current } = state.role
  if (current.kind === 'leader') return
  const heardAt = state.leaderHeardAt
  const hearsLeader =
    state.leader !== undefined &&
    state.leader.node !== from.node &&
    heardAt !== undefined &&
    state.now - heardAt < state.timing.electionMs
  if (hearsLeader || compareBallots(message.ballot, state.memory.promised) <= 0) {
    const { promised } = state.memory
    if (!hearsLeader && promised !== undefined)
      send(state, from.node, { kind: 'overtaken', promised })
    return
  }
  send(state, from.node, { kind: 'pre-vote-granted', ballot: message.ballot })
}

export function onPreVoteGranted(
  state: State,
  from: ProcessId,
  message: MessageOf<'pre-vote-granted'>,
): void {
  const { current } = state.role
  if (current.kind !== 'pre-candidate' || message.epoch !== epochOf(state)) return
  if (compareBallots(message.ballot, current.ballot) !== 0) return
  if (!isVoterMessage(state, from.node, message)) return
  if (!current.granted.includes(from.node)) current.granted.push(from.node)
  if (isQuorum(electorateOf(state), current.granted)) standForElection(state)
}

/**
 * Asks for promises under a new ballot. The own promise is on the disk before anybody hears of the
 * ballot, so a restarted candidate never uses one ballot for two different views.
 */
export function standForElection(state: State): void {
  const ballot = nextBallot(state)
  state.memory.promised = ballot
  save(state)
  state.role.current = { kind: 'candidate', ballot, promises: [] }
  askForPromises(state)
  state.timers.set('retry', state.now + state.timing.retryMs)
}

function askForPromises(state: State): boolean {
  const { current } = state.role
  if (current.kind !== 'candidate') return false
  const founding = epochOf(state) === 0 ? { founding: state.founding } : {}
  const { ballot } = current
  // In genesis everybody is asked again: who restarted meanwhile must introduce itself anew.
  const answered = epochOf(state) === 0 ? [] : current.promises
  for (const node of votersToAsk(state, answered)) {
    sendWhenStored(state, node, { kind: 'prepare', ballot, ...founding })
  }
  return true
}

export function onPromise(state: State, from: ProcessId, message: MessageOf<'promise'>): void {
  const { current } = state.role
  if (current.kind !== 'candidate' || message.epoch !== epochOf(state)) return
  if (compareBallots(message.ballot, current.ballot) !== 0) return
  if (!isVoterMessage(state, from.node, message)) return
  remember(current.promises, toReply(state, from, message))
  const promising = current.promises.map(({ node }) => node)
  if (!isQuorum(electorateOf(state), promising)) return
  lead(state, current.ballot, current.promises)
}

/** A quorum promised: this node leads, and must first finish what may already be decided. */
function lead(state: State, ballot: Ballot, promises: readonly Reply[]): void {
  state.role.current = { kind: 'leader', ballot, proposal: undefined }
  noteLeader(state, state.self.node, ballot)
  state.timers.clear('election')
  state.timers.set('heartbeat', state.now)
  const { view } = state.memory
  if (view !== undefined && state.activation?.epoch !== view.epoch) {
    startActivation(state, view, ballot, promises)
    repeatCommit(state)
    state.timers.set('retry', state.now + state.timing.retryMs)
    tryActivate(state)
  }
  const found = newestAccepted(promises)
  if (found !== undefined) {
    propose(state, found)
    return
  }
  if (view === undefined) propose(state, foundingView(state, promises))
}

/** Paxos: the accepted view with the highest ballot among a quorum may be decided already. */
function newestAccepted(promises: readonly Reply[]): View | undefined {
  const accepted = promises.flatMap((reply) => reply.accepted ?? [])
  return accepted.sort((a, b) => compareBallots(b.ballot, a.ballot))[0]?.view
}

export function onOvertaken(state: State, message: MessageOf<'overtaken'>): void {
  state.roundSeen = Math.max(state.roundSeen, message.promised.round)
  const { current } = state.role
  if (current.kind === 'follower' || message.epoch !== epochOf(state)) return
  if (compareBallots(message.promised, current.ballot) <= 0) return
  stepDown(state)
  // Nobody else proposes the first view, so its founder goes on with a higher ballot.
  if (state.memory.view === undefined) standForElection(state)
}

/** The leader that leaves asks this voter to take over at once. */
export function onNominate(state: State, message: MessageOf<'nominate'>): void {
  if (message.epoch !== epochOf(state) || !isVoter(state)) return
  if (state.role.current.kind === 'follower') standForElection(state)
}

/** Sends again what was not answered. */
export function onRetry(state: State): void {
  const isAsking = askForPromises(state)
  const isProposing = repeatProposal(state)
  const isSpreading = repeatCommit(state)
  const isWaiting = isAsking || isProposing || isSpreading
  if (isWaiting) state.timers.set('retry', state.now + state.timing.retryMs)
}
