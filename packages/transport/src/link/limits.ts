import { invariant } from '@holdfast/primitives'
import type { LinkLimits } from './link.ts'

/** The limits of a link for which nothing else is asked. */
export const LINK_LIMITS: LinkLimits = {
  windowMax: 1_024,
  outboxMax: 262_144,
  resendMs: 200,
  ackDelayMs: 20,
}

/** The pause between two repeats doubles up to this many times the first one. */
export const RESEND_FACTOR_MAX = 8

export function linkLimits(given: Partial<LinkLimits>): LinkLimits {
  const limits = { ...LINK_LIMITS, ...given }
  invariant(
    Number.isSafeInteger(limits.windowMax) && limits.windowMax >= 1,
    'a link window holds at least one message',
  )
  invariant(limits.outboxMax >= limits.windowMax, 'a link outbox is no smaller than its window')
  invariant(limits.resendMs > 0, 'a link waits before it repeats')
  invariant(limits.ackDelayMs >= 0, 'an acknowledgement delay is not negative')
  return limits
}
