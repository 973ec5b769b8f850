import type { NodeName } from '@holdfast/primitives'
import { noteActive } from './active-epoch.ts'
import { learnWithActive } from './installation.ts'
import type { MembershipMessage, MessageOf } from './messages.ts'
import { epochOf, mayTell, type State, send } from './state.ts'

/** Brings two nodes with different views together: the older side is sent the newer view. */
export function catchUp(state: State, from: NodeName, message: MembershipMessage): void {
  const epoch = epochOf(state)
  if (from === state.self.node) return
  if (message.epoch < epoch) {
    sendView(state, from)
    return
  }
  const bringsView = message.kind === 'view' || message.kind === 'commit'
  if (message.epoch > epoch && !bringsView && mayTell(state, `behind ${from}`)) {
    send(state, from, { kind: 'behind' })
  }
}

export function sendView(state: State, to: NodeName): void {
  const { view } = state.memory
  if (view === undefined || !mayTell(state, `view ${view.epoch} ${to}`)) return
  send(state, to, { kind: 'view', view, active: state.activeEpoch })
}

export function onView(state: State, message: MessageOf<'view'>): void {
  learnWithActive(state, message.view, message.active)
}

export function onActivate(state: State, message: MessageOf<'activate'>): void {
  if (message.active <= message.epoch) noteActive(state, message.active)
}
