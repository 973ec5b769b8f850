/** One lock as its master tells it, to another node or to this one. */
import type { Instant, Millis } from '@holdfast/primitives'
import { flag, has } from '../flags.ts'
import type { LockMode } from '../lock-mode.ts'
import { callsHeldUpBy, holdersInTheWay, queuedBefore } from '../master/in-the-way.ts'
import type { MasterTable } from '../master/master-table.ts'
import type { Copy, Resource } from '../master/resource.ts'
import {
  type LockFacts,
  namesMax,
  type ToldDetails,
  type ToldLock,
  type ToldName,
} from './query-messages.ts'

export function factsOf(copy: Copy): LockFacts {
  const { queue, granted, wanted, token, range, owner, priority, traits, orphan, parent } = copy
  return {
    queue,
    ...(granted === undefined ? {} : { granted }),
    ...(wanted === undefined ? {} : { wanted: wanted.mode }),
    ...(token === undefined ? {} : { token }),
    ...(range === undefined ? {} : { range }),
    ...(wanted?.range === undefined ? {} : { wantedRange: wanted.range }),
    ...(owner === undefined ? {} : { owner }),
    priority,
    ...(has(traits, flag.persistent) ? { persistent: true } : {}),
    ...(orphan ? { orphan } : {}),
    ...(parent === undefined ? {} : { parent }),
  }
}

export interface TellOptions {
  readonly now: Instant
  /** Its place in its queue, from 0; `undefined` when granted. */
  readonly position: number | undefined
  /** Where the details are taken from; absent: none. */
  readonly masters?: MasterTable
}

export function tellLock(copy: Copy, { now, position, masters }: TellOptions): ToldLock {
  const { resource, holder, session, sessionLock, since } = copy
  return {
    key: resource.key,
    holder,
    session,
    lock: sessionLock,
    ...factsOf(copy),
    forMs: wholeMs(now, since),
    ...(position === undefined ? {} : { position }),
    ...(masters === undefined ? {} : { details: detailsOf(copy, masters, now) }),
  }
}

/** The clock has fractions of a millisecond; what goes to other nodes has none. */
function wholeMs(now: Instant, since: Instant): Millis {
  return Math.floor(Math.max(0, now - since))
}

function detailsOf(copy: Copy, masters: MasterTable, now: Instant): ToldDetails {
  const { resource } = copy
  const { bytes, sequence, valid } = resource.value
  const before = firstNames(blockersOf(copy), now)
  const behind = firstNames(blockedBy(copy), now)
  return {
    value: { bytes, sequence, valid },
    granted: resource.granted.size + resource.parts.size,
    converting: resource.converting.size,
    waiting: resource.waiting.size,
    resourcesBelow: masters.resourcesBelow(resource),
    locksBelow: masters.locksBelow(copy),
    blockedBy: before.names,
    moreBlockedBy: before.more,
    blocks: behind.names,
    moreBlocks: behind.more,
  }
}

interface Named {
  readonly copy: Copy
  readonly mode: LockMode | undefined
}

function* blockersOf(copy: Copy): Iterable<Named> {
  const holders = holdersInTheWay(copy)
  for (const holder of holders) yield { copy: holder, mode: holder.granted }
  for (const other of queuedBefore(copy)) {
    if (!holders.has(other)) yield { copy: other, mode: other.wanted?.mode }
  }
}

function* blockedBy(copy: Copy): Iterable<Named> {
  for (const other of callsHeldUpBy(copy)) yield { copy: other, mode: other.wanted?.mode }
}

function firstNames(
  all: Iterable<Named>,
  now: Instant,
): { readonly names: readonly ToldName[]; readonly more: boolean } {
  const names: ToldName[] = []
  for (const { copy, mode } of all) {
    if (names.length === namesMax) return { names, more: true }
    const { holder, session, sessionLock, queue, since } = copy
    const forMs = wholeMs(now, since)
    names.push({ holder, session, lock: sessionLock, queue, mode: mode ?? 'NL', forMs })
  }
  return { names, more: false }
}

/** How many locks a resource has: what telling details of one of them costs at most. */
export function lockCount({ granted, parts, converting, waiting }: Resource): number {
  return granted.size + parts.size + converting.size + waiting.size
}

/** What it takes on the wire, in bytes, by an upper bound: each field name, and 9 bytes for a number. */
export function sizeOf({ key, owner = '', details }: ToldLock): number {
  const own = 300 + 2 * key.length + 3 * owner.length
  if (details === undefined) return own
  const { value, blockedBy: before, blocks } = details
  return own + 250 + value.bytes.length + 100 * (before.length + blocks.length)
}
