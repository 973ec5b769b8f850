import type { Millis } from '@holdfast/primitives'

/** What bounds one session of a client. */
export interface ClientLimits {
  /** Calls without a completion at most; one more is refused. Default 65,536. */
  readonly pendingCallsMax: number
  /** The longest pause between two pings, ms. The shorter of this and a sixth of the lease counts. Default 400. */
  readonly pingMsMax: Millis
  /** How long a node may take to open a session, ms. Default 5,000. */
  readonly openMs: Millis
}

export const CLIENT_LIMITS: ClientLimits = {
  pendingCallsMax: 65_536,
  pingMsMax: 400,
  openMs: 5_000,
}
