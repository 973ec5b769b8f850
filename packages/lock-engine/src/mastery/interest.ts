import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { Resource } from '../master/resource.ts'
import type { Interest } from './activity.ts'

/**
 * In a tree that is open and may move: what is mastered by hash stays where that leads. No more locks
 * are counted than it may have to move.
 */
export function interestIn(
  core: Core,
  root: Resource | undefined,
  locksMax: number,
): Interest | undefined {
  if (root?.state !== 'open' || root.byHash) return undefined
  if (core.attributesOf(root.key).mastering === 'hash') return undefined
  return interestOf(root, locksMax)
}

function interestOf(root: Resource, locksMax: number): Interest {
  let locks = 0
  const holders = new Set<NodeId>()
  for (const resource of root.tree()) {
    for (const { holder } of resource.copies()) {
      locks += 1
      if (locks > locksMax) return { locks, soleHolder: undefined }
      if (holders.size < 2) holders.add(holder)
    }
  }
  const [first] = holders
  return { locks, soleHolder: holders.size === 1 ? first : undefined }
}
