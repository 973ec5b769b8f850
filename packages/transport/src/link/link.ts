import type { Epoch, Instant, Millis } from '@holdfast/primitives'

/** A message with the epoch of its sender at the time of sending. */
export interface Sequenced {
  readonly epoch: Epoch
  readonly message: unknown
}

/**
 * One piece of a link on its way: what was consumed of the other direction, and messages in order.
 * `first` is the sequence number of `messages[0]`; sequence numbers start at 1. A segment may be cut
 * anywhere between two messages, because each piece says by itself where it belongs.
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
  /** Messages in the outbox at most, waiting ones included. Default 262,144. */
  readonly outboxMax: number
  /** Silence before unacknowledged messages are sent again, ms. Default 200, doubling to 1,600. */
  readonly resendMs: Millis
  /** An acknowledgement without a message to travel with is sent after this long, ms. Default 20. */
  readonly ackDelayMs: Millis
}

/**
 * One direction pair between two incarnations: ordered, exactly once, over a path that loses,
 * repeats and reorders. Pure: it is told the time and asked what to send. Its owner calls `flush`
 * at the end of each turn in which it touched the link, and when `deadline()` has passed.
 *
 * A link joins exactly two incarnations. A peer that started again is another peer: it gets a new
 * link, and segments of the old one must not be given to the new one.
 */
export interface Link {
  /** Queues a message. `false`: over `outboxMax`; the link is broken for good (never drop one silently). */
  push(epoch: Epoch, message: unknown): boolean
  /** Takes a segment that arrived, in any order, any number of times. Wrong content is ignored and counted. */
  receive(segment: LinkSegment, now: Instant): void
  /** The next message in order, once; `undefined` when there is none yet. Does not acknowledge. */
  peek(): Sequenced | undefined
  /** Takes it out: it counts as consumed and will be acknowledged. Nothing happens when there is none. */
  consume(): void
  /** What to send now, if anything: new messages within the window, due repeats, due acknowledgements. */
  flush(now: Instant): LinkSegment | undefined
  /** A fresh connection exists: repeat what is unacknowledged at the next flush. */
  reconnected(): void
  /** When the next repeat or acknowledgement is due; new messages go out at the next flush anyway. */
  deadline(): Instant | undefined
  /** Messages waiting or unacknowledged. */
  readonly pending: number
  /** Messages that arrived and wait to be consumed, or for their turn: at most `windowMax`. */
  readonly held: number
  /** True from the first `push` that was refused: the order can no longer be kept. */
  readonly broken: boolean
  /** Segments that no honest peer sends, ignored so far. */
  readonly ignored: number
}
