/**
 * What nodes say to each other in a deadlock search. `ask` numbers the questions of the searcher and
 * comes back with the answer.
 *
 *   any node to searcher     due
 *   searcher to any node     ask, check, victim
 *   any node to searcher     told (one or more, the last one marked), checked, ended
 *
 * All lists and texts are bounded so that a message fits into the frame of 64 KiB, lists of 1,024 and
 * strings of 512 bytes that the links between nodes take.
 */
import type { Check } from '@holdfast/primitives'
import { isFlag, isListOf, isRecordOf, isText, isUint, isVariantOf } from '@holdfast/primitives'
import type { Blocker, LockRef, LockVersion, Party, QueuedCall, Wait } from './graph.ts'

/** Lock names of one `due` or `ask`, and parties of one `ask`. */
export const waitsPerMessageMax = 256
export const partiesPerMessageMax = 200
/** Locks of one `check`. */
export const locksPerCheckMax = 512
/** Locks in the way of one queued call that are told, at most one for each party. */
export const blockersPerWaitMax = 64
/** Locks in the way that one `told` names, or calls of the parties that were asked for. */
export const itemsPerToldMax = 1_000
/** Calls that are told for one `ask`. */
export const callsPerAskMax = 4_000
/** What the waits of one `told`, with what is in their way, take on the wire, by an upper bound. */
export const toldBytesMax = 48_000

const partyLengthMax = 65
export const waitWordsMax = 160
export const blockerWordsMax = 60
/** A line of a cycle, and all of it, in bytes of UTF-8. */
export const stepBytesMax = 500
export const cycleBytesMax = 2_000
export const stepsMax = 32

/** A queued call and what is in its way: places in the `blockers` of the same message. */
export interface ToldWait extends Wait {
  readonly by: readonly number[]
}

export type DeadlockMessage =
  /** These calls, mastered by the sender, have waited long. */
  | { readonly kind: 'deadlock-due'; readonly waits: readonly LockRef[] }
  /** Which of these calls do you know to wait, and for whom? Which calls do these parties have queued? */
  | {
      readonly kind: 'deadlock-ask'
      readonly ask: number
      readonly waits: readonly LockRef[]
      readonly parties: readonly Party[]
    }
  | {
      readonly kind: 'deadlock-told'
      readonly ask: number
      readonly waits: readonly ToldWait[]
      readonly blockers: readonly Blocker[]
      readonly calls: readonly QueuedCall[]
      readonly last: boolean
    }
  /** Which of these locks have changed? */
  | {
      readonly kind: 'deadlock-check'
      readonly ask: number
      readonly locks: readonly LockVersion[]
    }
  | {
      readonly kind: 'deadlock-checked'
      readonly ask: number
      readonly changed: readonly LockRef[]
    }
  /** This call loses, unless it has changed. */
  | {
      readonly kind: 'deadlock-victim'
      readonly ask: number
      readonly wait: LockVersion
      readonly cycle: readonly string[]
    }
  | { readonly kind: 'deadlock-ended'; readonly ask: number; readonly denied: boolean }

const kind: Check = () => true
const number = isUint()
const party = isText(partyLengthMax)
const ref = { holder: number, lock: number }
const version = { ...ref, version: number }
const isRef = isRecordOf(ref)
const isVersion = isRecordOf(version)
const isBlocker = isRecordOf({ ...version, party, words: isText(blockerWordsMax) })
const isWait = isRecordOf({
  ...version,
  party,
  priority: isUint(255),
  waitedMs: number,
  words: isText(waitWordsMax),
  by: isListOf(isUint(itemsPerToldMax - 1), blockersPerWaitMax),
})

const isMessage: Check = isVariantOf({
  'deadlock-due': isRecordOf({ kind, waits: isListOf(isRef, waitsPerMessageMax) }),
  'deadlock-ask': isRecordOf({
    kind,
    ask: number,
    waits: isListOf(isRef, waitsPerMessageMax),
    parties: isListOf(party, partiesPerMessageMax),
  }),
  'deadlock-told': isRecordOf({
    kind,
    ask: number,
    waits: isListOf(isWait, waitsPerMessageMax),
    blockers: isListOf(isBlocker, itemsPerToldMax),
    calls: isListOf(isRecordOf({ lock: number, master: number }), itemsPerToldMax),
    last: isFlag,
  }),
  'deadlock-check': isRecordOf({ kind, ask: number, locks: isListOf(isVersion, locksPerCheckMax) }),
  'deadlock-checked': isRecordOf({
    kind,
    ask: number,
    changed: isListOf(isRef, locksPerCheckMax),
  }),
  'deadlock-victim': isRecordOf({
    kind,
    ask: number,
    wait: isVersion,
    cycle: isListOf(isText(stepBytesMax), stepsMax),
  }),
  'deadlock-ended': isRecordOf({ kind, ask: number, denied: isFlag }),
})

/** A table of checks. A test holds it against the zod schema of record. */
export function isDeadlockMessage(value: unknown): value is DeadlockMessage {
  return isMessage(value)
}
