/**
 * What one node tells another when the view changes: what its tables hold for the other. Sent by
 * recovery, taken by `accept`.
 */
import type { Check, Epoch, NodeId } from '@holdfast/primitives'
import {
  isFlag,
  isOneOf,
  isOptional,
  isRecordOf,
  isToken,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'
import { isName, isSpace, isValue } from './lock-messages.ts'
import { type LockMode, lockModes } from './lock-mode.ts'

export type TransferRecord =
  /** A holder to the new master: one lock, as the old master last confirmed it. */
  | {
      readonly kind: 'lock'
      readonly space: string
      readonly name: string
      readonly takenOver: Epoch
      readonly lock: number
      /** The number of what the holder asked last. */
      readonly ask: number
      readonly session: number
      readonly notify: boolean
      readonly granted?: LockMode
      readonly token?: bigint
      /** A conversion or request that the old master had queued, and its place. */
      readonly queued?: QueuedRecord
      /**
       * The mode that a pending sideways conversion asks for. The old master may have granted it and
       * then let others in beside it, with the answer lost: the new master finds out from the others.
       */
      readonly sideways?: LockMode
      /** The holder has sent its unlock to the old master, and does not know what became of it. */
      readonly ending?: EndingRecord
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
      readonly space: string
      readonly name: string
      readonly takenOver: Epoch
      readonly lock: number
      readonly ending: EndingRecord
    }
  /** An old master that lives, to the new one: the value block, for certain. */
  | {
      readonly kind: 'value'
      readonly space: string
      readonly name: string
      readonly takenOver: Epoch
      readonly value: ValueRecord
      /**
       * The lock in PW or EX that the old master knew. When its holder does not tell of it, it was lost,
       * and may have had a newer value in mind.
       */
      readonly owner?: { readonly holder: NodeId; readonly lock: number }
    }
  /**
   * To the directory node of a name: who masters it. From the master; and from holders when the master
   * took the name over, because it may not have heard of that yet. From a directory node to the master
   * itself, when a note moved the name there.
   */
  | {
      readonly kind: 'entry'
      readonly master: NodeId
      readonly space: string
      readonly name: string
      readonly takenOver: Epoch
      /** The view in which it is told. */
      readonly toldIn: Epoch
    }

export interface QueuedRecord {
  readonly mode: LockMode
  readonly order: number
  readonly queueFair: boolean
  readonly useValue: boolean
  readonly value?: Uint8Array
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

const isMode: Check = isOneOf(lockModes)
const number = isUint()
const kind: Check = () => true

const isQueued: Check = isRecordOf({
  mode: isMode,
  order: number,
  queueFair: isFlag,
  useValue: isFlag,
  value: isOptional(isValue),
})

const isValueRecord: Check = isRecordOf({ bytes: isValue, sequence: number, valid: isFlag })

const isOwner: Check = isRecordOf({ holder: number, lock: number })

const isEnding: Check = isRecordOf({ value: isOptional(isValue), invalidate: isFlag })

const resource = { kind, space: isSpace, name: isName, takenOver: number }

const isRecord: Check = isVariantOf({
  lock: isRecordOf({
    ...resource,
    lock: number,
    ask: number,
    session: number,
    notify: isFlag,
    granted: isOptional(isMode),
    token: isOptional(isToken),
    queued: isOptional(isQueued),
    sideways: isOptional(isMode),
    ending: isOptional(isEnding),
    known: number,
    copy: isOptional(isValueRecord),
  }),
  'last-word': isRecordOf({ ...resource, lock: number, ending: isEnding }),
  value: isRecordOf({ ...resource, value: isValueRecord, owner: isOptional(isOwner) }),
  entry: isRecordOf({ ...resource, master: number, toldIn: number }),
})

export function isTransferRecord(value: unknown): value is TransferRecord {
  return isRecord(value) && tellsOfLock(value as TransferRecord)
}

/** A lock is granted or queued; one that is given up was granted. */
function tellsOfLock(record: TransferRecord): boolean {
  if (record.kind !== 'lock' || record.granted !== undefined) return true
  return record.queued !== undefined && record.ending === undefined && record.sideways === undefined
}
