import type { Millis } from '@holdfast/primitives'

/** What one engine holds at most. Reaching a limit is a refusal or an observation, never a crash. */
export interface EngineLimits {
  /** Locks of one session, all states. Default 65,536. */
  readonly locksPerSessionMax: number
  /** Locks of all sessions of this node. Default 2,000,000. */
  readonly locksMax: number
  /** Resources that this node remembers the master of without a lock on them. Default 65,536. */
  readonly knownMastersMax: number
  /** How long a resource without locks stays with its master, ms. Default 10,000. */
  readonly idleMs: Millis
  /** Lookups at once before a name that keeps moving has to wait. Default 3. */
  readonly lookupsAtOnce: number
  /** How long it then waits, ms. Default 50. */
  readonly lookupPauseMs: Millis
  /**
   * Holders of all of a resource, and of parts of it, that are looked at for one of the asking session,
   * when a call is queued. What is not found so is found when the deadlock search looks at the call. Default 1,000.
   */
  readonly selfWaitLookMax: number
  /** Resources and locks that are looked at for queries in one turn; the rest waits for the next. Default 100,000. */
  readonly queryLookMax: number
  /** Scans that this node keeps for those who ask page by page; beyond, the one unused for the longest time goes. Default 64. */
  readonly scansMax: number
  /** Queries over the cluster by sessions of this node at a time. Default 64. */
  readonly queriesMax: number
  /** Purges over the cluster by sessions of this node at a time. Default 64. */
  readonly purgesMax: number
}

export const defaultLimits: EngineLimits = {
  locksPerSessionMax: 65_536,
  locksMax: 2_000_000,
  knownMastersMax: 65_536,
  idleMs: 10_000,
  lookupsAtOnce: 3,
  lookupPauseMs: 50,
  selfWaitLookMax: 1_000,
  queryLookMax: 100_000,
  scansMax: 64,
  queriesMax: 64,
  purgesMax: 64,
}

/** A lockspace name and each name of a resource, in bytes. */
export const nameBytesMax = 255
/** Levels of a resource tree, its root included. */
export const levelsMax = 16
/** A lockspace name and all names of a path together, in bytes. */
export const pathBytesMax = 1_024
/** The value block of a resource, in bytes. */
export const valueBytesMax = 1_024
/** The name of an owner, in characters. */
export const ownerLengthMax = 64
export const priorityMax = 255
export const priorityDefault = 128
/** How long a call waits before the deadlock search looks at it, unless its lockspace says otherwise. */
export const deadlockMsDefault: Millis = 1_000
