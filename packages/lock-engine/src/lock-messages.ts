/**
 * What the lock engines of two nodes say to each other. `lock` is always the holder's number of the
 * lock, so (holder's node, lock) names it.
 *
 *   holder to directory   lookup
 *   directory to holder   master-is, appointed; or, being the master itself, what a master answers
 *   holder to master      request, convert, unlock, cancel
 *   master to holder      granted, queued, denied, unlocked, cancel-done, not-master, blocking
 *   master to directory   retire
 *   directory to master   retired
 */
import type { Check, Epoch, NodeId } from '@holdfast/primitives'
import {
  isBytes,
  isFlag,
  isOneOf,
  isOptional,
  isRecordOf,
  isText,
  isToken,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'
import { nameBytesMax, spaceLengthMax, valueBytesMax } from './limits.ts'
import { type LockMode, lockModes } from './lock-mode.ts'

export interface RequestFields {
  readonly lock: number
  /** Which mastership is meant: see `HolderMessage`. */
  readonly takenOver: Epoch
  readonly ask: number
  readonly session: number
  readonly space: string
  readonly name: string
  readonly mode: LockMode
  readonly noQueue: boolean
  readonly useValue: boolean
  readonly notify: boolean
}

export type DirectoryMessage =
  | ({ readonly kind: 'lookup' } & RequestFields)
  | {
      readonly kind: 'master-is'
      readonly lock: number
      readonly master: NodeId
      readonly takenOver: Epoch
    }
  /** Nobody masters it: the asker does from now on, with token counters above `counter`. */
  | { readonly kind: 'appointed'; readonly lock: number; readonly counter: number }
  | {
      readonly kind: 'retire'
      readonly space: string
      readonly name: string
      readonly counter: number
    }
  | { readonly kind: 'retired'; readonly space: string; readonly name: string }

/**
 * Each names the mastership that it means by `takenOver`. A node can be the master of a resource
 * twice, by two takeovers; what was meant for the first says nothing to the second, because its
 * sender tells everything again when it learns of that.
 *
 * `ask` numbers the attempts of a holder to get what it asks for a lock, and comes back with every
 * answer: an answer to an attempt that was given up, because a view has changed meanwhile, is not taken
 * for the answer to the next.
 */
export type HolderMessage =
  | ({ readonly kind: 'request' } & RequestFields)
  | {
      readonly kind: 'convert'
      readonly lock: number
      readonly takenOver: Epoch
      readonly ask: number
      readonly mode: LockMode
      readonly noQueue: boolean
      readonly queueFair: boolean
      readonly useValue: boolean
      readonly value?: Uint8Array
    }
  | {
      readonly kind: 'unlock'
      readonly lock: number
      readonly takenOver: Epoch
      readonly ask: number
      readonly value?: Uint8Array
      readonly invalidate: boolean
    }
  | {
      readonly kind: 'cancel'
      readonly lock: number
      readonly takenOver: Epoch
      readonly ask: number
    }

export type MasterMessage =
  | {
      readonly kind: 'granted'
      readonly lock: number
      readonly ask: number
      readonly mode: LockMode
      readonly token?: bigint
      /** When the caller uses the value block and the table says that it reads. */
      readonly value?: Uint8Array
      readonly valid: boolean
      readonly sequence: number
      /** Epoch of the takeover by which the answering node is the master, if there was one. */
      readonly takenOver: Epoch
    }
  | {
      readonly kind: 'queued'
      readonly lock: number
      readonly ask: number
      readonly order: number
      readonly takenOver: Epoch
    }
  | {
      readonly kind: 'denied'
      readonly lock: number
      readonly ask: number
      readonly why: 'busy' | 'deadlock' | 'tokens-used-up'
      readonly takenOver: Epoch
    }
  | { readonly kind: 'unlocked'; readonly lock: number; readonly ask: number }
  | {
      readonly kind: 'cancel-done'
      readonly lock: number
      readonly ask: number
      readonly cancelled: boolean
    }
  | { readonly kind: 'not-master'; readonly lock: number; readonly ask: number }
  | { readonly kind: 'blocking'; readonly lock: number; readonly mode: LockMode }

export type LockMessage = DirectoryMessage | HolderMessage | MasterMessage

/** U+0000 separates lockspace and name in keys. */
const hasNul = (value: unknown): boolean => String(value).includes('\u0000')

const isMode: Check = isOneOf(lockModes)
/** A character takes at least one byte, so this bounds the bytes too; the exact rule is at the call. */
export const isSpace: Check = (value) => isText(spaceLengthMax)(value) && !hasNul(value)
export const isName: Check = (value) => isText(nameBytesMax)(value) && !hasNul(value)
export const isValue: Check = isBytes(valueBytesMax)
const number = isUint()
const kind: Check = () => true

const request = {
  kind,
  lock: number,
  takenOver: number,
  ask: number,
  session: number,
  space: isSpace,
  name: isName,
  mode: isMode,
  noQueue: isFlag,
  useValue: isFlag,
  notify: isFlag,
}

const isMessage: Check = isVariantOf({
  lookup: isRecordOf(request),
  'master-is': isRecordOf({ kind, lock: number, master: number, takenOver: number }),
  appointed: isRecordOf({ kind, lock: number, counter: number }),
  retire: isRecordOf({ kind, space: isSpace, name: isName, counter: number }),
  retired: isRecordOf({ kind, space: isSpace, name: isName }),
  request: isRecordOf(request),
  convert: isRecordOf({
    kind,
    lock: number,
    takenOver: number,
    ask: number,
    mode: isMode,
    noQueue: isFlag,
    queueFair: isFlag,
    useValue: isFlag,
    value: isOptional(isValue),
  }),
  unlock: isRecordOf({
    kind,
    lock: number,
    takenOver: number,
    ask: number,
    value: isOptional(isValue),
    invalidate: isFlag,
  }),
  cancel: isRecordOf({ kind, lock: number, takenOver: number, ask: number }),
  granted: isRecordOf({
    kind,
    lock: number,
    ask: number,
    mode: isMode,
    token: isOptional(isToken),
    value: isOptional(isValue),
    valid: isFlag,
    sequence: number,
    takenOver: number,
  }),
  queued: isRecordOf({ kind, lock: number, ask: number, order: number, takenOver: number }),
  denied: isRecordOf({
    kind,
    lock: number,
    ask: number,
    why: isOneOf(['busy', 'deadlock', 'tokens-used-up']),
    takenOver: number,
  }),
  unlocked: isRecordOf({ kind, lock: number, ask: number }),
  'cancel-done': isRecordOf({ kind, lock: number, ask: number, cancelled: isFlag }),
  'not-master': isRecordOf({ kind, lock: number, ask: number }),
  blocking: isRecordOf({ kind, lock: number, mode: isMode }),
})

/** Hot path: a table of checks. A test holds it against the zod schema of record. */
export function isLockMessage(value: unknown): value is LockMessage {
  return isMessage(value)
}
