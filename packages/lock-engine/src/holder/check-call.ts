/** What is wrong with a call, in words that say what to do; `undefined` when nothing is. */
import { type Claim, isDown, leastMode, neverWaits } from '../conversion.ts'
import { flag, has } from '../flags.ts'
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

/** When it is broken, and what is wrong then. Rules are tables: nothing is made for a call that keeps them. */
type Rule<Given> = readonly [isBroken: (given: Given) => boolean, fault: (given: Given) => string]

function firstFault<Given>(rules: readonly Rule<Given>[], given: Given): string | undefined {
  for (const [isBroken, fault] of rules) if (isBroken(given)) return fault(given)
  return undefined
}

interface NewLockGiven {
  readonly call: NewLockCall
  readonly parent: HeldLock | undefined
  readonly attributes: SpaceAttributes
}

export function newLockFault(given: NewLockGiven, isInternal: boolean): string | undefined {
  const { call } = given
  return (
    modeFault(call.mode) ??
    (isInternal ? undefined : placeFault(given)) ??
    ownerFault(call) ??
    (call.kind === 'request' ? requestFault(call, given.attributes) : undefined)
  )
}

function placeFault({ call, parent }: NewLockGiven): string | undefined {
  const { resource, parent: number } = call
  if (number === undefined) return nameFault(resource)
  if (parent === undefined) return `parent: there is no lock ${number} in this session`
  return firstFault(parentRules, { call, parent }) ?? nameBelowFault(parent.key, resource.name)
}

const parentRules: readonly Rule<{ readonly call: NewLockCall; readonly parent: HeldLock }>[] = [
  [
    ({ parent }) => parent.unlock !== undefined,
    ({ call }) => `parent: lock ${call.parent} is being unlocked`,
  ],
  [
    ({ parent }) => parent.granted === undefined,
    ({ call }) => `parent: lock ${call.parent} is not granted`,
  ],
  [
    ({ call, parent }) => parent.owner !== call.owner,
    ({ call }) => `parent: lock ${call.parent} has another owner`,
  ],
  [
    ({ call, parent }) => spaceOf(parent.key) !== call.resource.space,
    ({ call }) => `parent: lock ${call.parent} is in another lockspace`,
  ],
]

function ownerFault({ owner }: NewLockCall): string | undefined {
  if (owner === undefined) return undefined
  const isGood = typeof owner === 'string' && owner.length > 0 && owner.length <= ownerLengthMax
  return isGood ? undefined : `owner: a name of 1 to ${ownerLengthMax} characters`
}

function requestFault(request: Request, { mastering }: SpaceAttributes): string | undefined {
  if (request.masterHere === true && mastering !== 'hash') {
    return 'masterHere: the first user masters a name already, in a lockspace not mastered by hash'
  }
  return firstFault(requestRules, request) ?? termsFault(request)
}

const requestRules: readonly Rule<Request>[] = [
  [
    ({ expedite, mode }) => expedite === true && mode !== 'NL',
    ({ mode }) => `expedite: for NL only, not for ${mode}`,
  ],
  [
    ({ expedite, noQueue }) => expedite === true && noQueue,
    () => 'expedite never waits: leave out noQueue',
  ],
  [
    ({ owner, alone }) => owner !== undefined && alone === true,
    () => 'owner or alone: a lock has one party',
  ],
  [
    ({ masterHere, parent }) => masterHere === true && parent !== undefined,
    () => 'masterHere: a tree has one master',
  ],
]

/** What requests and conversions have in common. */
function termsFault(terms: GrantTerms & { readonly mode: LockMode }): string | undefined {
  return firstFault(termsRules, terms) ?? named('range', rangeFault(terms.range))
}

const termsRules: readonly Rule<GrantTerms & { readonly mode: LockMode }>[] = [
  [
    ({ tellHolders, noQueue }) => tellHolders === true && !noQueue,
    () => 'tellHolders: with noQueue only; who is queued tells anyway',
  ],
  [
    ({ atHead, noQueue }) => atHead === true && noQueue,
    () => 'atHead: nothing is queued with noQueue',
  ],
  [
    ({ timeoutMs, noQueue }) => timeoutMs !== undefined && noQueue,
    () => 'timeoutMs: nothing waits with noQueue',
  ],
  [
    ({ timeoutMs }) => timeoutMs !== undefined && !isPositive(timeoutMs),
    () => 'timeoutMs: a number of ms above 0',
  ],
  [
    ({ alternatePR, mode }) => alternatePR === true && mode === 'PR',
    () => 'alternatePR: PR is asked for already',
  ],
  [
    ({ alternateCW, mode }) => alternateCW === true && mode === 'CW',
    () => 'alternateCW: CW is asked for already',
  ],
  [
    ({ priority }) => priority !== undefined && !isPriority(priority),
    () => `priority: 0 to ${priorityMax}`,
  ],
]

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
  if (convert.demote === true && convert.noQueue) return 'demote: not with noQueue'
  return (
    termsFault(convert) ??
    waitFault(lock, granted, convert) ??
    moveFault(granted, convert, attributes)
  )
}

/** Terms of waiting, on a conversion that never waits. */
function waitFault(lock: HeldLock, granted: LockMode, convert: Convert): string | undefined {
  const from = { mode: granted, range: lock.range }
  const range = convert.range === undefined ? lock.range : spelled(convert.range)
  const to = { mode: convert.mode, range }
  if (convert.queueFair && neverWaits(from, to)) return neverWaitsFault(from, to, 'queueFair')
  if (!isDown(from, to)) return undefined
  const given = downFlags.find((name) => convert[name] !== undefined && convert[name] !== false)
  return given === undefined ? undefined : neverWaitsFault(from, to, given)
}

function neverWaitsFault(from: Claim, to: Claim, given: string): string {
  return `from ${from.mode} to ${to.mode} never waits: leave out ${given}`
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
  if (!useValue && value === undefined && !invalidate) return undefined
  const hasAlternate = alternatePR === true || alternateCW === true
  const writes = valueMove(granted, mode) === 'write' || (hasAlternate && ownsValue(granted))
  return (
    valueFault(value, valueBytes) ??
    firstFault(moveRules, { granted, mode, useValue, value, invalidate, writes })
  )
}

interface ValueWish {
  readonly granted: LockMode
  readonly mode: LockMode
  readonly useValue: boolean
  readonly value: Uint8Array | undefined
  readonly invalidate: boolean
  /** The conversion writes the value block, as far as can be known. */
  readonly writes: boolean
}

const moveRules: readonly Rule<ValueWish>[] = [
  [
    ({ value, useValue }) => value !== undefined && !useValue,
    () => 'a value is given without useValue',
  ],
  [
    ({ invalidate, useValue }) => invalidate && useValue,
    () => 'invalidate or useValue: a value is written or spoilt, not both',
  ],
  [
    ({ invalidate, writes }) => invalidate && !writes,
    ({ granted, mode }) => `invalidate: from ${granted} to ${mode} writes no value`,
  ],
  [
    ({ useValue, writes, value }) => useValue && writes && value === undefined,
    ({ granted, mode }) =>
      `useValue: from ${granted} to ${mode} writes the value block: give the value`,
  ],
  [
    ({ useValue, writes, value }) => useValue && !writes && value !== undefined,
    ({ granted, mode }) => `value: from ${granted} to ${mode} writes none: leave it out`,
  ],
]

export function unlockFault(
  lock: HeldLock,
  unlock: UnlockCall,
  { valueBytes }: SpaceAttributes,
): string | undefined {
  if (lock.unlock !== undefined && unlock.force !== true)
    return 'the lock is being unlocked already'
  const { value, invalidate } = unlock
  if (value === undefined && invalidate !== true) return undefined
  return valueFault(value, valueBytes) ?? firstFault(unlockRules, { lock, unlock })
}

const unlockRules: readonly Rule<{ readonly lock: HeldLock; readonly unlock: UnlockCall }>[] = [
  [
    ({ unlock }) => unlock.value !== undefined && unlock.invalidate === true,
    () => 'give a value or invalidate, not both',
  ],
  [
    ({ unlock }) => unlock.subtree !== undefined,
    ({ unlock }) => `${unlock.value === undefined ? 'invalidate' : 'value'}: not with subtree`,
  ],
  [
    ({ lock }) => lock.unlock !== undefined,
    () => 'value, invalidate: not with an unlock that only joins another one',
  ],
  [
    // One that waits may have been granted PW or EX already.
    ({ lock }) => !ownsValue(lock.granted) && !isWaiting(lock),
    ({ lock }) =>
      `a lock in ${lock.granted ?? 'no mode'} cannot write the value block or invalidate it: PW and EX can`,
  ],
  [
    ({ lock }) => mayHaveLeftWriting(lock),
    ({ lock }) =>
      `a lock on its way to ${lock.pending?.mode} may not have PW or EX any more, and cannot write the value block or invalidate it: wait for the conversion, or cancel it`,
  ],
]

/** What its conversion may come to cannot write. */
function mayHaveLeftWriting({ granted, pending }: HeldLock): boolean {
  if (granted === undefined || pending === undefined) return false
  return has(pending.flags, flag.demote) || !ownsValue(leastMode(pending))
}

function isWaiting({ granted, pending }: HeldLock): boolean {
  return granted === undefined && pending !== undefined
}

function valueFault(value: Uint8Array | undefined, valueBytes: number): string | undefined {
  if (value === undefined) return undefined
  if (!(value instanceof Uint8Array)) return 'a value is an Uint8Array'
  if (value.length <= valueBytes) return undefined
  return `a value block has at most ${valueBytes} bytes here, this one ${value.length}`
}

function modeFault(mode: string): string | undefined {
  if (lockModes.some((known) => known === mode)) return undefined
  return `${mode} is not a lock mode: there are ${lockModes.join(', ')}`
}
