/**
 * What the lock engines of two nodes say to each other. `lock` is always the holder's number of the
 * lock, so (holder's node, lock) names it.
 *
 *   holder to directory   lookup
 *   directory to holder   master-is, appointed; or, being the master itself, what a master answers
 *   holder to master      request, convert, unlock, cancel, orphan, took
 *   master to holder      granted, queued, denied, unlocked, cancel-done, not-master, blocking, adopted
 *   master to directory   retire
 *   master to the former  taken
 *   directory to master   retired
 */
import type { Check, Epoch, Millis, NodeId } from '@holdfast/primitives'
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
import { counterMax } from './fencing.ts'
import { flagsMax } from './flags.ts'
import { ownerLengthMax, priorityMax, valueBytesMax } from './limits.ts'
import { type LockMode, lockModes } from './lock-mode.ts'
import type { LockRange } from './messages.ts'
import { isRange } from './ranges/range.ts'
import { isKey, type ResourceKey } from './resource-key.ts'

/** What is wanted of a resource, and how. */
export interface Terms {
  readonly mode: LockMode
  /** Bits of `flag`. */
  readonly flags: number
  /** Absent: all of the resource. */
  readonly range?: LockRange
  /** Absent: the default. */
  readonly priority?: number
  /** Absent: the default. */
  readonly deadlockMs?: Millis
  /** What a conversion writes where the transfer table says so. */
  readonly value?: Uint8Array
}

export interface RequestFields extends Terms {
  readonly lock: number
  /** Which mastership is meant: see `HolderMessage`. */
  readonly takenOver: Epoch
  readonly ask: number
  readonly session: number
  /** The session's own number of the lock. */
  readonly sessionLock: number
  readonly key: ResourceKey
  /** The explicit owner. */
  readonly owner?: string
  /** The session's number of the lock that it is below. Told to people; an adoption with one is of an orphan with its owner. */
  readonly parent?: number
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
  | { readonly kind: 'retire'; readonly key: ResourceKey; readonly counter: number }
  | { readonly kind: 'retired'; readonly key: ResourceKey }
  /** To the master before, from the one that it told the value blocks of a tree to. */
  | { readonly kind: 'taken'; readonly key: ResourceKey; readonly takenOver: Epoch }

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
  | ({ readonly kind: 'convert' } & HolderFields & Terms)
  | ({
      readonly kind: 'unlock'
      readonly value?: Uint8Array
      readonly invalidate: boolean
      /**
       * Its session has ended. With `invalidate`: while it held PW or EX, also if the lock was granted
       * something else since.
       */
      readonly ended?: boolean
    } & HolderFields)
  | ({ readonly kind: 'cancel' } & HolderFields)
  /** Its session has ended and the lock stays. */
  | ({ readonly kind: 'orphan' } & HolderFields)
  /** It has heard that it has the orphan: the former holder need not keep it any longer. */
  | ({ readonly kind: 'took' } & HolderFields)

interface HolderFields {
  readonly lock: number
  readonly takenOver: Epoch
  readonly ask: number
}

export type DenialReason = 'busy' | 'deadlock' | 'tokens-used-up' | 'no-orphan' | 'other-orphan'

export type MasterMessage =
  | {
      readonly kind: 'granted'
      readonly lock: number
      readonly ask: number
      readonly mode: LockMode
      readonly range?: LockRange
      readonly token?: bigint
      /** When the caller uses the value block and the table says that it reads. */
      readonly value?: Uint8Array
      readonly valid: boolean
      readonly sequence: number
      /** On the way it went down to NL. */
      readonly demoted?: boolean
      /** Not the mode that was asked for. */
      readonly alternate?: boolean
      /** The orphan that it was, and what it keeps of it. */
      readonly adopted?: Adopted
      /** Epoch of the takeover by which the answering node is the master, if there was one. */
      readonly takenOver: Epoch
    }
  | {
      readonly kind: 'queued'
      readonly lock: number
      readonly ask: number
      readonly order: number
      /** It went down to NL, so that others could go on. */
      readonly demoted?: boolean
      readonly held?: Held
      readonly takenOver: Epoch
    }
  | {
      readonly kind: 'denied'
      readonly lock: number
      readonly ask: number
      readonly why: DenialReason
      readonly demoted?: boolean
      readonly held?: Held
      /** The cycle of a deadlock. */
      readonly words?: string
      readonly takenOver: Epoch
    }
  | { readonly kind: 'unlocked'; readonly lock: number; readonly ask: number }
  | {
      readonly kind: 'cancel-done'
      readonly lock: number
      readonly ask: number
      readonly cancelled: boolean
      readonly demoted?: boolean
      readonly held?: Held
    }
  | { readonly kind: 'not-master'; readonly lock: number; readonly ask: number }
  | { readonly kind: 'blocking'; readonly lock: number; readonly mode: LockMode }
  /** An orphan has a new holder: this node has it no more. */
  | { readonly kind: 'adopted'; readonly lock: number }

/**
 * What a converting lock has, told to a holder that may not know it: the answer of a former master to
 * its conversion may have been lost, and this master follows what that one had done.
 */
export interface Held {
  readonly mode: LockMode
  readonly range?: LockRange
  readonly token?: bigint
  readonly valid: boolean
  readonly sequence: number
}

export interface Adopted {
  /** Its former name; absent when that is out of use. */
  readonly from?: FormerName
  readonly owner?: string
  readonly priority?: number
}

export interface FormerName {
  readonly holder: NodeId
  readonly lock: number
}

export type LockMessage = DirectoryMessage | HolderMessage | MasterMessage

export const isMode: Check = isOneOf(lockModes)
export const isValue: Check = isBytes(valueBytesMax)
export const isOwner: Check = isText(ownerLengthMax)
export const isPriority: Check = isUint(priorityMax)
const number = isUint()
const isCounter: Check = isUint(counterMax)
const kind: Check = () => true
/** Characters of what a refusal says. */
export const wordsLengthMax = 4_096

export const termChecks: Readonly<Record<keyof Terms, Check>> = {
  mode: isMode,
  flags: isUint(flagsMax),
  range: isOptional(isRange),
  priority: isOptional(isPriority),
  deadlockMs: isOptional(number),
  value: isOptional(isValue),
}

const holder = { kind, lock: number, takenOver: number, ask: number }
const request = {
  ...holder,
  ...termChecks,
  session: number,
  sessionLock: number,
  key: isKey,
  owner: isOptional(isOwner),
  parent: isOptional(number),
}
const answer = { kind, lock: number, ask: number }

export const isFormerName: Check = isRecordOf({ holder: number, lock: number })

const isAdopted: Check = isRecordOf({
  from: isOptional(isFormerName),
  owner: isOptional(isOwner),
  priority: isOptional(isPriority),
})

const isHeld: Check = isRecordOf({
  mode: isMode,
  range: isOptional(isRange),
  token: isOptional(isToken),
  valid: isFlag,
  sequence: number,
})

const isMessage: Check = isVariantOf({
  lookup: isRecordOf(request),
  'master-is': isRecordOf({ kind, lock: number, master: number, takenOver: number }),
  appointed: isRecordOf({ kind, lock: number, counter: isCounter }),
  retire: isRecordOf({ kind, key: isKey, counter: isCounter }),
  retired: isRecordOf({ kind, key: isKey }),
  request: isRecordOf(request),
  convert: isRecordOf({ ...holder, ...termChecks }),
  unlock: isRecordOf({
    ...holder,
    value: isOptional(isValue),
    invalidate: isFlag,
    ended: isOptional(isFlag),
  }),
  cancel: isRecordOf(holder),
  orphan: isRecordOf(holder),
  took: isRecordOf(holder),
  granted: isRecordOf({
    ...answer,
    mode: isMode,
    range: isOptional(isRange),
    token: isOptional(isToken),
    value: isOptional(isValue),
    valid: isFlag,
    sequence: number,
    demoted: isOptional(isFlag),
    alternate: isOptional(isFlag),
    adopted: isOptional(isAdopted),
    takenOver: number,
  }),
  queued: isRecordOf({
    ...answer,
    order: number,
    demoted: isOptional(isFlag),
    held: isOptional(isHeld),
    takenOver: number,
  }),
  denied: isRecordOf({
    ...answer,
    why: isOneOf(['busy', 'deadlock', 'tokens-used-up', 'no-orphan', 'other-orphan']),
    demoted: isOptional(isFlag),
    held: isOptional(isHeld),
    words: isOptional(isText(wordsLengthMax)),
    takenOver: number,
  }),
  unlocked: isRecordOf(answer),
  'cancel-done': isRecordOf({
    ...answer,
    cancelled: isFlag,
    demoted: isOptional(isFlag),
    held: isOptional(isHeld),
  }),
  'not-master': isRecordOf(answer),
  blocking: isRecordOf({ kind, lock: number, mode: isMode }),
  adopted: isRecordOf({ kind, lock: number }),
  taken: isRecordOf({ kind, key: isKey, takenOver: number }),
})

/** Hot path: a table of checks. A test holds it against the zod schema of record. */
export function isLockMessage(value: unknown): value is LockMessage {
  return isMessage(value)
}
