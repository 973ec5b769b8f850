import type { SessionCall } from '@holdfast/lock-engine/messages'
import type { Incarnation, NodeName } from '@holdfast/primitives'
import type { LinkSegment } from '@holdfast/transport/link'

/** Who a packet came from, as the transport's handshake established it. */
export interface PacketSource {
  readonly node: NodeName
  readonly incarnation: Incarnation
}

/** All that one node says to another in one turn. */
export interface Packet {
  /** Membership messages: may be lost, repeated, reordered. */
  readonly datagrams: readonly unknown[]
  /** The start of the receiver that `link` is meant for; a later start ignores that part. */
  readonly to?: Incarnation
  /** Lock and recovery messages: ordered, exactly once. */
  readonly link?: LinkSegment
}

/** A session as the composition names it: rising, never reused within an incarnation. */
export type SessionNumber = number

export type NodeInput =
  | { readonly kind: 'tick' }
  | { readonly kind: 'packet'; readonly from: PacketSource; readonly packet: Packet }
  /** A fresh connection to a peer exists: what it has not acknowledged goes out again. */
  | { readonly kind: 'peer-up'; readonly peer: PacketSource }
  /** The durable record of that number is on the disk. */
  | { readonly kind: 'stored'; readonly write: number }
  | { readonly kind: 'store-failed'; readonly write: number; readonly reason: string }
  /** The process was suspended without its monotonic clock noticing. */
  | { readonly kind: 'clock-jumped' }
  /** An operator asks the node to hand over its work and go. */
  | { readonly kind: 'leave' }
  /** An external fence confirmed that this start of that node can do no harm any more. */
  | { readonly kind: 'fenced'; readonly node: NodeName; readonly incarnation: Incarnation }
  | { readonly kind: 'session-opened'; readonly session: SessionNumber; readonly label: string }
  | { readonly kind: 'session-call'; readonly session: SessionNumber; readonly call: SessionCall }
  /** The connection of a session has ended, so its owner is gone. */
  | { readonly kind: 'session-gone'; readonly session: SessionNumber }
