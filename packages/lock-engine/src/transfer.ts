/**
 * What one node tells another when the view changes: what its tables hold for the other. Sent by
 * recovery, taken by `accept`.
 */
import type { Check, Epoch, NodeId } from '@holdfast/primitives'
import {
  isFlag,
  isListOf,
  isOptional,
  isRecordOf,
  isToken,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'
import { flagsMax } from './flags.ts'
import {
  type FormerName,
  isFormerName,
  isMode,
  isOwner,
  isPriority,
  isValue,
  type Terms,
  termChecks,
} from './lock-messages.ts'
import type { LockMode } from './lock-mode.ts'
import type { LockRange } from './messages.ts'
import { isRange } from './ranges/range.ts'
import { isKey, type ResourceKey } from './resource-key.ts'
import type { Mastery } from './view.ts'

export type TransferRecord =
  /** A holder to the new master: one lock, as the old master last confirmed it. */
  | {
      readonly kind: 'lock'
      readonly key: ResourceKey
      readonly takenOver: Epoch
      readonly lock: number
      /** The number of what the holder asked last. */
      readonly ask: number
      readonly session: number
      readonly sessionLock: number
      /** Bits of `traits`. */
      readonly flags: number
      readonly priority?: number
      readonly owner?: string
      /** The session's number of the lock that it is below. */
      readonly parent?: number
      readonly granted?: LockMode
      readonly range?: LockRange
      readonly token?: bigint
      /** A conversion or request that the old master had queued, and its place. */
      readonly queued?: QueuedRecord
      readonly moving?: MovingRecord
      /** What it waits for has made it go down to NL. */
      readonly demoted?: boolean
      /** The holder has sent its unlock to the old master, and does not know what became of it. */
      readonly ending?: EndingRecord
      /** Its session has ended. */
      readonly orphan?: boolean
      /** The orphan that it was: its former holder may not have heard, and may tell of it too. */
      readonly adopted?: FormerName
      /** The newest sequence number of the value block that the holder knows of. */
      readonly known: number
      /** The holder's copy of the value block. */
      readonly copy?: ValueRecord
    }
  /**
   * A holder that gave its lock in PW or EX up and cannot know whether the old master still had it, to
   * the node that is the new master if it had. It holds nothing any more; but its last value counts,
   * if the old master tells that this lock was still the one that may write.
   */
  | {
      readonly kind: 'last-word'
      readonly key: ResourceKey
      readonly takenOver: Epoch
      readonly lock: number
      readonly ending: EndingRecord
      /** The orphan that it was: it ends with it. */
      readonly adopted?: FormerName
    }
  /** An old master that lives, to the new one: the value block, for certain. Again, when there are many owners. */
  | {
      readonly kind: 'value'
      readonly key: ResourceKey
      readonly takenOver: Epoch
      readonly value: ValueRecord
      /**
       * The locks in PW or EX that the old master knew: more than one when they have parts of the
       * resource, or one owner. One whose holder does not tell of it was lost, and may have had a newer
       * value in mind.
       */
      readonly owners: readonly OwnerRecord[]
    }
  /**
   * To the directory node of a name: who masters it. From the master; and from holders when the master
   * took the name over, because it may not have heard of that yet. From a directory node to the master
   * itself, when a note moved the name there.
   */
  | {
      readonly kind: 'entry'
      readonly master: NodeId
      readonly key: ResourceKey
      readonly takenOver: Epoch
      /** The view in which it is told. */
      readonly toldIn: Epoch
    }

export interface LockRecordName {
  readonly holder: NodeId
  readonly lock: number
}

/** A lock that may write the value block, at its old master. */
export interface OwnerRecord extends LockRecordName {
  /** The newest attempt of its holder that was carried out. */
  readonly done: number
}

export interface QueuedRecord extends Terms {
  readonly order: number
  /** How long its holder has known it queued: it keeps its age. */
  readonly waitedMs: number
}

/**
 * A pending conversion that gives up what the lock has (sideways, elsewhere, to an alternate that is
 * lower, or with `demote`), or writes where others may write beside it. `mode` is the least that it
 * may have been granted. The old master may have done that and then let others in, with the answer
 * lost: when it lives it tells, otherwise the new master finds out from the others.
 */
export interface MovingRecord {
  /** The number of its first attempt. */
  readonly ask: number
  readonly mode: LockMode
  readonly range?: LockRange
  readonly demote: boolean
}

export interface ValueRecord {
  readonly bytes: Uint8Array
  readonly sequence: number
  readonly valid: boolean
}

/** What an unlock does to the value block of a lock in PW or EX. */
export interface EndingRecord {
  readonly value?: Uint8Array
  readonly invalidate: boolean
}

export interface Transfer {
  readonly to: NodeId
  readonly record: TransferRecord
}

/** Tells a directory node who masters a name; in the view of its takeover, unless another is named. */
export function entryFor(
  to: NodeId,
  key: ResourceKey,
  { master, takenOver }: Mastery,
  toldIn: Epoch = takenOver,
): Transfer {
  return { to, record: { kind: 'entry', key, master, takenOver, toldIn } }
}

/** So many of those in one record. */
export const valueOwnersMax = 64

const number = isUint()
const kind: Check = () => true

const isQueued: Check = isRecordOf({ ...termChecks, order: number, waitedMs: number })

const isMoving: Check = isRecordOf({
  ask: number,
  mode: isMode,
  range: isOptional(isRange),
  demote: isFlag,
})

const isValueRecord: Check = isRecordOf({ bytes: isValue, sequence: number, valid: isFlag })

const isOwnerRecord: Check = isRecordOf({ holder: number, lock: number, done: number })

const isEnding: Check = isRecordOf({ value: isOptional(isValue), invalidate: isFlag })

const resource = { kind, key: isKey, takenOver: number }

const isRecord: Check = isVariantOf({
  lock: isRecordOf({
    ...resource,
    lock: number,
    ask: number,
    session: number,
    sessionLock: number,
    flags: isUint(flagsMax),
    priority: isOptional(isPriority),
    owner: isOptional(isOwner),
    parent: isOptional(number),
    granted: isOptional(isMode),
    range: isOptional(isRange),
    token: isOptional(isToken),
    queued: isOptional(isQueued),
    moving: isOptional(isMoving),
    demoted: isOptional(isFlag),
    ending: isOptional(isEnding),
    orphan: isOptional(isFlag),
    adopted: isOptional(isFormerName),
    known: number,
    copy: isOptional(isValueRecord),
  }),
  'last-word': isRecordOf({
    ...resource,
    lock: number,
    ending: isEnding,
    adopted: isOptional(isFormerName),
  }),
  value: isRecordOf({
    ...resource,
    value: isValueRecord,
    owners: isListOf(isOwnerRecord, valueOwnersMax),
  }),
  entry: isRecordOf({ ...resource, master: number, toldIn: number }),
})

export function isTransferRecord(value: unknown): value is TransferRecord {
  return isRecord(value) && tellsOfLock(value as TransferRecord)
}

/** A lock is granted or queued; one that is given up was granted. */
function tellsOfLock(record: TransferRecord): boolean {
  if (record.kind !== 'lock' || record.granted !== undefined) return true
  return record.queued !== undefined && record.ending === undefined && record.moving === undefined
}
