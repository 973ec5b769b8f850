/**
 * The sessions of one node: who is connected, and until when each may be silent.
 *
 * A session ends when its owner says so, when its connection ends, when nothing was heard from it
 * for its lease, or when the node may no longer act. There is no timer per session: sessions stand in
 * the order in which they were last heard, so the first one is always the next to expire.
 */
import { type Instant, type Millis, Queue, type Queued } from '@holdfast/primitives'
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

interface Heard extends Queued<Heard> {
  readonly session: SessionNumber
  at: Instant
}

export function createSessions(leaseMs: Millis): Sessions {
  const sessions = new Map<SessionNumber, Heard>()
  const byAge = new Queue<Heard>()

  const end = (session: SessionNumber): boolean => {
    const known = sessions.get(session)
    if (known === undefined) return false
    byAge.remove(known)
    return sessions.delete(session)
  }
  return {
    open(session, now) {
      end(session)
      const heard: Heard = { session, at: now, before: undefined, behind: undefined }
      sessions.set(session, heard)
      byAge.addLast(heard)
    },
    has: (session) => sessions.has(session),
    heard(session, now) {
      const known = sessions.get(session)
      if (known === undefined) return
      byAge.remove(known)
      known.at = now
      byAge.addLast(known)
    },
    end,
    expire(now) {
      const expired: SessionNumber[] = []
      for (const { session, at } of byAge) {
        if (at + leaseMs > now) break
        end(session)
        expired.push(session)
      }
      return expired
    },
    endAll() {
      const all = [...byAge].map(({ session }) => session)
      for (const session of all) end(session)
      return all
    },
    deadline() {
      const { first } = byAge
      return first === undefined ? undefined : first.at + leaseMs
    },
    get size(): number {
      return sessions.size
    },
  }
}
