import { linkLimits } from './limits.ts'
import type { Link, LinkLimits, LinkSegment } from './link.ts'
import { createReceiver } from './receiver.ts'
import { createSender } from './sender.ts'

/** Creates one end of a link; limits that are not given have their defaults. */
export function createLink(given: Partial<LinkLimits> = {}): Link {
  const limits = linkLimits(given)
  const sender = createSender(limits)
  const receiver = createReceiver(limits)
  let ignored = 0

  return {
    push: (epoch, message) => sender.push(epoch, message),
    receive(segment, now) {
      receiver.seen(now)
      if (!isSegment(segment) || !sender.acknowledged(segment.ack, now)) {
        ignored += 1
        return
      }
      receiver.take(segment, now)
    },
    peek: () => receiver.peek(),
    consume: () => receiver.consume(),
    flush(now) {
      receiver.seen(now)
      const { first, messages } = sender.take(now)
      const owedAt = receiver.deadline()
      if (messages.length === 0 && (owedAt === undefined || owedAt > now)) return undefined
      return { ack: receiver.acknowledge(), first, messages }
    },
    reconnected: () => sender.repeatAll(),
    deadline() {
      const repeatAt = sender.deadline()
      const owedAt = receiver.deadline()
      if (repeatAt === undefined) return owedAt
      return owedAt === undefined ? repeatAt : Math.min(repeatAt, owedAt)
    },
    get pending(): number {
      return sender.pending
    },
    get held(): number {
      return receiver.held
    },
    get broken(): boolean {
      return sender.broken
    },
    get ignored(): number {
      return ignored
    },
  }
}

/** A segment comes from a peer: the types are a claim that is checked here. */
function isSegment(value: unknown): value is LinkSegment {
  if (typeof value !== 'object' || value === null) return false
  const { ack, first, messages } = value as Partial<LinkSegment>
  if (!Number.isSafeInteger(ack) || (ack as number) < 0) return false
  if (!Number.isSafeInteger(first) || (first as number) < 1) return false
  if (!Array.isArray(messages)) return false
  if (!Number.isSafeInteger((first as number) + messages.length)) return false
  return messages.every(isSequenced)
}

function isSequenced(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { epoch } = value as { epoch?: unknown }
  return Number.isSafeInteger(epoch) && (epoch as number) >= 0
}
