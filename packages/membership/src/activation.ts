import { noteActive } from './active-epoch.ts'
import type { Ballot } from './ballot.ts'
import { outstandingFor } from './lease/supporter.ts'
import type { MessageOf } from './messages.ts'
import {
  type Activation,
  epochOf,
  isSelfMember,
  peersOf,
  type Reply,
  type State,
  send,
} from './state.ts'
import { waitMs } from './timing.ts'
import { isMember, type ProcessId, processKey, type View } from './view.ts'

/**
 * The activation rule. A view may take over what its predecessors did only when
 * 1. (barrier) every member has installed it, so nobody acts in an older view any more, and
 * 2. (ghosts) every process that was in a view since the last active one, is not in this one and did
 *    not say goodbye, has no lease left: its promises have run out on any clock, or a fencing device
 *    confirmed that it is dead.
 */
export function startActivation(
  state: State,
  view: View,
  ballot: Ballot,
  replies: readonly Reply[],
): void {
  if (state.activeEpoch >= view.epoch) return
  const ghostsUntil = new Map<string, number>()
  for (const ghost of view.ghosts) {
    let until = state.electorateChangedUntil
    for (const reply of replies) {
      const remaining = outstandingFor(reply.outstanding, ghost)
      until = Math.max(until, reply.receivedAt + waitMs(state.timing, remaining))
    }
    ghostsUntil.set(processKey(ghost), until)
    if (state.options.fencing === true) state.out.emit({ kind: 'fence', ...ghost })
  }
  const { epoch } = view
  const installed = new Set<string>()
  state.activation = { epoch, ballot, since: state.now, installed, ghostsUntil }
}

/** Members of the view on the way to activation that have not installed it. */
function missingMembers(state: State, activation: Activation): readonly ProcessId[] {
  const members = state.memory.view?.members ?? []
  return members.filter((member) => !activation.installed.has(processKey(member)))
}

export function onInstalled(state: State, from: ProcessId, message: MessageOf<'installed'>): void {
  const { activation } = state
  const { view } = state.memory
  if (view === undefined || message.installed !== view.epoch) return
  if (activation === undefined || !isMember(view, from)) return
  activation.installed.add(processKey(from))
  tryActivate(state)
}

/** Activates the view when both conditions hold; otherwise wakes up when the last ghost is over. */
export function tryActivate(state: State): void {
  const { activation } = state
  const { view } = state.memory
  if (activation === undefined || view === undefined || activation.epoch !== view.epoch) return
  const isBarrierComplete = missingMembers(state, activation).length === 0
  if (!isBarrierComplete) return
  const ghostsOverAt = Math.max(state.now, ...activation.ghostsUntil.values())
  if (ghostsOverAt > state.now) {
    state.timers.set('ghosts', ghostsOverAt)
    return
  }
  activate(state, view)
}

function activate(state: State, view: View): void {
  state.activation = undefined
  state.timers.clear('ghosts')
  for (const node of peersOf(view, state.self.node)) {
    send(state, node, { kind: 'activate', active: view.epoch })
  }
  noteActive(state, view.epoch)
}

/** A fencing device confirmed that this process is dead: its ghost need not be waited for. */
export function onFenced(state: State, process: ProcessId): void {
  state.activation?.ghostsUntil.delete(processKey(process))
  tryActivate(state)
}

/** Sends the view again to whoever has not said that it installed it. */
export function repeatCommit(state: State): boolean {
  const { activation } = state
  const { view } = state.memory
  if (activation === undefined || view === undefined) return false
  const missing = missingMembers(state, activation)
  for (const { node } of missing) {
    send(state, node, { kind: 'commit', ballot: activation.ballot, view })
  }
  return missing.length > 0
}

/** Members that had the decided view for `installMs` and did not install it. */
export function lateMembers(state: State): readonly string[] {
  const { activation } = state
  if (activation === undefined || activation.epoch !== epochOf(state)) return []
  if (state.now - activation.since < state.timing.installMs) return []
  const late = missingMembers(state, activation).map(({ node }) => node)
  return late.filter((node) => !isSelfMember(state) || node !== state.self.node)
}
