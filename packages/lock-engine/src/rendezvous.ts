import { fnv1a, type NodeId } from '@holdfast/primitives'
import type { ResourceKey } from './resource-key.ts'

/** A node that may index names, and how large a part of them it asks for beside the others. */
export interface Candidate {
  readonly id: NodeId
  /** 1 to 10. */
  readonly weight: number
}

/**
 * The directory node of a resource: rendezvous hashing (Thaler and Ravishankar 1998), with as many
 * tickets for each candidate as it has weight. The highest ticket wins, so a candidate wins its part
 * of the names exactly. When one goes, only its own names move; when one comes, only the names that
 * it wins. Whole numbers only: every node computes the same.
 */
export function directoryNode(key: ResourceKey, candidates: readonly Candidate[]): NodeId {
  const hash = fnv1a(key)
  let best = candidates[0]?.id ?? 0
  let highest = -1
  for (const { id, weight } of candidates) {
    for (let number = 0; number < weight; number += 1) {
      const ticket = mix(hash, id + number * ticketStep)
      if (ticket > highest || (ticket === highest && id > best)) {
        best = id
        highest = ticket
      }
    }
  }
  return best
}

/** More than there are nodes, so that no two candidates have a ticket in common. */
const ticketStep = 2 ** 20

/** Two rounds of a 32-bit finalizer, so that neighbouring numbers give unrelated tickets. */
function mix(hash: number, ticket: number): number {
  let x = hash ^ Math.imul(ticket, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
