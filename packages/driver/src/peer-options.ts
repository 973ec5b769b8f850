import type { NodeName } from '@holdfast/primitives'
import type { Packet, PacketCodec, PeerIdentity, Transport } from '@holdfast/transport'
import type { Clock } from './clock.ts'
import type { PeerLimits } from './peer-limits.ts'

/** What happened to a peer's channels, for logs and counters. */
export type PeerFact =
  | { readonly kind: 'channel-opened'; readonly node: NodeName; readonly dialed: boolean }
  | { readonly kind: 'channel-closed'; readonly node: NodeName; readonly reason: string }
  | { readonly kind: 'dial-failed'; readonly node: NodeName; readonly reason: string }
  | { readonly kind: 'silent'; readonly node: NodeName }
  /** A frame that no honest peer sends; its channel was closed. */
  | { readonly kind: 'bad-frame'; readonly node: NodeName; readonly reason: string }
  /** Frames that could not be handed over; the layers above repeat what matters. */
  | { readonly kind: 'dropped'; readonly node: NodeName; readonly frames: number }
  /** A message that fits into no frame. Of a link it comes again and again: its owner gives it up. */
  | { readonly kind: 'oversized'; readonly node: NodeName; readonly message: unknown }

export interface PeerDirectoryOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly codec: PacketCodec
  readonly onPacket: (from: PeerIdentity, packet: Packet) => void
  /** A fresh path to this process exists: repeat what it has not acknowledged. */
  readonly onUp: (peer: PeerIdentity) => void
  readonly observe?: (fact: PeerFact) => void
  readonly limits?: Partial<PeerLimits>
}
