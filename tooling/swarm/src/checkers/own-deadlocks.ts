import type { EventFact } from '../facts.ts'
import type { KnownLock, KnownLocks } from '../onlooker/known-locks.ts'
import { type Checker, Violation } from './checker.ts'
import { isOfParties } from './deadlocks.ts'
import { areCompatible } from './lock-modes.ts'

const NAME = 'own-deadlocks'

/**
 * A call that loses at once had a reason of its own: a conversion, another one on the same resource that
 * was under way; a session that waits for itself, another lock of the same session there, that has
 * neither an owner nor is alone.
 */
export function createOwnDeadlocks(locks: KnownLocks): Checker {
  /** Conversions, by resource, that were under way a moment ago. */
  const conversions = new Map<string, Set<string>>()
  const judge = ({ process, session, event }: EventFact): void => {
    if (event.kind !== 'completion' || event.outcome !== 'deadlock') return
    if (isOfParties(event.reason)) return
    const lock = locks.get(process.incarnation, session, event.lock)
    if (lock === undefined) return
    const others = conversions.get(lock.resource)
    const isOfConversions = [...(others ?? [])].some((key) => key !== lock.key)
    if (isOfConversions || waitsForItself(locks, lock)) return
    throw new Violation(
      NAME,
      `call ${event.call} of session ${session} of ${process.node} ended as a deadlock, and nothing of the kind was there: ${event.reason}`,
    )
  }
  return {
    name: NAME,
    onCall({ process, session, call }) {
      if (call.kind !== 'convert') return
      const lock = locks.get(process.incarnation, session, call.lock)
      if (lock === undefined) return
      const known = conversions.get(lock.resource) ?? new Set()
      conversions.set(lock.resource, known.add(lock.key))
    },
    onEvent: judge,
  }
}

function waitsForItself(locks: KnownLocks, waiter: KnownLock): boolean {
  if (waiter.owner !== undefined || waiter.alone) return false
  for (const other of locks.all()) {
    if (other === waiter || other.session !== waiter.session) continue
    if (other.resource !== waiter.resource || other.owner !== undefined || other.alone) continue
    if (other.mode !== undefined && !areCompatible(other.mode, 'EX')) return true
    if (other.pending !== undefined) return true
  }
  return false
}
