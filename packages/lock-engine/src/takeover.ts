/**
 * Who masters a resource after a change of view: one rule, applied alike by holders, masters and
 * directories, from agreed data only.
 *
 *   A resource moves in view v when its master is not an eligible member of v under the same
 *   `joined`, or when its master got it by a takeover in a view that is not known to have been
 *   active (`takenOver > v.settled`). It moves to its directory node in v.
 *
 * That all who refer to a resource agree on its master, also those who skipped views, is proved in
 * the documentation of the recovery package. Without the second half they would not: who skipped the
 * view of the takeover would still believe in the old master.
 */
import type { NodeId } from '@holdfast/primitives'
import { directoryNode } from './rendezvous.ts'
import type { ResourceKey } from './resource-key.ts'
import type { EngineView, Mastery } from './view.ts'

/** A view beside the one installed before it, prepared for many questions. */
export interface ViewChange {
  readonly view: EngineView
  /** Members whose process is not in the view any more, although its name may be. */
  readonly lost: ReadonlySet<NodeId>
  /** Where the rule puts the resource. The same object when it stays. */
  apply(key: ResourceKey, mastery: Mastery): Mastery
  directory(key: ResourceKey): NodeId
  /** Every member has installed the view before this one, so all know the same of it. */
  readonly followsActive: boolean
}

export function changeTo(view: EngineView, before: EngineView | undefined): ViewChange {
  const eligible = eligibleMembers(view)
  // Not the fallback of `eligibleMembers`: whoever began to leave never counts as staying again.
  const isStaying = new Set(view.members.filter((member) => member.eligible).map(({ id }) => id))
  const lost = lostMembers(view, before)
  const directory = (key: ResourceKey): NodeId => directoryNode(key, eligible)
  return {
    view,
    lost,
    directory,
    followsActive: view.settled === view.epoch - 1 && before?.epoch === view.epoch - 1,
    apply(key, mastery) {
      const stays = isStaying.has(mastery.master) && !lost.has(mastery.master)
      const settled = mastery.takenOver <= view.settled
      if (stays && settled) return mastery
      return { master: directory(key), takenOver: view.epoch }
    },
  }
}

/** The members that may master. When all are leaving, somebody has to do it until the end. */
export function eligibleMembers(view: EngineView): readonly NodeId[] {
  const eligible = view.members.filter((member) => member.eligible)
  return (eligible.length > 0 ? eligible : view.members).map((member) => member.id)
}

function lostMembers(view: EngineView, before: EngineView | undefined): ReadonlySet<NodeId> {
  const lost = new Set<NodeId>()
  for (const { id, joined } of before?.members ?? []) {
    const stays = view.members.some((member) => member.id === id && member.joined === joined)
    if (!stays) lost.add(id)
  }
  return lost
}
