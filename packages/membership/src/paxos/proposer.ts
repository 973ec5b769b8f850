import { startActivation, tryActivate } from '../activation.ts'
import { compareBallots } from '../ballot.ts'
import { learn } from '../installation.ts'
import type { MessageOf } from '../messages.ts'
import { isQuorum } from '../quorum.ts'
import {
  electorateOf,
  epochOf,
  isVoter,
  isVoterMessage,
  type Proposal,
  peersOf,
  type Reply,
  type State,
  send,
} from '../state.ts'
import type { ProcessId, View } from '../view.ts'

/** Answers kept per question; repeated ones beyond it push the oldest out. */
const REPLIES_MAX = 256

export function toReply(
  state: State,
  from: ProcessId,
  message: MessageOf<'promise'> | MessageOf<'accepted'>,
): Reply {
  const isPromise = message.kind === 'promise'
  return {
    node: from.node,
    process: from,
    receivedAt: state.now,
    outstanding: message.outstanding,
    accepted: isPromise ? message.accepted : undefined,
    introduction: isPromise ? message.introduction : undefined,
    storageId: message.storageId ?? '',
    address: message.address,
  }
}

export function remember(replies: Reply[], reply: Reply): void {
  if (replies.length >= REPLIES_MAX) replies.splice(0, 1)
  replies.push(reply)
}

/** The voters, with this node last, so that its own answer does not come before the questions. */
export function votersToAsk(state: State, answered: readonly Reply[]): readonly string[] {
  const names = electorateOf(state).voters.map(({ node }) => node)
  return names.filter((node) => !answered.some((reply) => reply.node === node)).sort()
}

/** Proposes the view after this one. The leader has a quorum's promise for its ballot. */
export function propose(state: State, view: View): void {
  const { current } = state.role
  if (current.kind !== 'leader' || current.proposal !== undefined) return
  current.proposal = { view, accepts: [] }
  state.out.observe({ kind: 'proposed', epoch: view.epoch, reason: view.reason })
  repeatProposal(state)
  state.timers.set('retry', state.now + state.timing.retryMs)
}

/** Asks the voters that have not answered; false when there is nothing to ask. */
export function repeatProposal(state: State): boolean {
  const { current } = state.role
  if (current.kind !== 'leader' || current.proposal === undefined) return false
  const { view, accepts } = current.proposal
  for (const node of votersToAsk(state, accepts)) {
    send(state, node, { kind: 'propose', ballot: current.ballot, view })
  }
  return true
}

/** The view is decided by a quorum of the voters of the view before it, never by its own. */
export function onAccepted(state: State, from: ProcessId, message: MessageOf<'accepted'>): void {
  const { current } = state.role
  if (current.kind !== 'leader' || current.proposal === undefined) return
  if (message.epoch !== epochOf(state) || !isVoterMessage(state, from.node, message)) return
  if (compareBallots(message.ballot, current.ballot) !== 0) return
  const { proposal } = current
  remember(proposal.accepts, toReply(state, from, message))
  const accepting = proposal.accepts.map(({ node }) => node)
  if (!isQuorum(electorateOf(state), accepting)) return
  decide(state, proposal)
}

function decide(state: State, proposal: Proposal): void {
  const { current } = state.role
  const before = state.memory.view
  if (current.kind !== 'leader') return
  const { ballot } = current
  const { view, accepts } = proposal
  const old = before === undefined ? [] : peersOf(before, state.self.node)
  const audience = [...new Set([...old, ...peersOf(view, state.self.node)])].sort()
  learn(state, view)
  for (const node of audience) send(state, node, { kind: 'commit', ballot, view })
  if (state.ended) return
  startActivation(state, view, ballot, accepts)
  // The same ballot goes on in the next instance once a quorum of the new voters promises it.
  if (isVoter(state)) state.role.current = { kind: 'candidate', ballot, promises: [] }
  send(state, state.self.node, { kind: 'commit', ballot, view })
  state.timers.set('retry', state.now + state.timing.retryMs)
  tryActivate(state)
}
