import type { TransportLimits } from '@holdfast/transport'

/** What both ends of a WebSocket are told. */
export interface SocketSettings {
  readonly perMessageDeflate: false
  readonly maxPayload: number
  readonly maxFragments: number
  readonly maxBufferedChunks: number
  readonly closeTimeout: number
  readonly skipUTF8Validation: boolean
}

/** We never cut a frame into fragments; some proxies do, a little. */
const FRAGMENTS_MAX = 4

/** The smallest piece in which TCP brings a frame on any path (the IPv4 default segment, RFC 9293). */
const SEGMENT_BYTES_MIN = 512

/** How long a closing connection may take to say goodbye, ms. */
const CLOSE_MS = 500

/**
 * The library's defaults let a peer send 100 MiB as one frame in 16,384 fragments, and its client
 * side offers compression (CVE-2026-48779 for the fragments). All of it is bounded here.
 */
export function socketSettings(limits: TransportLimits): SocketSettings {
  return {
    perMessageDeflate: false,
    maxPayload: limits.frameBytesMax,
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: Math.max(64, Math.ceil(limits.frameBytesMax / SEGMENT_BYTES_MIN)),
    closeTimeout: CLOSE_MS,
    skipUTF8Validation: false,
  }
}
