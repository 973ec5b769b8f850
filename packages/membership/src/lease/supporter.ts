import type { Instant, Millis } from '@holdfast/primitives'
import { PROMISES_MAX } from '../limits.ts'
import type { Outstanding } from '../messages.ts'
import type { MembershipTiming } from '../timing.ts'
import { type ProcessId, processKey } from '../view.ts'

/**
 * The voter's side of leases: whom it promised to let act, and until when by its own clock.
 *
 * The table outlives views ("outstanding promises are kept across epochs"): a member may lag several
 * views behind and still hold a lease that an old promise backs, and whoever removes it later must
 * learn of that promise.
 */
export interface Supporter {
  /** Promises D from now. False when the table is full. */
  support(process: ProcessId, now: Instant): boolean
  outstanding(now: Instant): Outstanding
  /** Forgets promises that have run out. */
  prune(now: Instant): void
}

/** `restartedAt`: when a process with an earlier life started; absent for a fresh disk. */
export function createSupporter(
  timing: MembershipTiming,
  restartedAt: Instant | undefined,
): Supporter {
  const promises = new Map<string, { readonly process: ProcessId; readonly until: Instant }>()
  // Restart quarantine: the life before may have promised anybody D just before it ended.
  const quarantineUntil = restartedAt === undefined ? undefined : restartedAt + timing.promiseMs

  const remaining = (until: Instant | undefined, now: Instant): Millis =>
    until === undefined ? 0 : Math.max(0, until - now)

  const prune = (now: Instant): void => {
    for (const [key, promise] of promises) {
      const isOver = promise.until <= now
      if (isOver) promises.delete(key)
    }
  }

  return {
    support(process, now) {
      const key = processKey(process)
      if (!promises.has(key) && promises.size >= PROMISES_MAX) return false
      promises.set(key, { process, until: now + timing.promiseMs })
      return true
    },
    outstanding(now) {
      const members = []
      for (const key of [...promises.keys()].sort()) {
        const promise = promises.get(key)
        if (promise === undefined || promise.until <= now) continue
        const { node, incarnation } = promise.process
        members.push({ node, incarnation, ms: remaining(promise.until, now) })
      }
      return { everyoneMs: remaining(quarantineUntil, now), members }
    },
    prune,
  }
}

/** How long one process may still rely on a voter's promise, by that voter's clock. */
export function outstandingFor(outstanding: Outstanding, process: ProcessId): Millis {
  const entry = outstanding.members.find(
    (member) => member.node === process.node && member.incarnation === process.incarnation,
  )
  return Math.max(outstanding.everyoneMs, entry?.ms ?? 0)
}
