import type { Epoch, NodeId } from '@holdfast/primitives'
import type { ResourceKey } from '../resource-key.ts'
import type { ViewChange } from '../takeover.ts'
import { entryFor, type Transfer } from '../transfer.ts'
import type { Mastery } from '../view.ts'

/**
 * Trees that this node gave to another master, until that one says that it has them.
 *
 * Until then this node may be the only one that knows where a tree is: its holders may be dead, and the
 * new master may not have heard yet. So it tells the directory of each further view. Without that a
 * directory part that moves meanwhile would open without the name, and appoint a second master. What is
 * told so never counts more than what the new master itself tells later.
 */
export class Givings {
  readonly #given = new Map<ResourceKey, Mastery>()

  add(root: ResourceKey, mastery: Mastery): void {
    this.#given.set(root, mastery)
  }

  taken(from: NodeId, root: ResourceKey, takenOver: Epoch): void {
    const mastery = this.#given.get(root)
    if (mastery?.master === from && mastery.takenOver === takenOver) this.#given.delete(root)
  }

  /** What the directory of the new view must know. */
  install(change: ViewChange): readonly Transfer[] {
    const transfers: Transfer[] = []
    for (const [key, mastery] of this.#given) {
      // Where it moves on, it goes without what this node told: that was for the one that it leaves.
      if (change.apply(key, mastery) !== mastery) this.#given.delete(key)
      else transfers.push(entryFor(change.directory(key), key, mastery))
    }
    return transfers
  }
}
