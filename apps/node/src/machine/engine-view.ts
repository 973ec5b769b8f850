import type { View } from '@holdfast/membership'
import type { NodeName } from '@holdfast/primitives'
import { invariant } from '@holdfast/primitives'
import type { RecoveryView } from '@holdfast/recovery'

/** What the lock layer needs to know of an agreed view. */
export function toRecoveryView(view: View, self: NodeName): RecoveryView {
  const own = view.members.find((member) => member.node === self)
  invariant(own !== undefined, 'a node installs only views that it is a member of')
  return {
    epoch: view.epoch,
    settled: view.settled,
    self: own.id,
    members: view.members.map(({ id, joined, leaving }) => ({ id, joined, eligible: !leaving })),
  }
}
