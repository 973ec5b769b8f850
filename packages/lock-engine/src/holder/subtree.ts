/** Locks below locks. */
import { flag, has } from '../flags.ts'
import type { HeldLock } from './lock.ts'

/** The lock and all below it, each behind those above it. */
export function atOrBelow(lock: HeldLock): readonly HeldLock[] {
  const found = [lock]
  // Grows while it is gone through.
  for (const { below } of found) for (const one of below ?? []) found.push(one)
  return found
}

/** Not when its request has failed, and only the answer to a cancel is awaited. */
export function isThere({ granted, pending }: HeldLock): boolean {
  return granted !== undefined || pending !== undefined
}

/**
 * The order in which locks can be given up: the key of a lock is longer than those above it. Those on
 * one resource that wait for something go first, so that the others do not get it for them; then the
 * oldest, since what those leave of a value block is what the younger ones wait for.
 */
export function deepestFirst(locks: readonly HeldLock[]): readonly HeldLock[] {
  return [...locks].sort(
    (a, b) => b.key.length - a.key.length || waits(b) - waits(a) || a.number - b.number,
  )
}

function waits({ pending }: HeldLock): number {
  return pending === undefined ? 0 : 1
}

/** What of a session outlives it: persistent locks that are granted, and all that they are below. */
export function keptAsOrphans(locks: Iterable<HeldLock>): ReadonlySet<HeldLock> {
  const kept = new Set<HeldLock>()
  for (const lock of locks) {
    const { traits, granted, unlock } = lock
    if (!has(traits, flag.persistent) || granted === undefined || unlock !== undefined) continue
    for (let one: HeldLock | undefined = lock; one !== undefined; one = one.parent) kept.add(one)
  }
  return kept
}
