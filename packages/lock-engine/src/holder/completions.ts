/** How calls end: each in exactly one completion. */
import type { Core } from '../core.ts'
import type { Outcome, ValueCopy } from '../messages.ts'
import type { HeldLock } from './lock.ts'

/** What a completion says beside the outcome. */
export interface Details {
  readonly reason?: string
  readonly value?: ValueCopy
}

export interface Ending extends Details {
  readonly call: number
  readonly outcome: Outcome
}

/** Tells a session how a call ended, with the mode that the lock has now. */
export function complete(core: Core, lock: HeldLock, ending: Ending): void {
  const { session, sessionLock, granted, token } = lock
  const { outcome } = ending
  core.event(session, {
    kind: 'completion',
    lock: sessionLock,
    ...ending,
    ...(granted === undefined || outcome === 'unlocked' ? {} : { mode: granted }),
    ...(token === undefined || outcome !== 'granted' ? {} : { token }),
  })
}

/** The call was wrong and changed nothing. */
export function refuse(core: Core, lock: HeldLock, call: number, reason: string): void {
  complete(core, lock, { call, outcome: 'refused', reason })
}

export function endPending(core: Core, lock: HeldLock, outcome: Outcome, details?: Details): void {
  const { pending } = lock
  if (pending === undefined) return
  lock.pending = undefined
  complete(core, lock, { ...details, call: pending.call, outcome })
}

export function endCancel(core: Core, lock: HeldLock, outcome: Outcome): void {
  const { cancel } = lock
  if (cancel === undefined) return
  lock.cancel = undefined
  complete(core, lock, { call: cancel.call, outcome })
}

export function endUnlock(core: Core, lock: HeldLock): void {
  const { unlock } = lock
  if (unlock === undefined) return
  lock.unlock = undefined
  lock.granted = undefined
  lock.token = undefined
  if (unlock.call !== undefined) complete(core, lock, { call: unlock.call, outcome: 'unlocked' })
}

/** The lock is at no master: whatever is asked of it ends here. */
export function endUnsent(core: Core, lock: HeldLock): void {
  const isCancelled = lock.pending !== undefined && lock.unlock === undefined
  endPending(core, lock, lock.unlock === undefined ? 'cancelled' : 'unlocked')
  endCancel(core, lock, isCancelled ? 'cancelled' : 'nothing-to-cancel')
  endUnlock(core, lock)
}
