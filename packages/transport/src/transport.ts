/**
 * The transport contract: how bytes get from one node to another.
 *
 * A transport opens *channels*. A channel joins two processes that have told each other who they
 * are, and carries frames (opaque bytes). A frame arrives whole or not at all, and unchanged; frames
 * may be lost, repeated or reordered, and a channel may end at any time. Everything stronger
 * (order, exactly-once) is made above it by the link, so an adapter stays small.
 */
import type { Incarnation, Millis, NodeName } from '@holdfast/primitives'

/** Who a process is. Two channels are to the same peer only if all three are equal. */
export interface PeerIdentity {
  /** The cluster's name: 1 to 64 characters of `a-z A-Z 0-9 . _ -`. A channel never joins two clusters. */
  readonly cluster: string
  readonly node: NodeName
  readonly incarnation: Incarnation
}

export interface TransportLimits {
  /** The largest frame that `send` takes, in bytes. At least 1,024. */
  readonly frameBytesMax: number
  /** How many bytes may wait in one channel before `send` says `false`. */
  readonly queuedBytesMax: number
  /** How long the two sides may take to tell each other who they are, in milliseconds. */
  readonly handshakeMs: Millis
}

/** Where to dial, and whom the dialer expects there. */
export interface DialTarget {
  /** In the adapter's own form, e.g. `ws://127.0.0.1:7400`. */
  readonly address: string
  /** When given, a peer with another name is refused with `wrong-peer`. */
  readonly node?: NodeName
}

export interface Transport {
  readonly local: PeerIdentity
  readonly limits: TransportLimits
  /**
   * Starts to accept channels. Resolves to the address that others dial.
   * Rejects with `TransportError` (`listen-failed`), or with the signal's reason.
   */
  listen(options?: { readonly signal?: AbortSignal }): Promise<string>
  /**
   * Opens a channel; resolves when both sides know who the other is.
   * Rejects with `TransportError`: `unreachable`, `handshake-timeout`, `wrong-cluster`, `wrong-peer`,
   * `refused`, `closed`; or with the signal's reason.
   */
  dial(target: DialTarget, options?: { readonly signal?: AbortSignal }): Promise<Channel>
  /** Called once for each channel that another process opened. Set before `listen`. */
  onChannel(accept: (channel: Channel) => void): void
  /** Closes every channel and stops to accept. Idempotent; resolves when nothing is left open. */
  close(): Promise<void>
}

export interface Channel {
  readonly remote: PeerIdentity
  /** True on the side that dialed. */
  readonly dialed: boolean
  /**
   * Hands over one frame. Never throws, never waits.
   * `sent`: taken. `full`: taken, but the queue is over its limit: hold back until `onDrain`.
   * `refused`: not taken: the channel is closed, the frame is empty or larger than the limit, or the
   * queue is over twice its limit.
   */
  send(frame: Uint8Array): 'sent' | 'full' | 'refused'
  /** What arrives and happens. Events before the call are kept and delivered in order. Call once. */
  receive(events: ChannelEvents): void
  /** Ends the channel now. Idempotent. `onClose` follows exactly once on both sides, if the other side lives. */
  close(reason?: string): void
}

export interface ChannelEvents {
  /** The frame's bytes belong to the receiver. Never called after `onClose`. */
  onFrame(frame: Uint8Array): void
  /** After a `full`: the queue is below its limit again. */
  onDrain?(): void
  /** The channel has ended: exactly once. */
  onClose(reason: string): void
}
