/**
 * Who masters a resource after a change of view: one rule, applied alike by holders, masters and
 * directories, from agreed data only.
 *
 *   A resource moves in view v when its master is not an eligible member of v under the same
 *   `joined`; when its master got it by a takeover in a view that is not known to have been active
 *   (`takenOver > v.settled`); or when a note of v says that its tree is to leave that very master.
 *   It moves to where the newest note of v about its tree says, if that node may take it over,
 *   and otherwise to its directory node in v.
 *
 * Where it moves to is a function of v alone, so all who move it move it to the same node. That all who
 * refer to a resource agree on its master, also those who skipped views, is proved in the
 * documentation of the recovery package. Without the second condition they would not: who skipped the
 * view of the takeover would still believe in the old master.
 */
import type { NodeId } from '@holdfast/primitives'
import { type Move, moveIn } from './mastery/move.ts'
import { type Candidate, directoryNode } from './rendezvous.ts'
import { type ResourceKey, rootOf } from './resource-key.ts'
import type { EngineMember, EngineView, Mastery } from './view.ts'

/** A view beside the one installed before it, prepared for many questions. */
export interface ViewChange {
  readonly view: EngineView
  /** Members whose process is not in the view any more, although its name may be. */
  readonly lost: ReadonlySet<NodeId>
  /** Where the rule puts the resource. The same object when it stays. */
  apply(key: ResourceKey, mastery: Mastery): Mastery
  directory(key: ResourceKey): NodeId
  /** Where the resource goes in this view, if it moves. */
  goal(key: ResourceKey): NodeId
  /** What the notes of the view take away from this node. */
  readonly takenAway: readonly ResourceKey[]
  /** Every member has installed the view before this one, so all know the same of it. */
  readonly followsActive: boolean
}

export function changeTo(view: EngineView, before: EngineView | undefined): ViewChange {
  const candidates = candidatesOf(view)
  // Not the fallback of `possibleMasters`: whoever began to leave never counts as staying again.
  const isStaying = new Set(view.members.filter((member) => member.eligible).map(({ id }) => id))
  const lost = lostMembers(view, before)
  const moves = movesIn(view)
  const leaves = (key: ResourceKey, master: NodeId): boolean =>
    moves.size > 0 && moves.get(rootOf(key))?.some(({ from }) => from === master) === true
  const directory = (key: ResourceKey): NodeId => directoryNode(rootOf(key), candidates)
  const goal = (key: ResourceKey): NodeId => {
    const to = moves.get(rootOf(key))?.at(-1)?.to
    return candidates.some(({ id }) => id === to) && to !== undefined ? to : directory(key)
  }
  return {
    view,
    lost,
    directory,
    goal,
    takenAway: [...moves.keys()].filter((key) => leaves(key, view.self)),
    followsActive: view.settled === view.epoch - 1 && before?.epoch === view.epoch - 1,
    apply(key, mastery) {
      const { master, takenOver } = mastery
      const stays = isStaying.has(master) && !lost.has(master) && !leaves(key, master)
      const settled = takenOver <= view.settled
      if (stays && settled) return mastery
      return { master: goal(key), takenOver: view.epoch }
    },
  }
}

/** The members that may go on as masters. When all are leaving, somebody has to do it until the end. */
function possibleMasters(view: EngineView): readonly EngineMember[] {
  const eligible = view.members.filter((member) => member.eligible)
  return eligible.length > 0 ? eligible : view.members
}

/** Those that names and resources may be given to: none without weight, unless all are without. */
export function candidatesOf(view: EngineView): readonly Candidate[] {
  const masters = possibleMasters(view)
  const weighty = masters.filter(({ weight }) => weight > 0)
  if (weighty.length === 0) return masters.map(({ id }) => ({ id, weight: 1 }))
  return weighty.map(({ id, weight }) => ({ id, weight }))
}

/** By root, in the order of the notes: the oldest first. */
function movesIn({ notes }: EngineView): ReadonlyMap<ResourceKey, readonly Move[]> {
  const moves = notes.map(moveIn).filter((move) => move !== undefined)
  return Map.groupBy(moves, ({ key }) => key)
}

function lostMembers(view: EngineView, before: EngineView | undefined): ReadonlySet<NodeId> {
  const lost = new Set<NodeId>()
  for (const { id, joined } of before?.members ?? []) {
    const stays = view.members.some((member) => member.id === id && member.joined === joined)
    if (!stays) lost.add(id)
  }
  return lost
}

/** Those that said goodbye had no lock of a session left and were waited for by nobody; who died before that had. */
export function lostWithoutLeaving(
  lost: ReadonlySet<NodeId>,
  { evicted = [] }: EngineView,
  before: EngineView,
): readonly NodeId[] {
  const ids = before.members.filter(({ id, eligible }) => eligible || evicted.includes(id))
  return ids.map(({ id }) => id).filter((id) => lost.has(id))
}
