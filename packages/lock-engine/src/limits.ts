/** What one engine holds at most. Reaching a limit is a refusal or an observation, never a crash. */
export interface EngineLimits {
  /** Locks of one session, all states. Default 65,536. */
  readonly locksPerSessionMax: number
  /** Locks of all sessions of this node. Default 2,000,000. */
  readonly locksMax: number
  /** Resources that this node remembers the master of without a lock on them. Default 65,536. */
  readonly knownMastersMax: number
  /** How long a resource without locks stays with its master, ms. Default 10,000. */
  readonly idleMs: number
  /** Lookups at once before a name that keeps moving has to wait. Default 3. */
  readonly lookupsAtOnce: number
  /** How long it then waits, ms. Default 50. */
  readonly lookupPauseMs: number
}

export const defaultLimits: EngineLimits = {
  locksPerSessionMax: 65_536,
  locksMax: 2_000_000,
  knownMastersMax: 65_536,
  idleMs: 10_000,
  lookupsAtOnce: 3,
  lookupPauseMs: 50,
}

/** The name of a lockspace in characters, and of a resource in bytes of UTF-8. */
export const spaceLengthMax = 64
export const nameBytesMax = 255
/** The value block of a resource, in bytes. */
export const valueBytesMax = 1_024
