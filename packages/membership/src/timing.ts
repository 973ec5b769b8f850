import type { Millis } from '@holdfast/primitives'

/**
 * All lengths of the protocol. Every node of a cluster must have the same ones: a join or a genesis
 * with others is refused, because the lease inequality compares the clocks of two nodes.
 */
export interface MembershipTiming {
  /** Between two heartbeats of one sender. Default 500. */
  readonly heartbeatMs: Millis
  /** Silence after which a peer is suspected: the floor of the adaptive timeout. Default 1500. */
  readonly suspectMs: Millis
  /** D: how long a voter's support for a member lasts, by the voter's clock. Default 3000. */
  readonly promiseMs: Millis
  /** Bound on how much any clock's rate differs from real time, 0 to 0.1. Default 0.01. */
  readonly rho: number
  /** g: longest time between asking `mayContinue` and the effect, in one process. Default 50. */
  readonly guardMs: Millis
  /** A voter without a leader waits once to twice this before it asks for votes. Default 1500. */
  readonly electionMs: Millis
  /** How long a leader gathers evidence before it proposes a view. Default 100. */
  readonly batchMs: Millis
  /** A member that has not installed a decided view after this is evicted by the next. 1500. */
  readonly installMs: Millis
  /** Between two transmissions of an unanswered message. Default 100. */
  readonly retryMs: Millis
  /** The shortest time between two views that only bring notes. Default 5000. */
  readonly notesMs: Millis
}

/** For a local network. */
export const TIMING_DEFAULT: MembershipTiming = {
  heartbeatMs: 500,
  suspectMs: 1500,
  promiseMs: 3000,
  rho: 0.01,
  guardMs: 50,
  electionMs: 1500,
  batchMs: 100,
  installMs: 1500,
  retryMs: 100,
  notesMs: 5000,
}

/** For few nodes on a quiet local network with short event-loop stalls. */
export const TIMING_FAST: MembershipTiming = {
  heartbeatMs: 150,
  suspectMs: 500,
  promiseMs: 1000,
  rho: 0.01,
  guardMs: 20,
  electionMs: 500,
  batchMs: 30,
  installMs: 500,
  retryMs: 30,
  notesMs: 1500,
}

/** For round trips of up to half a second. */
export const TIMING_WAN: MembershipTiming = {
  heartbeatMs: 1000,
  suspectMs: 5000,
  promiseMs: 10_000,
  rho: 0.01,
  guardMs: 100,
  electionMs: 5000,
  batchMs: 300,
  installMs: 5000,
  retryMs: 500,
  notesMs: 10_000,
}

/** How much longer one clock may measure a length than another: (1 + rho) / (1 - rho). */
function rateRatio(rho: number): number {
  return (1 + rho) / (1 - rho)
}

/**
 * L: how long a lease lasts from the send time of the heartbeat that was echoed, by the holder's
 * clock ("lease inequality"): L <= D (1 - rho) / (1 + rho) - g. The holder's L is then over, in
 * real time, before the voter's D is, although D was started later and by another clock.
 */
export function leaseMs(timing: MembershipTiming): Millis {
  return timing.promiseMs / rateRatio(timing.rho) - timing.guardMs
}

/** W(r): how long another clock must wait, from receipt, for a remaining promise `r` to be over. */
export function waitMs(timing: MembershipTiming, remaining: Millis): Millis {
  return remaining * rateRatio(timing.rho)
}

const FIELDS = [
  'heartbeatMs',
  'suspectMs',
  'promiseMs',
  'guardMs',
  'electionMs',
  'batchMs',
  'installMs',
  'retryMs',
  'notesMs',
] as const

/** Sentences on what is wrong with a timing; empty when it may be used. */
export function checkTiming(timing: MembershipTiming): string[] {
  const faults: string[] = []
  for (const field of FIELDS) {
    const value = timing[field]
    const isFine = Number.isFinite(value) && value > 0 && value <= 3_600_000
    if (!isFine) faults.push(`${field} must be above 0 and at most 3600000, not ${value}`)
  }
  if (!(timing.rho >= 0 && timing.rho <= 0.1)) faults.push('rho must be 0 to 0.1')
  if (faults.length > 0) return faults
  const { heartbeatMs, suspectMs, promiseMs } = timing
  if (suspectMs < 2 * heartbeatMs) faults.push('suspectMs must be at least 2 heartbeatMs')
  if (suspectMs >= promiseMs) faults.push('suspectMs must be below promiseMs')
  if (promiseMs < 4 * heartbeatMs) faults.push('promiseMs must be at least 4 heartbeatMs')
  if (leaseMs(timing) <= 2 * heartbeatMs) faults.push('the lease must exceed 2 heartbeatMs')
  if (timing.retryMs > heartbeatMs) faults.push('retryMs must not exceed heartbeatMs')
  return faults
}

/** One text for all lengths: two nodes agree on their timing when they agree on it. */
export function timingText(timing: MembershipTiming): string {
  return [...FIELDS, 'rho' as const].map((field) => `${field}=${timing[field]}`).join(' ')
}
