import type { Instant } from '@holdfast/primitives'
import { createFifo } from './fifo.ts'
import type { LinkLimits, LinkSegment, Sequenced } from './link.ts'

/**
 * The receiving half of a link.
 *
 * `ready` holds the messages `consumed + 1` and up without a gap; `early` holds what came before its
 * turn. Both together never hold more than the window: a message beyond `consumed + windowMax` is
 * not taken, and comes again by the sender's timer.
 */
export interface Receiver {
  /** Takes the messages of a checked segment. */
  take(segment: LinkSegment, now: Instant): void
  peek(): Sequenced | undefined
  consume(): void
  /** The number to acknowledge. Calling this settles the acknowledgement that was owed. */
  acknowledge(): number
  /** When the acknowledgement that is owed must be on its way. */
  deadline(): Instant | undefined
  /** Messages that wait to be consumed, or for their turn: never more than the window. */
  readonly held: number
  /** `now` of the last input, so that `consume` needs none. */
  seen(now: Instant): void
}

export function createReceiver(limits: LinkLimits): Receiver {
  const ready = createFifo<Sequenced>()
  const early = new Map<number, Sequenced>()
  // An acknowledgement may wait for company, but not while it holds up half of the sender's window.
  const unacknowledgedMax = Math.max(1, Math.floor(limits.windowMax / 2))
  let consumed = 0
  let acknowledgedUpTo = 0
  let acknowledgeAt: Instant | undefined
  let lastSeen: Instant = 0

  const owe = (at: Instant): void => {
    if (acknowledgeAt === undefined || at < acknowledgeAt) acknowledgeAt = at
  }
  const keep = (number: number, item: Sequenced): void => {
    if (number !== consumed + ready.length + 1) {
      early.set(number, item)
      return
    }
    early.delete(number)
    ready.push(item)
  }
  const promote = (): void => {
    while (early.size > 0) {
      const number = consumed + ready.length + 1
      const item = early.get(number)
      if (item === undefined) return
      early.delete(number)
      ready.push(item)
    }
  }

  return {
    take(segment, now) {
      const { first, messages } = segment
      const last = Math.min(first + messages.length - 1, consumed + limits.windowMax)
      for (let number = Math.max(first, consumed + ready.length + 1); number <= last; number += 1) {
        keep(number, messages[number - first] as Sequenced)
      }
      promote()
      // A repeat of something consumed means that our acknowledgement was lost on the way.
      if (messages.length > 0 && first <= consumed) owe(now + limits.ackDelayMs)
    },
    peek: () => ready.at(0),
    consume() {
      if (ready.length === 0) return
      ready.drop(1)
      consumed += 1
      const urgent = consumed - acknowledgedUpTo >= unacknowledgedMax
      owe(urgent ? lastSeen : lastSeen + limits.ackDelayMs)
    },
    acknowledge() {
      acknowledgeAt = undefined
      acknowledgedUpTo = consumed
      return consumed
    },
    deadline: () => acknowledgeAt,
    get held(): number {
      return ready.length + early.size
    },
    seen(now) {
      lastSeen = now
    },
  }
}
