import { invariant } from '@holdfast/primitives'
import type { TransportLimits } from './transport.ts'

/** The limits of a transport for which nothing else is asked. */
export const TRANSPORT_LIMITS: TransportLimits = {
  frameBytesMax: 65_536,
  queuedBytesMax: 8 * 1_024 * 1_024,
  handshakeMs: 3_000,
}

/** Fills in the defaults. For adapters. */
export function transportLimits(given: Partial<TransportLimits> = {}): TransportLimits {
  const limits = { ...TRANSPORT_LIMITS, ...given }
  invariant(limits.frameBytesMax >= 1_024, 'a transport carries frames of at least 1,024 bytes')
  invariant(limits.queuedBytesMax > 0, 'a transport lets some bytes wait')
  invariant(limits.handshakeMs > 0, 'a handshake takes some time')
  return limits
}
