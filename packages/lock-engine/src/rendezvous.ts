import { fnv1a, type NodeId } from '@holdfast/primitives'
import type { ResourceKey } from './resource-key.ts'

/**
 * The directory node of a resource: the member with the highest weight for its name (rendezvous
 * hashing, Thaler and Ravishankar 1998). When a member goes, only its own names move; when one comes,
 * only the names that it wins.
 */
export function directoryNode(key: ResourceKey, members: readonly NodeId[]): NodeId {
  const hash = fnv1a(key)
  let best = members[0] ?? 0
  let bestWeight = -1
  for (const member of members) {
    const weight = mix(hash, member)
    if (weight > bestWeight || (weight === bestWeight && member > best)) {
      best = member
      bestWeight = weight
    }
  }
  return best
}

/** Two rounds of a 32-bit finalizer, so that neighbouring ids give unrelated weights. */
function mix(hash: number, member: NodeId): number {
  let x = hash ^ Math.imul(member, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
