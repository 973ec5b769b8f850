/** What a master's answer means for a lock of this node. */
import type { Core } from '../core.ts'
import { flag, has, traits } from '../flags.ts'
import { priorityDefault } from '../limits.ts'
import type { Held, MasterMessage } from '../lock-messages.ts'
import { canWrite, isCompatible } from '../lock-mode.ts'
import type { ValueCopy } from '../messages.ts'
import { emptyValue, ownBytes, valueMove } from '../value-block.ts'
import { type Details, endCancel, endCancelInVain, endPending, endUnlock } from './completions.ts'
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
    case 'adopted':
      return true
  }
}

export function onGranted(core: Core, lock: HeldLock, granted: Granted): void {
  const { pending } = lock
  if (pending === undefined) return
  if (granted.demoted === true) goDown(lock)
  const before = lock.granted
  lock.granted = granted.mode
  lock.range = granted.range
  lock.token = canWrite(granted.mode) ? granted.token : undefined
  lock.known = granted.sequence
  lock.wrote = false
  lock.valid = granted.valid
  takeTerms(lock, pending)
  if (granted.adopted !== undefined) {
    lock.adopted = granted.adopted.from
    lock.priority = granted.adopted.priority ?? priorityDefault
  }
  const value = has(pending.flags, flag.useValue)
    ? takeValue(lock, pending, before, granted)
    : undefined
  const details: Details = granted.alternate === true ? { alternate: true } : {}
  endPending(core, lock, 'granted', { ...details, ...(value && { value }) })
  endCancelInVain(core, lock)
}

/** What a former master had made of it, with the answer lost. */
function takeHeld(lock: HeldLock, held: Held | undefined): void {
  if (held === undefined) return
  lock.granted = held.mode
  lock.range = held.range
  lock.token = held.token
  lock.valid = held.valid
  lock.known = held.sequence
  lock.wrote = false
}

/** It has gone down to NL, so that others could go on. */
function goDown(lock: HeldLock): void {
  lock.demoted = true
  lock.granted = 'NL'
  lock.token = undefined
}

function takeTerms(lock: HeldLock, { flags, priority = priorityDefault }: Pending): void {
  lock.traits = flags & traits
  lock.priority = priority
}

/** Brings the lock's copy of the value block up to date, and says what the caller may know of it. */
function takeValue(
  lock: HeldLock,
  pending: Pending,
  before: HeldLock['granted'],
  { mode, value, valid, sequence }: Granted,
): ValueCopy {
  // A master that knows better than the transfer table tells the value in any case.
  const bytes = value ?? (valueMove(before, mode) === 'write' ? pending.value : undefined)
  if (bytes !== undefined) lock.copy = { bytes, sequence, valid }
  return { bytes: ownBytes(lock.copy?.bytes ?? emptyValue.bytes), valid, sequence }
}

export function onQueued(core: Core, lock: HeldLock, { order, demoted, held }: Queued): void {
  if (lock.pending === undefined) return
  takeHeld(lock, held)
  lock.pending.order = order
  lock.pending.queuedAt ??= core.now
  takeTerms(lock, lock.pending)
  if (demoted === true) goDown(lock)
}

export function onDenied(core: Core, lock: HeldLock, { why, words, demoted, held }: Denied): void {
  takeHeld(lock, held)
  if (demoted === true) goDown(lock)
  const details: Details = words === undefined ? {} : { reason: words }
  switch (why) {
    case 'busy':
      endPending(core, lock, 'denied', details)
      break
    case 'deadlock':
      endPending(core, lock, 'deadlock', details)
      break
    case 'no-orphan':
      endPending(core, lock, 'not-found', { reason: 'there is no orphan of that name and owner' })
      break
    case 'other-orphan': {
      const reason = 'the orphans of that name and owner have other modes'
      endPending(core, lock, 'denied', { reason })
      break
    }
    case 'tokens-used-up': {
      const reason = 'the fencing tokens of this epoch are used up: restart one node'
      endPending(core, lock, 'refused', { ...details, reason })
      break
    }
  }
  endCancelInVain(core, lock)
}

/** The last answer about a lock. What it still waited for ends with it. */
export function onUnlocked(core: Core, lock: HeldLock): void {
  endPending(core, lock, 'unlocked')
  endCancelInVain(core, lock)
  endUnlock(core, lock)
}

export function onCancelDone(core: Core, lock: HeldLock, answer: CancelDone): void {
  const { cancelled, demoted, held } = answer
  takeHeld(lock, held)
  if (demoted === true) goDown(lock)
  const outcome = lock.cancel?.outcome ?? 'cancelled'
  if (cancelled) endPending(core, lock, outcome)
  endCancel(core, lock, cancelled ? 'cancelled' : 'nothing-to-cancel')
}

/**
 * A holder that gave way meanwhile is in nobody's way: it is not bothered. One that waits for the very
 * mode is told that others wait for it in vain.
 */
export function onBlocking(core: Core, lock: HeldLock, { mode }: Blocking): void {
  if (lock.granted === undefined || lock.unlock !== undefined) return
  if (isCompatible(lock.granted, mode) && lock.pending?.mode !== mode) return
  core.event(lock.session, { kind: 'blocking', lock: lock.sessionLock, mode })
}
