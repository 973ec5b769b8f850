import type { View } from '@holdfast/membership'
import type { NodeName } from '@holdfast/primitives'
import type { World } from '../world.ts'
import type { WorldNode } from '../world-node.ts'

interface RecordShape {
  readonly storageId?: string
  readonly view?: View
  readonly accepted?: { readonly view?: View }
}

/**
 * A cluster that lost the disks of a quorum is lost for good; that is not a fault to survive. So a
 * disk may be lost only when in each view that may count the others still hold a quorum by their disks.
 */
export function mayLoseDisk(world: World, victim: WorldNode): boolean {
  const views = [...knownViews(world)]
  return views.length > 0 && views.every((view) => hasQuorumWithout(world, view, victim))
}

function* knownViews(world: World): Generator<View> {
  for (const node of world.nodes) {
    const record = node.disk.record as RecordShape | undefined
    if (record?.view !== undefined) yield record.view
    if (record?.accepted?.view !== undefined) yield record.accepted.view
    const installed = node.machine?.view
    if (installed !== undefined) yield installed
  }
}

function hasQuorumWithout(world: World, view: View, victim: WorldNode): boolean {
  const sound = new Set<string>()
  for (const node of world.nodes) {
    const record = node.disk.record as RecordShape | undefined
    const voter = view.voters.find(({ node: name }) => name === node.name)
    if (node !== victim && voter !== undefined && record?.storageId === voter.storageId) {
      sound.add(node.name)
    }
  }
  return holdsQuorum(view, sound)
}

interface Electorate {
  readonly voters: readonly { readonly node: NodeName; readonly votes: number }[]
  readonly tieBreaker?: NodeName | undefined
}

/** More than half of the votes, or half of them with the tie breaker. */
export function holdsQuorum(view: Electorate, names: ReadonlySet<NodeName>): boolean {
  let total = 0
  let present = 0
  for (const { node, votes } of view.voters) {
    total += votes
    if (names.has(node)) present += votes
  }
  if (2 * present !== total) return 2 * present > total
  return view.tieBreaker !== undefined && names.has(view.tieBreaker)
}
