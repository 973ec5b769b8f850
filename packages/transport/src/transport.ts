/**
 * The transport contract: how bytes get from one process to another.
 *
 * A transport opens *channels*. A channel joins two processes that have told each other who they
 * are, and carries frames (opaque bytes). A frame arrives whole or not at all, and unchanged; frames
 * may be lost, repeated or reordered, and a channel may end at any time. Everything stronger
 * (order, exactly-once) is made above it by the link, so an adapter stays small.
 *
 * What an adapter keeps to, and the conformance kit checks:
 *
 * 1. No event is delivered from inside a call of `send` or `close`: it comes later, by itself.
 * 2. Nothing that the other side sends can throw here; it ends one channel at most.
 * 3. Frames of a channel that was opened come before its `onClose`, never after it.
 * 4. Two dials between the same two processes, in whatever direction, make two channels.
 * 5. What waits is bounded: by `queuedBytesMax` to be sent, and as much before `receive` is called.
 */
import type { Incarnation, Millis, NodeName } from '@holdfast/primitives'

/**
 * What a process is to the cluster. A *peer* takes part in it. A *client* only uses it: it dials and
 * never listens. An adapter that asks for credentials asks for different ones, so that who may be a
 * client cannot speak as a peer.
 */
export type PeerRole = 'peer' | 'client'

/** Who a process is. Two channels are to the same process only if all of it is equal. */
export interface PeerIdentity {
  /** The cluster's name: 1 to 64 characters of `a-z A-Z 0-9 . _ -`. A channel never joins two clusters. */
  readonly cluster: string
  /** A client gives itself a name, e.g. `client-` and 16 random hexadecimal digits. */
  readonly node: NodeName
  readonly incarnation: Incarnation
  readonly role: PeerRole
}

export interface TransportLimits {
  /** The largest frame that `send` takes, in bytes. At least 1,024; default 65,536. */
  readonly frameBytesMax: number
  /** How many bytes may wait in one channel before `send` says `full`. Default 8 MiB. */
  readonly queuedBytesMax: number
  /** How long the two sides may take to tell each other who they are, in milliseconds. Default 3,000. */
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
   * Starts to accept channels. Resolves to the address that others dial. Call once; with the role
   * `client` it is `listen-failed`.
   * Rejects with `TransportError` (`listen-failed`, `closed`), or with the signal's reason.
   */
  listen(options?: { readonly signal?: AbortSignal }): Promise<string>
  /**
   * Opens a channel; resolves when both sides know who the other is.
   * Rejects with `TransportError`: `unreachable`, `handshake-timeout`, `wrong-cluster`, `wrong-peer`,
   * `refused`, `closed`; or with the signal's reason. A signal that fires later changes nothing.
   * Over a path that cannot tell absence from silence, `unreachable` becomes `handshake-timeout`.
   */
  dial(target: DialTarget, options?: { readonly signal?: AbortSignal }): Promise<Channel>
  /** Called once for each channel that another process opened. Set before `listen`. */
  onChannel(accept: (channel: Channel) => void): void
  /** Closes every channel and stops to accept. Idempotent; resolves when nothing is left open. */
  close(): Promise<void>
}

/** What became of a frame: see `Channel.send`. */
export type SendResult = 'sent' | 'full' | 'refused'

export interface Channel {
  readonly remote: PeerIdentity
  /** True on the side that dialed. */
  readonly dialed: boolean
  /**
   * Hands over one frame. Never throws, never waits. The bytes must not be changed afterwards.
   * `sent`: taken. `full`: taken, but the queue is over its limit: hold back until `onDrain`.
   * `refused`: not taken: the channel is closed, the frame is empty or larger than the limit, or the
   * queue is over twice its limit.
   */
  send(frame: Uint8Array): SendResult
  /** What arrives and happens. Events before the call are kept and delivered in order. Call once. */
  receive(events: ChannelEvents): void
  /**
   * Ends the channel now; what is still under way may be lost. Idempotent. `onClose` follows exactly
   * once on both sides, if the other side lives.
   */
  close(reason?: string): void
}

export interface ChannelEvents {
  /**
   * A plain `Uint8Array` (no `Buffer`, whose methods mean other things) whose bytes belong to the
   * receiver. Never called after `onClose`.
   */
  onFrame(frame: Uint8Array): void
  /** After a `full`: the queue is below its limit again. */
  onDrain?(): void
  /** The channel has ended: exactly once. */
  onClose(reason: string): void
}
