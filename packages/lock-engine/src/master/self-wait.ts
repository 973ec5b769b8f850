import { flag, has } from '../flags.ts'
import type { Terms } from '../lock-messages.ts'
import { showKey } from '../resource-key.ts'
import { isInTheWay } from './grant-test.ts'
import type { Copy } from './resource.ts'

/**
 * A lock of the same session that is in the way of a call, in words: the session would wait for
 * itself. Not for calls and locks with an owner of their own. At most so many holders of all of the
 * resource are looked at, and as many of parts of it.
 */
export function ownLockInTheWay(waiter: Copy, lookMax: number): string | undefined {
  if (!isOfSession(waiter)) return undefined
  const own = findOwn(waiter, lookMax)
  if (own === undefined) return undefined
  const { mode } = waiter.wanted as Terms
  const name = showKey(waiter.resource.key)
  return `the session waits for ${mode} on ${name}, which its own lock ${own.sessionLock} holds in ${own.granted}`
}

function findOwn(waiter: Copy, lookMax: number): Copy | undefined {
  const { resource, wanted } = waiter
  const { mode, range } = wanted as Terms
  let found: Copy | undefined
  let looked = 0
  /** True when it is enough. */
  const visit = (holder: Copy): boolean => {
    if (isOwn(holder, waiter)) found = holder
    looked += 1
    return found !== undefined || looked >= lookMax
  }
  resource.held.somePart(mode, range, visit)
  if (found !== undefined) return found
  looked = 0
  for (const holder of resource.wholeHolders()) if (visit(holder)) break
  return found
}

function isOwn(holder: Copy, waiter: Copy): boolean {
  const isSame = holder.holder === waiter.holder && holder.session === waiter.session
  if (!isSame || !isOfSession(holder) || holder.orphan) return false
  return !has(holder.traits, flag.noDeadlockBlock) && isInTheWay(holder, waiter)
}

/** Its party is its session. */
function isOfSession({ owner, traits }: Copy): boolean {
  return owner === undefined && !has(traits, flag.alone)
}
