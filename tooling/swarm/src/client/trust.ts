import type { Instant, Millis } from '@holdfast/primitives'

/**
 * Until when a client may trust its locks after a pong, by its own clock.
 *
 * The node read the ping after `sentAt` and may act for `authorityMs` more of its own time, and the
 * session lives for `leaseMs` more. Two clocks of rates within `rho` may differ over a length of time
 * by the factor (1 - rho) / (1 + rho) at most, so this instant comes before the node's own.
 */
export function trustUntil(
  sentAt: Instant,
  answer: { readonly authorityMs: Millis; readonly leaseMs: Millis },
  rho: number,
): Instant {
  return sentAt + (Math.min(answer.authorityMs, answer.leaseMs) * (1 - rho)) / (1 + rho)
}
