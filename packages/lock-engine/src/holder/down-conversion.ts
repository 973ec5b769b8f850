import type { Core } from '../core.ts'
import { canWrite } from '../lock-mode.ts'
import { valueMove } from '../value-block.ts'
import { complete } from './completions.ts'
import type { HeldLock, Pending } from './lock.ts'

/**
 * Ends a down-conversion at the holder, at once: one message and no answer, because nobody can object
 * to it (Linux dlm does the same). The lock's token stays, as long as the mode can write.
 */
export function finishDown(core: Core, lock: HeldLock, pending: Pending): void {
  const { call, mode, useValue, value } = pending
  if (useValue && value !== undefined && valueMove(lock.granted, mode) === 'write') {
    lock.known += 1
    lock.copy = { bytes: value, sequence: lock.known, valid: true }
    lock.valid = true
  }
  lock.pending = undefined
  lock.granted = mode
  if (!canWrite(mode)) lock.token = undefined
  const bytes = lock.copy?.bytes ?? new Uint8Array(0)
  const details = useValue ? { value: { bytes, valid: lock.valid, sequence: lock.known } } : {}
  complete(core, lock, { call, outcome: 'granted', ...details })
}
