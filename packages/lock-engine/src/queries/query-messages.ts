/**
 * What nodes say to each other for queries and purges over the cluster. `ask` numbers the questions
 * of the asker and comes back with the answer.
 *
 *   asker to master    query-ask        master to asker    query-told
 *   asker to holder    purge-ask        holder to asker    purge-told
 *
 * One `query-told` has as many locks as fit into the frame of 64 KiB that the links between nodes take.
 */
import type { Check, Millis, NodeId } from '@holdfast/primitives'
import {
  isFlag,
  isListOf,
  isOneOf,
  isOptional,
  isRecordOf,
  isText,
  isToken,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'
import { nameBytesMax } from '../limits.ts'
import { isMode, isOwner, isPriority, isValue } from '../lock-messages.ts'
import type { LockMode } from '../lock-mode.ts'
import type { LockRange, ValueCopy } from '../messages.ts'
import { isRange } from '../ranges/range.ts'
import { isKey, type ResourceKey } from '../resource-key.ts'

/** Locks of one page, and of one answer. */
export const pageLocksMax = 1_000
/** What the locks of one answer take on the wire, by an upper bound; one lock is told whatever it takes. */
export const toldBytesMax = 40_000
/** Locks that are named in each of the two lists of one lock. */
export const namesMax = 64

/** Which locks; all that are given must hold. */
export interface AskedFilter {
  readonly key?: ResourceKey
  readonly holder?: NodeId
  readonly session?: number
  /** The session's own number. */
  readonly lock?: number
  readonly details: boolean
}

export type Queue = 'granted' | 'converting' | 'waiting'

/** What a master knows of a lock by itself. */
export interface LockFacts {
  readonly queue: Queue
  readonly granted?: LockMode
  readonly wanted?: LockMode
  readonly token?: bigint
  readonly range?: LockRange
  readonly wantedRange?: LockRange
  readonly owner?: string
  readonly priority: number
  readonly persistent?: boolean
  readonly orphan?: boolean
  readonly parent?: number
}

export interface ToldLock extends LockFacts {
  readonly key: ResourceKey
  readonly holder: NodeId
  readonly session: number
  /** The session's own number. */
  readonly lock: number
  readonly forMs: Millis
  readonly position?: number
  readonly details?: ToldDetails
}

export interface ToldDetails {
  readonly value: ValueCopy
  readonly granted: number
  readonly converting: number
  readonly waiting: number
  readonly resourcesBelow: number
  readonly locksBelow: number
  readonly blockedBy: readonly ToldName[]
  readonly moreBlockedBy: boolean
  readonly blocks: readonly ToldName[]
  readonly moreBlocks: boolean
}

export interface ToldName {
  readonly holder: NodeId
  readonly session: number
  readonly lock: number
  readonly queue: Queue
  readonly mode: LockMode
  readonly forMs: Millis
}

export type QueryMessage =
  | {
      readonly kind: 'query-ask'
      readonly ask: number
      readonly filter: AskedFilter
      /** Goes on with a scan; absent: from the start. */
      readonly scan?: number
      readonly limit: number
    }
  | {
      readonly kind: 'query-told'
      readonly ask: number
      readonly locks: readonly ToldLock[]
      /** There may be more. Each answer gives the scan a new number, so none is gone on with twice. */
      readonly scan?: number
      /** The scan that was asked for is not there (any more). */
      readonly gone?: boolean
      /** The sender has not been told yet of all that it took over. */
      readonly partial?: boolean
    }
  | { readonly kind: 'purge-ask'; readonly ask: number; readonly space?: string }
  | { readonly kind: 'purge-told'; readonly ask: number; readonly count: number }

const kind: Check = () => true
const number = isUint()
const queue = isOneOf(['granted', 'converting', 'waiting'])

const isFilter = isRecordOf({
  key: isOptional(isKey),
  holder: isOptional(number),
  session: isOptional(number),
  lock: isOptional(number),
  details: isFlag,
})

const isName = isRecordOf({
  holder: number,
  session: number,
  lock: number,
  queue,
  mode: isMode,
  forMs: number,
})

const isDetails = isRecordOf({
  value: isRecordOf({ bytes: isValue, sequence: number, valid: isFlag }),
  granted: number,
  converting: number,
  waiting: number,
  resourcesBelow: number,
  locksBelow: number,
  blockedBy: isListOf(isName, namesMax),
  moreBlockedBy: isFlag,
  blocks: isListOf(isName, namesMax),
  moreBlocks: isFlag,
})

const isTold = isRecordOf({
  key: isKey,
  holder: number,
  session: number,
  lock: number,
  queue,
  granted: isOptional(isMode),
  wanted: isOptional(isMode),
  token: isOptional(isToken),
  range: isOptional(isRange),
  wantedRange: isOptional(isRange),
  owner: isOptional(isOwner),
  priority: isPriority,
  persistent: isOptional(isFlag),
  orphan: isOptional(isFlag),
  parent: isOptional(number),
  forMs: number,
  position: isOptional(number),
  details: isOptional(isDetails),
})

const isLimit: Check = (value) => value !== 0 && isUint(pageLocksMax)(value)

const isMessage: Check = isVariantOf({
  'query-ask': isRecordOf({
    kind,
    ask: number,
    filter: isFilter,
    scan: isOptional(number),
    limit: isLimit,
  }),
  'query-told': isRecordOf({
    kind,
    ask: number,
    locks: isListOf(isTold, pageLocksMax),
    scan: isOptional(number),
    gone: isOptional(isFlag),
    partial: isOptional(isFlag),
  }),
  'purge-ask': isRecordOf({ kind, ask: number, space: isOptional(isText(nameBytesMax)) }),
  'purge-told': isRecordOf({ kind, ask: number, count: number }),
})

/** A table of checks. A test holds it against the zod schema of record. */
export function isQueryMessage(value: unknown): value is QueryMessage {
  return isMessage(value)
}
