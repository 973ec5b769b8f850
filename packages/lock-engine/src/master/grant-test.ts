import { alternateOf } from '../conversion.ts'
import { flag, has } from '../flags.ts'
import type { Terms } from '../lock-messages.ts'
import { isCompatible, type LockMode } from '../lock-mode.ts'
import { overlaps } from '../ranges/range.ts'
import { showKey } from '../resource-key.ts'
import { isFriend } from './claims.ts'
import type { Copy, Resource } from './resource.ts'

/** When the question is asked. */
export type Occasion =
  /** The request or conversion has just come. */
  | 'new'
  /** It is queued already. */
  | 'queued'
  /** The resource was taken over: the order of conversions was the old master's. */
  | 'taken-over'

/** The mode that the lock may have now: the one it wants, or its alternate. */
export function grantableMode(
  resource: Resource,
  copy: Copy,
  occasion: Occasion,
): LockMode | undefined {
  const { wanted } = copy
  if (wanted === undefined) return undefined
  if (canBeGranted(resource, copy, wanted.mode, occasion)) return wanted.mode
  const alternate = alternateOf(wanted)
  if (alternate === undefined) return undefined
  // The newcomer that would lose a conversion deadlock does not slip out of it.
  const mayQueue = occasion === 'new' && !has(wanted.flags, flag.noQueue)
  if (mayQueue && isConversionDeadlock(resource, copy)) return undefined
  return canBeGranted(resource, copy, alternate, occasion) ? alternate : undefined
}

/**
 * May the lock have that mode, now? The rules in the order of `_can_be_granted` of Linux fs/dlm,
 * which follows the algorithm published for VMS (Davis, VAXcluster Principles, chapter 6).
 */
function canBeGranted(resource: Resource, copy: Copy, mode: LockMode, occasion: Occasion): boolean {
  const { flags, range } = copy.wanted as Terms
  // NL is in nobody's way: in another mode a peer could say what no caller can.
  if (has(flags, flag.expedite) && mode === 'NL') return true

  // Granted modes of others, converting locks included, are always in the way.
  if (resource.isBlocked(copy, mode, range)) return false

  const isConversion = copy.granted !== undefined
  // The old order cannot be rebuilt in every case, and keeping to a wrong one could hang.
  if (isConversion && occasion === 'taken-over') return true
  // In place: a conversion that nothing is in the way of overtakes others, unless it asked not to.
  if (isConversion && occasion === 'new') {
    return !has(flags, flag.queueFair) || resource.converting.size === 0
  }
  if (has(flags, flag.anyOrder)) return true
  if (isConversion) return resource.converting.first === copy

  // New requests come after all conversions, and after those who came before them.
  if (resource.converting.size > 0) return false
  if (occasion === 'new') return resource.waiting.size === 0
  return resource.waiting.first === copy
}

/**
 * A conversion deadlock, in the queue as it becomes with this conversion in it: one ahead wants what
 * this lock's granted mode is in the way of, while this one waits behind it; or one that this one does
 * not wait behind does, and is itself in the way. The newcomer loses, at once
 * (`conversion_deadlock_detect` of Linux fs/dlm, which judges before it looks where the lock goes, and
 * takes a lock that keeps to no order for one that waits behind all others).
 */
export function isConversionDeadlock(resource: Resource, copy: Copy): boolean {
  const { granted, range, wanted } = copy
  if (granted === undefined || wanted === undefined) return false
  if (!resource.conversions.conflict(copy, granted, range)) return false
  if (!has(wanted.flags, flag.atHead | flag.anyOrder)) return true
  for (const other of resource.converting) {
    if (isInTheWay(copy, other) && isInTheWay(other, copy)) return true
  }
  return false
}

/** Whose conversion is ahead and waits for the newcomer to give way: for people. */
export function wordsOfConversionDeadlock(resource: Resource, copy: Copy): string {
  const ahead = resource.converting.find((other) => isInTheWay(copy, other))
  const name = showKey(resource.key)
  if (ahead?.wanted === undefined) return `a conversion on ${name} is ahead and waits for this lock`
  const { holder, session, sessionLock, wanted } = ahead
  return `lock ${sessionLock} of n${holder}/${session} is ahead and waits for ${wanted.mode} on ${name}, where this lock has ${copy.granted}`
}

/** True when what `holder` holds is in the way of what `other` wants. */
export function isInTheWay(holder: Copy, other: Copy): boolean {
  if (holder.granted === undefined || other.wanted === undefined) return false
  if (holder === other || isFriend(holder, other)) return false
  const { mode, range } = other.wanted
  return !isCompatible(holder.granted, mode) && overlaps(holder.range, range)
}
