import type { NodeName } from '@holdfast/primitives'
import { PENDING_JOINS_MAX } from './limits.ts'
import type { MessageOf } from './messages.ts'
import { sendView } from './spread.ts'
import {
  destination,
  isSelfMember,
  isVoter,
  isWitness,
  learnAddress,
  mayTell,
  peersOf,
  type State,
  send,
  weightOf,
} from './state.ts'
import { isMember, isVoterOf, memberOf, type ProcessId } from './view.ts'

/** A member was heard while this process asks for admission. */
export function noteHeard(state: State, from: ProcessId): void {
  const { view } = state.memory
  const { joining } = state
  if (joining === undefined || view === undefined || joining.heard.has(from.node)) return
  if (!isMember(view, from)) return
  joining.heard.add(from.node)
  if (unheard(state).length === 0) state.timers.set('join', state.now)
}

/** Asks for admission for as long as this process has no place in the newest view. */
export function askToJoin(state: State): void {
  if (hasPlace(state)) {
    state.timers.clear('join')
    return
  }
  state.joining ??= { since: state.now, heard: new Set(), hint: undefined }
  const isEager = state.now - state.joining.since < 10 * state.timing.heartbeatMs
  const again = isEager ? state.timing.retryMs : state.timing.heartbeatMs
  state.timers.set('join', state.now + again)
  for (const node of whomToAsk(state)) {
    send(state, node, {
      kind: 'join',
      role: isWitness(state) ? 'witness' : 'member',
      votes: state.options.self.votes,
      weight: weightOf(state.options),
      settings: state.settings,
      unheard: unheard(state),
    })
  }
}

function hasPlace(state: State): boolean {
  return isWitness(state) ? isVoter(state) && state.memory.view !== undefined : isSelfMember(state)
}

function whomToAsk(state: State): readonly NodeName[] {
  const { view } = state.memory
  const hint = state.joining?.hint
  if (state.joining !== undefined) state.joining.hint = undefined
  // A hint is good for one question: a leader that is none any more must not be asked for ever.
  if (hint !== undefined) return [hint]
  const known = view === undefined ? [] : peersOf(view, state.self.node)
  const listed = [...state.options.seeds, ...state.options.genesis].map(({ node }) => node)
  const names = new Set([...known, ...listed])
  names.delete(state.self.node)
  // A restarted voter may lead itself, and then admits itself.
  if (view !== undefined && isVoter(state)) names.add(state.self.node)
  return [...names].sort()
}

/**
 * Members that this process has not heard since it began to ask. Whoever cannot talk to all members
 * is not let in: it would only be evicted again.
 */
function unheard(state: State): readonly NodeName[] {
  const { view } = state.memory
  if (view === undefined || state.joining === undefined) return []
  const { heard } = state.joining
  return peersOf(view, state.self.node).filter(
    (node) => memberOf(view, node) !== undefined && !heard.has(node),
  )
}

export function onJoin(state: State, from: ProcessId, message: MessageOf<'join'>): void {
  const { view } = state.memory
  if (view === undefined) return
  if (isMember(view, from)) {
    sendView(state, from.node)
    return
  }
  if (state.role.current.kind !== 'leader') {
    redirect(state, from)
    return
  }
  if (message.settings !== state.settings) {
    const reason = 'this cluster has another timing'
    send(state, from.node, { kind: 'join-answer', outcome: 'refused', reason })
    return
  }
  const present = memberOf(view, from.node)
  const known = state.pendingJoins.get(from.node)
  const isKnown = known?.process.incarnation === from.incarnation
  const since = isKnown && known !== undefined ? known.since : state.now
  if (!isKnown && state.pendingJoins.size >= PENDING_JOINS_MAX) return
  if (message.role === 'witness' && isVoterOf(view, from.node, message.storageId)) return
  // The name is taken by a process that still speaks: a duplicate, or one that died just now.
  const isTaken = present !== undefined && !state.members.isSuspect(from.node)
  const isDuplicate = isTaken && hasSpokenSince(state, from.node, since)
  if (isDuplicate) {
    const reason = 'another live process has this name'
    send(state, from.node, { kind: 'join-answer', outcome: 'duplicate', reason })
    state.out.observe({ kind: 'conflict', ...from })
  }
  state.pendingJoins.set(from.node, {
    process: from,
    role: message.role,
    votes: message.votes,
    weight: message.weight,
    storageId: message.storageId,
    address: message.address,
    unheard: message.epoch === view.epoch ? message.unheard : view.members.map(({ node }) => node),
    askedAt: state.now,
    since,
  })
}

/** True when the member spoke well after somebody else asked for its name. */
function hasSpokenSince(state: State, node: NodeName, since: number): boolean {
  const spokeAt = state.now - state.members.silentMs(node, state.now)
  return spokeAt > since + state.timing.suspectMs
}

function redirect(state: State, from: ProcessId): void {
  sendView(state, from.node)
  if (from.node === state.self.node || !mayTell(state, `leader ${from.node}`)) return
  const { leader } = state
  if (leader === undefined) {
    send(state, from.node, { kind: 'join-answer', outcome: 'wait', reason: 'there is no leader' })
    return
  }
  send(state, from.node, {
    kind: 'join-answer',
    outcome: 'ask-leader',
    leader: destination(state, leader.node),
    reason: '',
  })
}

export function onJoinAnswer(
  state: State,
  from: ProcessId,
  message: MessageOf<'join-answer'>,
): void {
  if (hasPlace(state) || state.joining === undefined) return
  if (message.outcome === 'duplicate' && mayTell(state, 'duplicate')) {
    state.out.observe({ kind: 'conflict', ...state.self })
  }
  if (message.outcome === 'refused' && mayTell(state, 'refused')) {
    state.out.observe({ kind: 'refused', by: from.node, reason: message.reason })
  }
  const { leader } = message
  if (message.outcome !== 'ask-leader' || leader === undefined) return
  learnAddress(state, leader.node, leader.address)
  state.joining.hint = leader.node
  state.timers.set('join', state.now)
}

/** A request that is not repeated is withdrawn: its process is gone, or was served elsewhere. */
export function dropStaleJoins(state: State): void {
  for (const [node, join] of state.pendingJoins) {
    const isStale = state.now - join.askedAt > 3 * state.timing.heartbeatMs
    if (isStale) state.pendingJoins.delete(node)
  }
}
