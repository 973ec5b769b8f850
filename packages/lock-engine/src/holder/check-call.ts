/** What is wrong with a call, in words that say what to do; `undefined` when nothing is. */
import { valueBytesMax } from '../limits.ts'
import { isDownConversion, lockModes, ownsValue } from '../lock-mode.ts'
import type { SessionCall } from '../messages.ts'
import { nameFault } from '../resource-key.ts'
import { valueMove } from '../value-block.ts'
import type { HeldLock } from './lock.ts'

type Request = Extract<SessionCall, { readonly kind: 'request' }>
type Convert = Extract<SessionCall, { readonly kind: 'convert' }>
type UnlockCall = Extract<SessionCall, { readonly kind: 'unlock' }>

export function requestFault(request: Request): string | undefined {
  if (!lockModes.includes(request.mode)) return modeFault(request.mode)
  return nameFault(request.resource)
}

export function convertFault(lock: HeldLock, convert: Convert): string | undefined {
  const { mode, useValue, value } = convert
  if (!lockModes.includes(mode)) return modeFault(mode)
  if (lock.unlock !== undefined) return 'the lock is being unlocked'
  if (lock.pending !== undefined) return 'the lock waits for another mode: cancel that first'
  if (lock.granted === undefined) return 'the lock is not granted'
  if (value !== undefined && !useValue) return 'a value is given without useValue'
  if (tooLong(value)) return valueFault(value)
  const writes = valueMove(lock.granted, mode) === 'write'
  if (useValue && writes && value === undefined) {
    return `from ${lock.granted} to ${mode} writes the value block: give the value`
  }
  if (useValue && !writes && value !== undefined) {
    return `from ${lock.granted} to ${mode} writes no value: leave it out`
  }
  const neverWaits = mode === lock.granted || isDownConversion(lock.granted, mode)
  if (convert.queueFair && neverWaits) {
    return `from ${lock.granted} to ${mode} never waits: leave out queueFair`
  }
  return undefined
}

export function unlockFault(lock: HeldLock, unlock: UnlockCall): string | undefined {
  const { value, invalidate } = unlock
  if (lock.unlock !== undefined) return 'the lock is being unlocked already'
  if (tooLong(value)) return valueFault(value)
  if (value !== undefined && invalidate === true) return 'give a value or invalidate, not both'
  // While a call is pending, what the lock holds may have changed already: then only the master knows.
  const touchesValue = value !== undefined || invalidate === true
  if (touchesValue && lock.pending === undefined && !ownsValue(lock.granted)) {
    return `a lock in ${lock.granted ?? 'no mode'} cannot write the value block: PW and EX can`
  }
  return undefined
}

function tooLong(value: Uint8Array | undefined): value is Uint8Array {
  return value !== undefined && value.length > valueBytesMax
}

function valueFault(value: Uint8Array): string {
  return `a value block has at most ${valueBytesMax} bytes, this one ${value.length}`
}

function modeFault(mode: string): string {
  return `${mode} is not a lock mode: there are ${lockModes.join(', ')}`
}
