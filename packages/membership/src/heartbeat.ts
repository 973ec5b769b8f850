import { noteActive } from './active-epoch.ts'
import { noteLeader } from './leader-contact.ts'
import type { MessageOf } from './messages.ts'
import {
  electorateOf,
  isSelfMember,
  isVoter,
  isVoterMessage,
  peersOf,
  type State,
  send,
} from './state.ts'
import { isMember, type ProcessId } from './view.ts'

/** A process that runs late itself reports nobody. */
const HEALTH_TO_REPORT_MAX = 3

/** Shows everybody that this process lives and asks the voters for their support. */
export function sendHeartbeats(state: State): void {
  const { view } = state.memory
  state.timers.set('heartbeat', state.now + state.timing.heartbeatMs)
  if (view === undefined) return
  const isTakingPart = isSelfMember(state) || isVoter(state)
  if (!isTakingPart && state.joining === undefined) return
  state.sequence += 1
  state.lease.sent(state.sequence, state.now)
  const { current } = state.role
  const leading = current.kind === 'leader' ? { leading: current.ballot } : {}
  const suspects = state.health > HEALTH_TO_REPORT_MAX ? [] : [...state.members.suspects()].sort()
  for (const node of [...peersOf(view, state.self.node), state.self.node]) {
    send(state, node, {
      kind: 'heartbeat',
      sequence: state.sequence,
      active: state.activeEpoch,
      ...leading,
      suspects,
      health: state.health,
    })
  }
}

export function onHeartbeat(state: State, from: ProcessId, message: MessageOf<'heartbeat'>): void {
  if (message.active <= message.epoch) noteActive(state, message.active)
  const { view } = state.memory
  if (view === undefined) return
  if (message.epoch === view.epoch) {
    if (message.leading !== undefined) noteLeader(state, from.node, message.leading)
    if (isMember(view, from)) {
      state.reports.set(from.node, { suspects: message.suspects, at: state.now })
    } else if (isSelfMember(state) && from.node !== state.self.node) {
      send(state, from.node, { kind: 'heard' })
    }
  }
  if (!maySupport(state, from, message)) return
  if (!state.supporter.support(from, state.now)) return
  send(state, from.node, {
    kind: 'support',
    supported: from.incarnation,
    echo: message.sequence,
    active: state.activeEpoch,
  })
}

/**
 * A voter supports a process only as a member of the view that both are in, and nobody any more once
 * it has accepted a view that could replace it. The first keeps those who missed their removal from
 * being supported by those who did not; the second makes the promises reported with the acceptance
 * the last ones of this epoch.
 */
function maySupport(state: State, from: ProcessId, message: MessageOf<'heartbeat'>): boolean {
  const { view, accepted } = state.memory
  if (view === undefined || !isVoter(state)) return false
  const isInSameView = message.epoch === view.epoch && isMember(view, from)
  const mayBeReplaced = accepted !== undefined
  return isInSameView && !mayBeReplaced
}

export function onSupport(state: State, from: ProcessId, message: MessageOf<'support'>): void {
  if (message.active <= message.epoch) noteActive(state, message.active)
  // A voter that reads its backlog late may still answer an earlier life of this node.
  if (message.supported !== state.self.incarnation) return
  // The voter saw to it that both were in one view when it promised; that this view has passed since
  // takes nothing from the promise, which the voter remembers across epochs.
  if (!isSelfMember(state) || !isVoterMessage(state, from.node, message)) return
  state.lease.echoed(from.node, message.echo, state.now)
  state.lease.refresh(electorateOf(state))
}
