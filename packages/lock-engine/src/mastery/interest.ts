import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { Resource } from '../master/resource.ts'
import type { Interest } from './activity.ts'

/** In a tree that is open and may move: what is mastered by hash stays where that leads. */
export function interestIn(core: Core, root: Resource | undefined): Interest | undefined {
  if (root?.state !== 'open' || core.attributesOf(root.key).mastering === 'hash') return undefined
  return interestOf(root)
}

function interestOf(root: Resource): Interest {
  let locks = 0
  const holders = new Set<NodeId>()
  for (const resource of root.tree()) {
    for (const { holder } of resource.copies()) {
      locks += 1
      if (holders.size < 2) holders.add(holder)
    }
  }
  const [first] = holders
  return { locks, soleHolder: holders.size === 1 ? first : undefined }
}
