/**
 * The sessions of one node: who is connected, and until when each may be silent.
 *
 * A session ends when its owner says so, when its connection ends, when nothing was heard from it
 * for its lease, or when the node may no longer act. There is no timer per session: sessions stand in
 * the order in which they were last heard, so the first one is always the next to expire.
 */
import type { Instant, Millis } from '@holdfast/primitives'
import type { SessionNumber } from './inputs.ts'

export interface Sessions {
  open(session: SessionNumber, now: Instant): void
  has(session: SessionNumber): boolean
  /** Something was heard: its lease starts anew. */
  heard(session: SessionNumber, now: Instant): void
  end(session: SessionNumber): boolean
  /** Ends and returns those whose lease is over. */
  expire(now: Instant): readonly SessionNumber[]
  /** Ends and returns all. */
  endAll(): readonly SessionNumber[]
  deadline(): Instant | undefined
  readonly size: number
}

export function createSessions(leaseMs: Millis): Sessions {
  const heardAt = new Map<SessionNumber, Instant>()

  const deadline = (): Instant | undefined => {
    for (const at of heardAt.values()) return at + leaseMs
    return undefined
  }
  return {
    open: (session, now) => void heardAt.set(session, now),
    has: (session) => heardAt.has(session),
    heard(session, now) {
      if (heardAt.delete(session)) heardAt.set(session, now)
    },
    end: (session) => heardAt.delete(session),
    expire(now) {
      const expired: SessionNumber[] = []
      for (const [session, at] of heardAt) {
        if (at + leaseMs > now) break
        expired.push(session)
      }
      for (const session of expired) heardAt.delete(session)
      return expired
    },
    endAll() {
      const all = [...heardAt.keys()]
      heardAt.clear()
      return all
    },
    deadline,
    get size(): number {
      return heardAt.size
    },
  }
}
