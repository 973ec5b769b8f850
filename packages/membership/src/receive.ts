import { unreachable } from '@holdfast/primitives'
import { onInstalled } from './activation.ts'
import { noteHeard, onJoin, onJoinAnswer } from './admission.ts'
import { onLeaveRequest } from './departure.ts'
import { onHeartbeat, onSupport } from './heartbeat.ts'
import { parseMessage } from './message-schema.ts'
import type { MembershipMessage } from './messages.ts'
import { onCommit, onPrepare, onPropose } from './paxos/acceptor.ts'
import {
  onNominate,
  onOvertaken,
  onPreVote,
  onPreVoteGranted,
  onPromise,
} from './paxos/leadership.ts'
import { onAccepted } from './paxos/proposer.ts'
import { judgePeers } from './self-watch.ts'
import { catchUp, onActivate, onView, sendView } from './spread.ts'
import { isVoterMessage, learnAddress, mayTell, type State } from './state.ts'
import { isMember, type ProcessId } from './view.ts'

/** Takes a datagram. Whatever it holds, it can only be obeyed, or reported and ignored. */
export function onReceived(state: State, from: ProcessId, value: unknown): void {
  const message = parseMessage(value)
  if (message === undefined) return reject(state, from, 'not a membership message')
  const fault = faultOf(state, from, message)
  if (fault !== undefined) return reject(state, from, fault)
  learnAddress(state, from.node, message.address)
  noteAlive(state, from, message)
  noteHeard(state, from)
  catchUp(state, from.node, message)
  dispatch(state, from, message)
}

function reject(state: State, from: ProcessId, reason: string): void {
  if (mayTell(state, `rejected ${from.node}`)) {
    state.out.observe({ kind: 'rejected', from: from.node, reason })
  }
}

function faultOf(state: State, from: ProcessId, message: MembershipMessage): string | undefined {
  if (message.cluster !== state.options.cluster) return 'of another cluster'
  // Nothing is learned from this node's own earlier lives, nor from others that use its name.
  const isOwnName = from.node === state.self.node
  if (isOwnName && from.incarnation !== state.self.incarnation) return 'has the name of this node'
  const isFounded = message.clusterId !== undefined
  if (isFounded !== message.epoch > 0) return 'has an epoch without a cluster id, or the reverse'
  const own = state.memory.view?.clusterId
  if (isFounded && own !== undefined && message.clusterId !== own) {
    return 'of another cluster with the same name'
  }
  if ('view' in message && isFounded && message.view.clusterId !== message.clusterId) {
    return 'carries a view of another cluster'
  }
  return undefined
}

function noteAlive(state: State, from: ProcessId, message: MembershipMessage): void {
  const { view } = state.memory
  if (view === undefined) return
  const wasSuspect = state.members.isSuspect(from.node) || state.voters.isSuspect(from.node)
  if (isMember(view, from)) state.members.heard(from.node, state.now)
  if (isVoterMessage(state, from.node, message)) state.voters.heard(from.node, state.now)
  if (wasSuspect) judgePeers(state)
}

function dispatch(state: State, from: ProcessId, message: MembershipMessage): void {
  switch (message.kind) {
    case 'heartbeat':
      return onHeartbeat(state, from, message)
    case 'support':
      return onSupport(state, from, message)
    case 'pre-vote':
      return onPreVote(state, from, message)
    case 'pre-vote-granted':
      return onPreVoteGranted(state, from, message)
    case 'prepare':
      return onPrepare(state, from, message)
    case 'promise':
      return onPromise(state, from, message)
    case 'propose':
      return onPropose(state, from, message)
    case 'accepted':
      return onAccepted(state, from, message)
    case 'overtaken':
      return onOvertaken(state, message)
    case 'commit':
      return onCommit(state, from, message)
    case 'installed':
      return onInstalled(state, from, message)
    case 'activate':
      return onActivate(state, message)
    case 'view':
      return onView(state, message)
    case 'behind':
      return sendView(state, from.node)
    case 'join':
      return onJoin(state, from, message)
    case 'join-answer':
      return onJoinAnswer(state, from, message)
    case 'leave':
      return onLeaveRequest(state, from, message)
    case 'heard':
      return
    case 'nominate':
      return onNominate(state, message)
    default:
      return unreachable(message)
  }
}
