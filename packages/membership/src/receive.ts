import { unreachable } from '@holdfast/primitives'
import { onInstalled } from './activation.ts'
import { noteHeard, onJoin, onJoinAnswer } from './admission.ts'
import { onLeaveRequest } from './departure.ts'
import { onHeartbeat, onSupport } from './heartbeat.ts'
import { parseMessage } from './message-schema.ts'
import type { MembershipMessage, MessageOf } from './messages.ts'
import { onNotes } from './notes.ts'
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
  if (message === undefined) {
    reject(state, from, 'not a membership message')
    return
  }
  const fault = faultOf(state, from, message)
  if (fault !== undefined) {
    reject(state, from, fault)
    return
  }
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
      onHeartbeat(state, from, message)
      break
    case 'support':
      onSupport(state, from, message)
      break
    case 'installed':
      onInstalled(state, from, message)
      break
    case 'activate':
      onActivate(state, message)
      break
    case 'view':
      onView(state, message)
      break
    case 'behind':
      sendView(state, from.node)
      break
    case 'join':
      onJoin(state, from, message)
      break
    case 'join-answer':
      onJoinAnswer(state, from, message)
      break
    case 'leave':
      onLeaveRequest(state, from, message)
      break
    case 'notes':
      onNotes(state, from, message)
      break
    case 'heard':
      return
    default:
      decideWith(state, from, message)
  }
}

type DecidingKind =
  | 'pre-vote'
  | 'pre-vote-granted'
  | 'prepare'
  | 'promise'
  | 'propose'
  | 'accepted'
  | 'overtaken'
  | 'commit'
  | 'nominate'

/** What leads to the next view. */
function decideWith(state: State, from: ProcessId, message: MessageOf<DecidingKind>): void {
  switch (message.kind) {
    case 'pre-vote':
      onPreVote(state, from, message)
      break
    case 'pre-vote-granted':
      onPreVoteGranted(state, from, message)
      break
    case 'prepare':
      onPrepare(state, from, message)
      break
    case 'promise':
      onPromise(state, from, message)
      break
    case 'propose':
      onPropose(state, from, message)
      break
    case 'accepted':
      onAccepted(state, from, message)
      break
    case 'overtaken':
      onOvertaken(state, message)
      break
    case 'commit':
      onCommit(state, from, message)
      break
    case 'nominate':
      onNominate(state, message)
      break
    default:
      unreachable(message)
  }
}
