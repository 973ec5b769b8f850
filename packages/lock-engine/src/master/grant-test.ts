import { type Copy, firstOf, type Resource } from './resource.ts'

/** When the question is asked. */
export type Occasion =
  /** The request or conversion has just come. */
  | 'new'
  /** It is queued already. */
  | 'queued'
  /** The resource was taken over: the order of conversions was the old master's. */
  | 'taken-over'

/**
 * May the lock have the mode it wants, now? The rules in the order of `_can_be_granted` of Linux
 * fs/dlm, which follows the algorithm published for VMS (Davis, VAXcluster Principles, chapter 6).
 */
export function canBeGranted(resource: Resource, copy: Copy, occasion: Occasion): boolean {
  const { wanted } = copy
  if (wanted === undefined) return false

  // Granted modes of others, converting locks included, are always in the way.
  if (resource.isBlocked(copy, wanted.mode)) return false

  if (copy.granted !== undefined) {
    // The old order cannot be rebuilt in every case, and keeping to a wrong one could hang.
    if (occasion === 'taken-over') return true
    // In place: a conversion that nothing is in the way of overtakes others, unless it asked not to.
    if (occasion === 'new') return !wanted.queueFair || resource.converting.size === 0
    return firstOf(resource.converting) === copy
  }

  // New requests come after all conversions, and after those who came before them.
  if (resource.converting.size > 0) return false
  if (occasion === 'new') return resource.waiting.size === 0
  return firstOf(resource.waiting) === copy
}

/**
 * A conversion deadlock: a conversion that is ahead of this one waits for a mode that this lock's
 * granted mode is in the way of, while this one waits behind it. The newcomer loses, at once
 * (`conversion_deadlock_detect` of Linux fs/dlm, the case of locks ahead).
 */
export function isConversionDeadlock(resource: Resource, copy: Copy): boolean {
  return copy.granted !== undefined && resource.someConversionIsBlockedBy(copy.granted)
}
