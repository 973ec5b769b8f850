import { flag, flagsOf, has, traits } from '../flags.ts'
import { deadlockMsDefault, priorityDefault } from '../limits.ts'
import type { Terms } from '../lock-messages.ts'
import type { LockRange, SessionCall, SpaceAttributes } from '../messages.ts'
import { ownRange, spelled } from '../ranges/range.ts'
import type { ResourceKey } from '../resource-key.ts'
import { ownBytes } from '../value-block.ts'
import type { HeldLock, KnownResource, Pending } from './lock.ts'

export type NewLockCall = Extract<SessionCall, { readonly kind: 'request' | 'adopt' }>
type Convert = Extract<SessionCall, { readonly kind: 'convert' }>

export interface NewLock {
  readonly call: NewLockCall
  readonly session: number
  readonly number: number
  readonly key: ResourceKey
  readonly resource: KnownResource
  readonly parent: HeldLock | undefined
  readonly attributes: SpaceAttributes
}

/** A lock that was asked for and is known to nobody else yet. */
export function newLock(given: NewLock): HeldLock {
  const { call, session, number, key, resource, parent, attributes } = given
  const flags = flagsOfNew(call, attributes)
  const { priority = priorityDefault } = call.kind === 'request' ? call : {}
  const range = call.kind === 'request' ? rangeOf(call) : undefined
  return {
    number,
    session,
    sessionLock: call.lock,
    key,
    resource,
    parent,
    below: undefined,
    owner: call.owner,
    priority,
    traits: flags & traits,
    granted: undefined,
    range: undefined,
    token: undefined,
    sentTo: undefined,
    sentFor: 0,
    asked: false,
    pending: {
      kind: 'request',
      call: call.call,
      ask: 0,
      ...terms({ mode: call.mode, flags, range, priority }, attributes),
      ...clockOf(call.kind === 'request' ? call.timeoutMs : undefined),
    },
    demoted: false,
    wrote: false,
    asks: 0,
    cancel: undefined,
    unlock: undefined,
    orphan: undefined,
    adopted: undefined,
    copy: undefined,
    valid: false,
    known: 0,
  }
}

/** Where it stays with the lock what a conversion does not name, that is filled in here. */
export function newConversion(lock: HeldLock, call: Convert, attributes: SpaceAttributes): Pending {
  const kept = lock.traits & (flag.notify | flag.alone | unnamed(call))
  const flags = flagsOf(call as unknown as Readonly<Record<string, unknown>>) | kept
  const { mode, value, priority = lock.priority } = call
  const range = call.range === undefined ? lock.range : rangeOf(call)
  return {
    kind: 'convert',
    call: call.call,
    ask: lock.asks,
    ...terms({ mode, flags, range, priority }, attributes),
    ...(value === undefined ? {} : { value: ownBytes(value) }),
    ...clockOf(call.timeoutMs),
  }
}

function rangeOf({ range }: Pick<Convert, 'range'>): LockRange | undefined {
  const part = spelled(range)
  return part === undefined ? undefined : ownRange(part)
}

function unnamed({ persistent, noDeadlockBlock }: Convert): number {
  const stays = persistent === undefined ? flag.persistent : 0
  return stays | (noDeadlockBlock === undefined ? flag.noDeadlockBlock : 0)
}

function flagsOfNew(call: NewLockCall, { mastering }: SpaceAttributes): number {
  const named = flagsOf(call as unknown as Readonly<Record<string, unknown>>)
  const hashed = mastering === 'hash' && !has(named, flag.masterHere) ? flag.hashed : 0
  return named | hashed | (call.kind === 'adopt' ? flag.adopt : 0)
}

interface Wish extends Pick<Terms, 'mode' | 'flags'> {
  readonly range: Terms['range'] | undefined
  readonly priority: number
}

/** What has its default is left out: it costs nothing on the way. */
function terms({ mode, flags, range, priority }: Wish, { deadlockMs }: SpaceAttributes): Terms {
  return {
    mode,
    flags,
    ...(range === undefined ? {} : { range }),
    ...(priority === priorityDefault ? {} : { priority }),
    ...(deadlockMs === deadlockMsDefault ? {} : { deadlockMs }),
  }
}

function clockOf(timeoutMs: number | undefined): Pick<Pending, 'clock'> {
  return timeoutMs === undefined ? {} : { clock: { leftMs: timeoutMs, endsAt: undefined } }
}
