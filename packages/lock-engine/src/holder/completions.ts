/** How calls end: each in exactly one completion. */
import type { Core } from '../core.ts'
import type { Outcome, RefusalCode, ValueCopy } from '../messages.ts'
import { ownRange } from '../ranges/range.ts'
import type { Group, HeldLock } from './lock.ts'

/** What a completion says beside the outcome. */
export interface Details {
  readonly reason?: string
  readonly code?: RefusalCode
  readonly value?: ValueCopy
  readonly demoted?: boolean
  readonly alternate?: boolean
  readonly also?: readonly number[]
}

export interface Ending extends Details {
  readonly call: number
  readonly outcome: Outcome
}

/** Tells a session how a call ended, with what the lock has now; `isOver`: it has nothing any more. */
export function complete(
  core: Core,
  lock: HeldLock,
  ending: Ending,
  isOver: boolean = ending.outcome === 'unlocked',
): void {
  const { session, sessionLock, granted, range, token } = lock
  const { outcome } = ending
  const isGone = granted === undefined || isOver
  core.event(session, {
    kind: 'completion',
    lock: sessionLock,
    ...ending,
    ...(isGone ? {} : { mode: granted }),
    ...(isGone || range === undefined ? {} : { range: ownRange(range) }),
    ...(token === undefined || outcome !== 'granted' ? {} : { token }),
  })
}

export interface Refusal {
  readonly call: number
  readonly reason: string
  readonly code?: RefusalCode
}

/** The call was wrong and changed nothing. */
export function refuse(core: Core, lock: HeldLock, refusal: Refusal): void {
  complete(core, lock, { ...refusal, outcome: 'refused' })
}

export function endPending(core: Core, lock: HeldLock, outcome: Outcome, details?: Details): void {
  const { pending, demoted } = lock
  if (pending === undefined) return
  lock.pending = undefined
  lock.demoted = false
  if (pending.call === undefined) return
  const down = demoted ? { demoted } : {}
  complete(core, lock, { ...details, ...down, call: pending.call, outcome })
}

/** A session's cancel that joined the end of a time limit has cancelled nothing: the call timed out. */
export function endCancel(core: Core, lock: HeldLock, outcome: Outcome): void {
  const { cancel } = lock
  if (cancel === undefined) return
  lock.cancel = undefined
  const { call, group } = cancel
  const told = cancel.outcome === 'timed-out' ? 'nothing-to-cancel' : outcome
  if (call !== undefined) complete(core, lock, { call, outcome: told })
  if (group !== undefined) endPart(core, group, lock, outcome === 'cancelled')
}

/**
 * What it was for has ended otherwise. The answer to it is not waited for, so that it is never taken
 * for one to the next call of the lock: not by a master that it is sent to again, and not by the
 * session's next cancel.
 */
export function endCancelInVain(core: Core, lock: HeldLock): void {
  endCancel(core, lock, 'nothing-to-cancel')
}

export function endUnlock(core: Core, lock: HeldLock): void {
  const { unlock } = lock
  if (unlock === undefined) return
  lock.unlock = undefined
  lock.granted = undefined
  lock.range = undefined
  lock.token = undefined
  const { call, joined, groups } = unlock
  const calls = call === undefined ? joined : [call, ...joined]
  for (const each of calls) complete(core, lock, { call: each, outcome: 'unlocked' })
  for (const group of groups) endPart(core, group, lock, true)
}

/** One of the locks of a call over a subtree has ended, or its call has. */
function endPart(core: Core, group: Group, lock: HeldLock, happened: boolean): void {
  group.waitsFor -= 1
  if (happened) group.cancelled = true
  if (happened && lock !== group.lock) group.also.push(lock.sessionLock)
  endGroup(core, group)
}

/** Ends a call over a subtree when nothing is left of it to wait for. */
export function endGroup(core: Core, { call, lock, kind, waitsFor, also, cancelled }: Group): void {
  if (waitsFor > 0) return
  // When only the locks below it were unlocked, the lock itself is there as before.
  if (kind === 'unlock') complete(core, lock, { call, outcome: 'unlocked', also }, false)
  else if (cancelled) complete(core, lock, { call, outcome: 'cancelled', also })
  else complete(core, lock, { call, outcome: 'nothing-to-cancel' })
}

/** The lock is at no master: whatever is asked of it ends here. */
export function endUnsent(core: Core, lock: HeldLock): void {
  const isCancelled = lock.pending !== undefined && lock.unlock === undefined
  const outcome = lock.cancel?.outcome ?? 'cancelled'
  endPending(core, lock, lock.unlock === undefined ? outcome : 'unlocked')
  endCancel(core, lock, isCancelled ? 'cancelled' : 'nothing-to-cancel')
  endUnlock(core, lock)
}
