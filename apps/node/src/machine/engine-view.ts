import type { View } from '@holdfast/membership'
import type { NodeId, NodeName } from '@holdfast/primitives'
import type { RecoveryView } from '@holdfast/recovery'

/** What the lock layer needs to know of an agreed view; nothing on a witness, which is no member. */
export function toRecoveryView(view: View, self: NodeName): RecoveryView | undefined {
  const own = view.members.find((member) => member.node === self)
  if (own === undefined) return undefined
  return {
    epoch: view.epoch,
    settled: view.settled,
    self: own.id,
    members: view.members.map(({ id, node, joined, leaving, weight }) => ({
      id,
      joined,
      eligible: !leaving,
      weight,
      name: node,
    })),
    notes: view.notes.map(({ text }) => text),
    evicted: view.ghosts.flatMap(({ node }) => idOf(view, node)),
  }
}

/** None when the name was forgotten. */
function idOf({ names }: View, node: NodeName): readonly NodeId[] {
  const name = names.find((known) => known.node === node)
  return name === undefined ? [] : [name.id]
}
