import type { Instant, Millis } from '@holdfast/primitives'

/**
 * How far the clocks of two machines may run apart: one second in a hundred. Quartz is better by
 * more than a factor of ten; what is left is for slewing by time daemons.
 */
const RHO = 0.01

/**
 * Until when a client may trust its locks, by its own clock, after a pong.
 *
 * The node read the ping no earlier than it was sent. From that moment it kept the session for
 * `leaseMs`, and had the right to act for `authorityMs`, both by its own clock. While its fastest
 * clock lets the shorter of the two pass, our slowest sees this much of it (lease inequality).
 */
export function trustUntil(sent: Instant, authorityMs: Millis, leaseMs: Millis): Instant {
  return sent + (Math.min(authorityMs, leaseMs) * (1 - RHO)) / (1 + RHO)
}
