/** What is wrong with a call, in words that say what to do; `undefined` when nothing is. */
import { isDown, neverWaits } from '../conversion.ts'
import { ownerLengthMax, priorityMax } from '../limits.ts'
import { type LockMode, lockModes, ownsValue } from '../lock-mode.ts'
import type { GrantTerms, SessionCall, SpaceAttributes } from '../messages.ts'
import { rangeFault, spelled } from '../ranges/range.ts'
import { nameBelowFault, nameFault, spaceOf } from '../resource-key.ts'
import { valueMove } from '../value-block.ts'
import type { HeldLock } from './lock.ts'
import type { NewLockCall } from './new-lock.ts'

type Request = Extract<SessionCall, { readonly kind: 'request' }>
type Convert = Extract<SessionCall, { readonly kind: 'convert' }>
type UnlockCall = Extract<SessionCall, { readonly kind: 'unlock' }>

/** The first of some rules that is broken: each tells what is wrong, or `false`. */
function firstFault(rules: readonly (readonly [boolean, string])[]): string | undefined {
  return rules.find(([isBroken]) => isBroken)?.[1]
}

export function newLockFault(
  call: NewLockCall,
  parent: HeldLock | undefined,
  attributes: SpaceAttributes,
  isInternal: boolean,
): string | undefined {
  return (
    modeFault(call.mode) ??
    (isInternal ? undefined : placeFault(call, parent)) ??
    ownerFault(call) ??
    (call.kind === 'request' ? requestFault(call, attributes) : undefined)
  )
}

function placeFault(
  { resource, parent: number, owner }: NewLockCall,
  parent: HeldLock | undefined,
): string | undefined {
  if (number === undefined) return nameFault(resource)
  if (parent === undefined) return `parent: there is no lock ${number} in this session`
  return (
    firstFault([
      [parent.unlock !== undefined, `parent: lock ${number} is being unlocked`],
      [parent.granted === undefined, `parent: lock ${number} is not granted`],
      [parent.owner !== owner, `parent: lock ${number} has another owner`],
      [spaceOf(parent.key) !== resource.space, `parent: lock ${number} is in another lockspace`],
    ]) ?? nameBelowFault(parent.key, resource.name)
  )
}

function ownerFault({ owner }: NewLockCall): string | undefined {
  if (owner === undefined) return undefined
  const isGood = typeof owner === 'string' && owner.length > 0 && owner.length <= ownerLengthMax
  return isGood ? undefined : `owner: a name of 1 to ${ownerLengthMax} characters`
}

function requestFault(request: Request, { mastering }: SpaceAttributes): string | undefined {
  const { mode, noQueue, expedite, owner, alone, masterHere, parent } = request
  return (
    firstFault([
      [expedite === true && mode !== 'NL', `expedite: for NL only, not for ${mode}`],
      [expedite === true && noQueue, 'expedite never waits: leave out noQueue'],
      [owner !== undefined && alone === true, 'owner or alone: a lock has one party'],
      [masterHere === true && parent !== undefined, 'masterHere: a tree has one master'],
      [
        masterHere === true && mastering !== 'hash',
        'masterHere: the first user masters a name already, in a lockspace not mastered by hash',
      ],
    ]) ?? termsFault(request, mode)
  )
}

/** What requests and conversions have in common. */
function termsFault(terms: GrantTerms, mode: LockMode): string | undefined {
  const { noQueue, tellHolders, atHead, timeoutMs, alternatePR, alternateCW, priority } = terms
  return (
    firstFault([
      [
        tellHolders === true && !noQueue,
        'tellHolders: with noQueue only; who is queued tells anyway',
      ],
      [atHead === true && noQueue, 'atHead: nothing is queued with noQueue'],
      [timeoutMs !== undefined && noQueue, 'timeoutMs: nothing waits with noQueue'],
      [timeoutMs !== undefined && !isPositive(timeoutMs), 'timeoutMs: a number of ms above 0'],
      [alternatePR === true && mode === 'PR', 'alternatePR: PR is asked for already'],
      [alternateCW === true && mode === 'CW', 'alternateCW: CW is asked for already'],
      [priority !== undefined && !isPriority(priority), `priority: 0 to ${priorityMax}`],
    ]) ?? named('range', rangeFault(terms.range))
  )
}

function named(what: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `${what}: ${fault}`
}

function isPositive(value: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function isPriority(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= priorityMax
}

export function convertFault(
  lock: HeldLock,
  convert: Convert,
  attributes: SpaceAttributes,
): string | undefined {
  const { mode } = convert
  const { granted } = lock
  if (modeFault(mode) !== undefined) return modeFault(mode)
  if (lock.unlock !== undefined) return 'the lock is being unlocked'
  if (lock.pending !== undefined) return 'the lock waits for something else: cancel that first'
  if (granted === undefined) return 'the lock is not granted'
  return (
    termsFault(convert, mode) ??
    firstFault([[convert.demote === true && convert.noQueue, 'demote: not with noQueue']]) ??
    waitFault(lock, granted, convert) ??
    moveFault(granted, convert, attributes)
  )
}

/** Terms of waiting, on a conversion that never waits. */
function waitFault(lock: HeldLock, granted: LockMode, convert: Convert): string | undefined {
  const from = { mode: granted, range: lock.range }
  const range = convert.range === undefined ? lock.range : spelled(convert.range)
  const to = { mode: convert.mode, range }
  const why = `from ${granted} to ${convert.mode} never waits`
  if (convert.queueFair && neverWaits(from, to)) return `${why}: leave out queueFair`
  if (!isDown(from, to)) return undefined
  const given = downFlags.find((name) => convert[name] !== undefined && convert[name] !== false)
  return given === undefined ? undefined : `${why}: leave out ${given}`
}

const downFlags = [
  'tellHolders',
  'atHead',
  'anyOrder',
  'alternatePR',
  'alternateCW',
  'demote',
  'noDeadlockWait',
  'timeoutMs',
] as const satisfies readonly (keyof Convert)[]

/** What it does to the value block. */
function moveFault(
  granted: LockMode,
  convert: Convert,
  { valueBytes }: SpaceAttributes,
): string | undefined {
  const { mode, useValue, value, invalidate = false, alternatePR, alternateCW } = convert
  const hasAlternate = alternatePR === true || alternateCW === true
  const writes = valueMove(granted, mode) === 'write' || (hasAlternate && ownsValue(granted))
  const what = `from ${granted} to ${mode}`
  return firstFault([
    [value !== undefined && !useValue, 'a value is given without useValue'],
    [tooLong(value, valueBytes), valueFault(value, valueBytes)],
    [invalidate && useValue, 'invalidate or useValue: a value is written or spoilt, not both'],
    [invalidate && !writes, `invalidate: ${what} writes no value`],
    [
      useValue && writes && value === undefined,
      `useValue: ${what} writes the value block: give the value`,
    ],
    [useValue && !writes && value !== undefined, `value: ${what} writes none: leave it out`],
  ])
}

export function unlockFault(
  lock: HeldLock,
  unlock: UnlockCall,
  { valueBytes }: SpaceAttributes,
): string | undefined {
  const { value, invalidate = false, subtree, force } = unlock
  if (lock.unlock !== undefined && force !== true) return 'the lock is being unlocked already'
  // While a call is pending, what the lock holds may have changed already: then only the master knows.
  const touchesValue = value !== undefined || invalidate
  const cannotWrite = lock.pending === undefined && !ownsValue(lock.granted)
  return firstFault([
    [tooLong(value, valueBytes), valueFault(value, valueBytes)],
    [value !== undefined && invalidate, 'give a value or invalidate, not both'],
    [value !== undefined && subtree !== undefined, 'value: not with subtree'],
    [invalidate && subtree !== undefined, 'invalidate: not with subtree'],
    [
      touchesValue && cannotWrite,
      `a lock in ${lock.granted ?? 'no mode'} cannot write the value block or invalidate it: PW and EX can`,
    ],
  ])
}

function tooLong(value: Uint8Array | undefined, valueBytes: number): boolean {
  return value !== undefined && value.length > valueBytes
}

function valueFault(value: Uint8Array | undefined, valueBytes: number): string {
  return `a value block has at most ${valueBytes} bytes here, this one ${value?.length ?? 0}`
}

function modeFault(mode: string): string | undefined {
  if (lockModes.some((known) => known === mode)) return undefined
  return `${mode} is not a lock mode: there are ${lockModes.join(', ')}`
}
