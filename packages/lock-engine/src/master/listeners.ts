import { conflictsWith, type LockMode, rankOf } from '../lock-mode.ts'
import type { LockRange } from '../messages.ts'
import { IntervalTree } from '../ranges/interval-tree.ts'
import { SmallSet } from '../small-set.ts'

/**
 * Granted locks whose holders want to hear what they block, by mode: whom to tell is found without a
 * look at locks that nobody is told of, or that are in nobody's way.
 */
export class Listeners<Item extends object> {
  /** With all of the resource, and with a part of it. */
  readonly #whole: (SmallSet<Item> | undefined)[] = []
  readonly #parts: (IntervalTree<Item> | undefined)[] = []

  add(item: Item, mode: LockMode, range: LockRange | undefined): void {
    const rank = rankOf(mode)
    if (range === undefined) {
      const whole = this.#whole[rank] ?? new SmallSet<Item>()
      whole.add(item)
      this.#whole[rank] = whole
    } else {
      const parts = this.#parts[rank] ?? new IntervalTree<Item>()
      parts.add(range, item)
      this.#parts[rank] = parts
    }
  }

  /** Nothing happens when it is none. */
  delete(item: Item, mode: LockMode, range: LockRange | undefined): void {
    const rank = rankOf(mode)
    if (range === undefined) this.#whole[rank]?.delete(item)
    else this.#parts[rank]?.remove(range, item)
  }

  whole(mode: LockMode): Iterable<Item> {
    return this.#whole[rankOf(mode)] ?? []
  }

  /** Those that are in the way of that mode on a part of the range. */
  inTheWay(mode: LockMode, range: LockRange | undefined): readonly Item[] {
    const found: Item[] = []
    for (const other of conflictsWith(mode)) {
      for (const item of this.whole(other)) found.push(item)
      for (const item of this.#parts[rankOf(other)]?.overlapping(range) ?? []) found.push(item)
    }
    return found
  }
}
