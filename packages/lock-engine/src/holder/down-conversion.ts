import type { Core } from '../core.ts'
import { flag, has, traits } from '../flags.ts'
import { priorityDefault } from '../limits.ts'
import { canWrite } from '../lock-mode.ts'
import type { ValueCopy } from '../messages.ts'
import { emptyValue, ownBytes, valueMove } from '../value-block.ts'
import { endPending } from './completions.ts'
import type { HeldLock, Pending } from './lock.ts'

/**
 * Ends a down-conversion at the holder, at once: one message and no answer, because nobody can object
 * to it (Linux dlm does the same). The lock's token stays, as long as the mode can write.
 */
export function finishDown(core: Core, lock: HeldLock, pending: Pending): void {
  const { mode, range, flags, priority = priorityDefault } = pending
  const useValue = has(flags, flag.useValue)
  if (valueMove(lock.granted, mode) === 'write') writeValue(lock, pending)
  lock.granted = mode
  lock.range = range
  lock.traits = flags & traits
  lock.priority = priority
  if (!canWrite(mode)) lock.token = undefined
  endPending(core, lock, 'granted', useValue ? { value: lastSeen(lock) } : {})
}

function lastSeen({ copy, valid, known: sequence }: HeldLock): ValueCopy {
  return { bytes: ownBytes(copy?.bytes ?? emptyValue.bytes), valid, sequence }
}

/** What the master will do with the same words: it counts on from the same number. */
function writeValue(lock: HeldLock, { flags, value }: Pending): void {
  const isSpoilt = has(flags, flag.invalidate)
  const bytes = isSpoilt ? lock.copy?.bytes : value
  if (!isSpoilt && (!has(flags, flag.useValue) || bytes === undefined)) return
  lock.known += 1
  lock.wrote = true
  lock.valid = !isSpoilt
  if (bytes !== undefined) lock.copy = { bytes, sequence: lock.known, valid: lock.valid }
}
