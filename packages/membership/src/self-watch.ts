import type { Instant, Millis } from '@holdfast/primitives'
import { HEALTH_MAX } from './limits.ts'
import type { State } from './state.ts'
import { isSelfMember } from './state.ts'
import { leaseMs } from './timing.ts'

/**
 * What this process knows about itself: whether it ran on time, and how well its lease is.
 *
 * A tick that comes more than a heartbeat late means that the process did not run. It says so, does
 * not count the time as silence of others, and judges nobody for one heartbeat, by when it has read
 * what waits in its sockets.
 */
export function noteLateness(state: State, ranAt: Instant): void {
  const due = state.timers.next()
  if (due === undefined) return
  // Several inputs may come before the tick that is due; the time is lost only once.
  const lateMs = state.now - Math.max(due, ranAt)
  const { heartbeatMs } = state.timing
  if (lateMs > heartbeatMs / 4) state.health = Math.min(HEALTH_MAX, state.health + 1)
  if (lateMs > heartbeatMs) onAway(state, lateMs)
}

function onAway(state: State, forMs: Millis): void {
  state.out.observe({ kind: 'away', forMs })
  state.members.forgive(forMs, state.now)
  state.voters.forgive(forMs, state.now)
  judgeNobodyYet(state)
}

function judgeNobodyYet(state: State): void {
  state.judgeFrom = state.now + state.timing.heartbeatMs
}

/** The monotonic clock stood still while real time went on: no length measured across it holds. */
export function onClockJumped(state: State): void {
  state.out.observe({ kind: 'clock-jumped' })
  state.lease.void()
  judgeNobodyYet(state)
  state.timers.set('heartbeat', state.now)
}

/** Judges the peers when the time to do so has come, and tells what changed. */
export function judgePeers(state: State): void {
  if (state.now < state.judgeFrom) {
    state.timers.set('suspect', state.judgeFrom)
    return
  }
  const members = state.members.judge(state.now, state.health)
  const voters = state.voters.judge(state.now, state.health)
  for (const { node, isSuspect } of members) {
    const silentMs = state.members.silentMs(node, state.now)
    state.out.observe(isSuspect ? { kind: 'suspect', node, silentMs } : { kind: 'reachable', node })
  }
  // Others hear of a change at once: the leader waits for their reports.
  if (members.length > 0) state.timers.set('heartbeat', state.now)
  if (members.length + voters.length > 0) state.timers.set('judge-again', state.now)
  const next = [state.members.next(state.health), state.voters.next(state.health)]
  const times = next.filter((at) => at !== undefined)
  const earliest = Math.min(...times)
  if (times.length === 0) state.timers.clear('suspect')
  else state.timers.set('suspect', Math.max(earliest, state.now + 1))
}

/** Tells when the lease gets low, ends, or is well again. */
export function tellLease(state: State): void {
  const { until } = state.lease
  const mayAct = isSelfMember(state) && !state.saidGoodbye
  const leftMs = until === undefined || !mayAct ? 0 : Math.max(0, until - state.now)
  const third = leaseMs(state.timing) / 3
  const before = state.leaseMood
  state.leaseMood = moodOf(leftMs, third)
  if (until !== undefined && leftMs > 0) {
    const next = leftMs > third ? until - third : until
    // At least a moment ahead: a rounded instant must not wake the machine again and again.
    state.timers.set('lease', Math.max(next, state.now + 1))
  }
  if (before === state.leaseMood) return
  if (state.leaseMood === 'safe') state.out.observe({ kind: 'safe' })
  if (state.leaseMood === 'none') state.out.observe({ kind: 'lease-lost' })
  if (state.leaseMood === 'jeopardy') state.out.observe({ kind: 'jeopardy', remainingMs: leftMs })
}

function moodOf(leftMs: Millis, third: Millis): State['leaseMood'] {
  if (leftMs <= 0) return 'none'
  return leftMs > third ? 'safe' : 'jeopardy'
}
