import type { Epoch, Instant } from '@holdfast/primitives'

/** A message with the epoch of its sender at the time of sending. */
export interface Sequenced {
  readonly epoch: Epoch
  readonly message: unknown
}

/**
 * One piece of a link on its way: what was consumed of the other direction, and messages in order.
 * `first` is the sequence number of `messages[0]`; sequence numbers start at 1.
 */
export interface LinkSegment {
  /** All messages of the other direction up to this number were consumed. */
  readonly ack: number
  readonly first: number
  readonly messages: readonly Sequenced[]
}

export interface LinkLimits {
  /** Unacknowledged messages on the way at most; the rest waits in the outbox. Default 1,024. */
  readonly windowMax: number
  /** Messages in the outbox at most, waiting ones included; over it the link reports `overflow`. Default 262,144. */
  readonly outboxMax: number
  /** Silence before unacknowledged messages are sent again, ms. Default 200, doubling to 1,600. */
  readonly resendMs: number
  /** An acknowledgement without a message to travel with is sent after this long, ms. Default 20. */
  readonly ackDelayMs: number
}

/**
 * One direction pair between two incarnations: ordered, exactly once, over a path that loses,
 * repeats and reorders. Pure: it is told the time and asked what to send.
 */
export interface Link {
  /** Queues a message. `false`: over `outboxMax`; the link is broken for good (never drop one silently). */
  push(epoch: Epoch, message: unknown): boolean
  /** Takes a segment that arrived, in any order, any number of times. Wrong content is ignored and counted. */
  receive(segment: LinkSegment, now: Instant): void
  /** The next message in order, once; `undefined` when there is none yet. Does not acknowledge. */
  peek(): Sequenced | undefined
  /** Takes it out: it counts as consumed and will be acknowledged. */
  consume(): void
  /** What to send now, if anything: new messages within the window, due repeats, due acknowledgements. */
  flush(now: Instant): LinkSegment | undefined
  /** A fresh connection exists: repeat what is unacknowledged at the next flush. */
  reconnected(): void
  deadline(): Instant | undefined
  /** Messages waiting or unacknowledged. */
  readonly pending: number
}
