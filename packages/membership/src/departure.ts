import type { MessageOf } from './messages.ts'
import { end, epochOf, isSelfMember, type State, send } from './state.ts'
import { isMember, memberOf, type ProcessId, voterNames } from './view.ts'

/**
 * A leave in two steps: the next view marks this member as leaving, it hands over, and says goodbye.
 *
 * The votes of a node that leaves stay in the electorate unless it leaves for good. So a cluster of
 * three whose nodes are upgraded in turn keeps needing two votes, and starts again after a full stop
 * from any two disks; if votes went with every leave, only the last one to stop could start it.
 * Two nodes without a tie breaker must therefore leave `permanent` to let the other one go on.
 */
export function onLeave(state: State, permanent: boolean): void {
  if (state.leaving !== undefined) return
  state.leaving = { permanent }
  if (!isSelfMember(state)) {
    depart(state)
    return
  }
  askToLeave(state)
}

/** Everything is handed over. From here this process does not act, whatever is answered. */
export function onHandedOver(state: State): void {
  if (state.saidGoodbye) return
  state.saidGoodbye = true
  state.lease.void()
  if (!isSelfMember(state)) {
    depart(state)
    return
  }
  askToLeave(state)
}

function depart(state: State): void {
  state.out.emit({ kind: 'left' })
  end(state)
}

/** Repeats the request until a view answers it. */
export function askToLeave(state: State): void {
  const { view } = state.memory
  if (view === undefined || !isSelfMember(state)) return
  const isMarked = memberOf(view, state.self.node)?.leaving === true
  const isAnswered = isMarked && !state.saidGoodbye
  if (state.leaving === undefined && !state.saidGoodbye) return
  if (isAnswered) {
    state.timers.clear('leave')
    return
  }
  state.timers.set('leave', state.now + state.timing.retryMs)
  const stage = state.saidGoodbye ? 'goodbye' : 'leaving'
  const permanent = state.leaving?.permanent ?? false
  for (const node of voterNames(view)) send(state, node, { kind: 'leave', stage, permanent })
}

/** Every voter takes it down, so that it survives a change of leader. */
export function onLeaveRequest(state: State, from: ProcessId, message: MessageOf<'leave'>): void {
  const { view } = state.memory
  if (view === undefined || !isMember(view, from) || message.epoch > epochOf(state)) return
  const known = state.pendingLeaves.get(from.node)
  const isGoodbye = message.stage === 'goodbye' || known?.stage === 'goodbye'
  state.pendingLeaves.set(from.node, {
    incarnation: from.incarnation,
    stage: isGoodbye ? 'goodbye' : 'leaving',
    permanent: message.permanent,
  })
}
