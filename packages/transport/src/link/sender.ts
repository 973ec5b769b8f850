import type { Epoch, Instant, Millis } from '@holdfast/primitives'
import { createFifo } from './fifo.ts'
import { RESEND_FACTOR_MAX } from './limits.ts'
import type { LinkLimits, Sequenced } from './link.ts'

/** What is to be sent: `messages[0]` has the sequence number `first`. */
export interface Batch {
  readonly first: number
  readonly messages: readonly Sequenced[]
}

/**
 * The sending half of a link. Three numbers, always in this order:
 *
 *     acked  <=  sent  <=  acked + min(window, messages in the outbox)
 *
 * The outbox holds the messages `acked + 1` and up. One timer for all of them: a repeat sends the
 * whole window again from the oldest, since the receiver keeps what came out of order and throws
 * away what it has.
 */
export interface Sender {
  push(epoch: Epoch, message: unknown): boolean
  /** The other side consumed everything up to `ack`. `false` when that is impossible. */
  acknowledged(ack: number, now: Instant): boolean
  /** Takes what is due now: `messages` is empty when nothing is. */
  take(now: Instant): Batch
  repeatAll(): void
  deadline(): Instant | undefined
  readonly pending: number
  readonly broken: boolean
}

export function createSender(limits: LinkLimits): Sender {
  const outbox = createFifo<Sequenced>()
  let acked = 0
  let sent = 0
  let pauseMs: Millis = limits.resendMs
  let repeatAt: Instant | undefined
  let repeatNow = false
  let broken = false

  return {
    push(epoch, message) {
      if (broken || outbox.length >= limits.outboxMax) {
        broken = true
        return false
      }
      outbox.push({ epoch, message })
      return true
    },
    acknowledged(ack, now) {
      // Nobody can have consumed what was never sent: such a segment is forged or broken.
      if (ack > sent) return false
      // An acknowledgement that was overtaken by a newer one says nothing new.
      if (ack <= acked) return true
      outbox.drop(ack - acked)
      acked = ack
      pauseMs = limits.resendMs
      repeatAt = sent > acked ? now + pauseMs : undefined
      return true
    },
    take(now) {
      if (repeatAt !== undefined && now >= repeatAt) {
        pauseMs = Math.min(pauseMs * 2, limits.resendMs * RESEND_FACTOR_MAX)
        repeatNow = true
      }
      const first = repeatNow ? acked + 1 : sent + 1
      const last = acked + Math.min(limits.windowMax, outbox.length)
      repeatNow = false
      if (first > last) return { first: sent + 1, messages: [] }
      if (first <= sent || repeatAt === undefined) repeatAt = now + pauseMs
      sent = last
      return { first, messages: outbox.slice(first - acked - 1, last - acked) }
    },
    repeatAll() {
      pauseMs = limits.resendMs
      repeatNow = sent > acked
    },
    deadline: () => repeatAt,
    get pending(): number {
      return outbox.length
    },
    get broken(): boolean {
      return broken
    },
  }
}
