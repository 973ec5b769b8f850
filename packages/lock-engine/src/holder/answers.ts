/** What a master's answer means for a lock of this node. */
import type { Core } from '../core.ts'
import type { MasterMessage } from '../lock-messages.ts'
import { canWrite, isCompatible } from '../lock-mode.ts'
import type { ValueCopy } from '../messages.ts'
import { valueMove } from '../value-block.ts'
import { endCancel, endPending, endUnlock } from './completions.ts'
import type { HeldLock, Pending } from './lock.ts'

type Granted = Extract<MasterMessage, { readonly kind: 'granted' }>
type Denied = Extract<MasterMessage, { readonly kind: 'denied' }>
type Queued = Extract<MasterMessage, { readonly kind: 'queued' }>
type CancelDone = Extract<MasterMessage, { readonly kind: 'cancel-done' }>
type Blocking = Extract<MasterMessage, { readonly kind: 'blocking' }>

/** An answer to a lookup, from a directory node that is the master itself. */
export function isFinding({ kind }: MasterMessage): boolean {
  return kind === 'granted' || kind === 'queued' || kind === 'denied' || kind === 'not-master'
}

/** Whether a master answers what was asked last, and not an attempt that was given up. */
export function isAnswerToLast(lock: HeldLock, answer: MasterMessage): boolean {
  switch (answer.kind) {
    case 'granted':
    case 'queued':
    case 'denied':
    case 'not-master':
      return lock.pending?.ask === answer.ask
    case 'unlocked':
      return lock.unlock?.sent === true && lock.unlock.ask === answer.ask
    case 'cancel-done':
      return lock.cancel?.sent === true && lock.cancel.ask === answer.ask
    case 'blocking':
      return true
  }
}

export function onGranted(core: Core, lock: HeldLock, granted: Granted): void {
  const { pending, granted: before } = lock
  if (pending === undefined) return
  lock.granted = granted.mode
  lock.token = canWrite(granted.mode) ? granted.token : undefined
  lock.known = granted.sequence
  lock.valid = granted.valid
  const value = pending.useValue ? takeValue(lock, pending, before, granted) : undefined
  endPending(core, lock, 'granted', value === undefined ? {} : { value })
}

/** Brings the lock's copy of the value block up to date, and says what the caller may know of it. */
function takeValue(
  lock: HeldLock,
  pending: Pending,
  before: HeldLock['granted'],
  { mode, value, valid, sequence }: Granted,
): ValueCopy {
  const move = valueMove(before, mode)
  const bytes = move === 'write' ? pending.value : value
  if (bytes !== undefined) lock.copy = { bytes, sequence, valid }
  return { bytes: lock.copy?.bytes ?? new Uint8Array(0), valid, sequence }
}

export function onQueued(lock: HeldLock, { order }: Queued): void {
  if (lock.pending !== undefined) lock.pending.order = order
}

export function onDenied(core: Core, lock: HeldLock, { why }: Denied): void {
  if (why === 'busy') endPending(core, lock, 'denied')
  else if (why === 'deadlock') endPending(core, lock, 'deadlock')
  else {
    const reason = 'the fencing tokens of this epoch are used up: restart one node'
    endPending(core, lock, 'refused', { reason })
  }
}

/** The last answer about a lock. What it still waited for ends with it. */
export function onUnlocked(core: Core, lock: HeldLock): void {
  endPending(core, lock, 'unlocked')
  endCancel(core, lock, 'nothing-to-cancel')
  endUnlock(core, lock)
}

export function onCancelDone(core: Core, lock: HeldLock, { cancelled }: CancelDone): void {
  if (cancelled) endPending(core, lock, 'cancelled')
  endCancel(core, lock, cancelled ? 'cancelled' : 'nothing-to-cancel')
}

/** A holder that gave way meanwhile is in nobody's way: it is not bothered. */
export function onBlocking(core: Core, lock: HeldLock, { mode }: Blocking): void {
  if (lock.granted === undefined || lock.unlock !== undefined) return
  if (isCompatible(lock.granted, mode)) return
  core.event(lock.session, { kind: 'blocking', lock: lock.sessionLock, mode })
}
