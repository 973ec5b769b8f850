import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import type { Terms } from '../lock-messages.ts'
import { showKey } from '../resource-key.ts'
import { isInTheWay } from './grant-test.ts'
import type { Copy } from './resource.ts'

/**
 * A lock of the same session that is in the way of a call, in words: the session would wait for
 * itself. Not for calls and locks with an owner of their own. Among locks with all of the resource only
 * so many are looked at: what is not found here is found when the deadlock search comes to the call.
 */
export function ownLockInTheWay(core: Core, waiter: Copy): string | undefined {
  if (!isOfSession(waiter)) return undefined
  const own = findOwn(core, waiter)
  if (own === undefined) return undefined
  const { mode } = waiter.wanted as Terms
  const name = showKey(waiter.resource.key)
  return `the session waits for ${mode} on ${name}, which its own lock ${own.sessionLock} holds in ${own.granted}`
}

function findOwn(core: Core, waiter: Copy): Copy | undefined {
  const { resource, wanted } = waiter
  const { mode, range } = wanted as Terms
  let found: Copy | undefined
  const visit = (holder: Copy): boolean => {
    if (isOwn(holder, waiter)) found = holder
    return found !== undefined
  }
  if (resource.held.somePart(mode, range, visit)) return found
  let looked = 0
  for (const holder of resource.wholeHolders()) {
    looked += 1
    if (looked > core.limits.selfWaitLookMax) return undefined
    if (visit(holder)) return found
  }
  return undefined
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
