import { invariant } from '@holdfast/primitives'
import { conflictsWith, type LockMode, lockModes, rankOf } from '../lock-mode.ts'
import type { LockRange } from '../messages.ts'
import { IntervalTree } from '../ranges/interval-tree.ts'

/** A lock, as far as it matters for whether two are in each other's way. */
export interface Claimant {
  /** Locks of one explicit owner are never in each other's way. */
  readonly owner: string | undefined
}

/**
 * What a set of locks hold, or want: mode and range of each. Answers whether something is in the way
 * of a mode and range without looking at each lock: locks with all of the resource are counted by
 * mode, the others stand in one interval tree a mode.
 */
export class Claims<Item extends Claimant> {
  /** Of locks with all of the resource, by rank. */
  #whole: number[] | undefined
  /** Of the whole ones, those with an explicit owner, again by mode. */
  #owners: Map<string, number[]> | undefined
  #parts: (IntervalTree<Item> | undefined)[] | undefined

  add(item: Item, mode: LockMode, range: LockRange | undefined): void {
    if (range === undefined) this.#count(item, mode, 1)
    else this.#partsOf(rankOf(mode)).add(range, item, item.owner ?? item)
  }

  remove(item: Item, mode: LockMode, range: LockRange | undefined): void {
    if (range === undefined) this.#count(item, mode, -1)
    else {
      const isFound = this.#partsOf(rankOf(mode)).remove(range, item)
      invariant(isFound, 'what a lock claims is found where it was put')
    }
  }

  count(mode: LockMode): number {
    const rank = rankOf(mode)
    return (this.#whole?.[rank] ?? 0) + (this.#parts?.[rank]?.size ?? 0)
  }

  /** The modes of all claims, as bits by rank. */
  get bits(): number {
    let bits = 0
    for (let rank = 0; rank < lockModes.length; rank += 1) {
      const some = (this.#whole?.[rank] ?? 0) > 0 || (this.#parts?.[rank]?.size ?? 0) > 0
      if (some) bits |= 1 << rank
    }
    return bits
  }

  /**
   * True when a claim of somebody else is in the way of that mode and range. `own` is the mode that the
   * lock itself claims of the whole resource here.
   */
  conflict(item: Item, mode: LockMode, range: LockRange | undefined, own?: LockMode): boolean {
    for (const other of conflictsWith(mode)) {
      if (this.includes(item, other, range, own)) return true
    }
    return false
  }

  /** True when somebody else claims `mode` on a part of the range. */
  includes(item: Item, mode: LockMode, range: LockRange | undefined, own?: LockMode): boolean {
    const rank = rankOf(mode)
    const whole = this.#whole?.[rank] ?? 0
    if (whole > 0 && whole > this.#friendly(item, mode, own)) return true
    return this.#parts?.[rank]?.someOther(range, item.owner ?? item) === true
  }

  /** Calls `visit` for claims on a part of the resource that conflict; stops at the first true. */
  somePart(mode: LockMode, range: LockRange | undefined, visit: (other: Item) => boolean): boolean {
    if (this.#parts === undefined) return false
    for (const other of conflictsWith(mode)) {
      if (this.#parts[rankOf(other)]?.some(range, visit) === true) return true
    }
    return false
  }

  /** How many of the whole claims in `mode` are the lock's own, or its owner's. */
  #friendly({ owner }: Item, mode: LockMode, own: LockMode | undefined): number {
    if (owner !== undefined) return this.#owners?.get(owner)?.[rankOf(mode)] ?? 0
    return own === mode ? 1 : 0
  }

  #count({ owner }: Item, mode: LockMode, by: number): void {
    const rank = rankOf(mode)
    this.#whole ??= [0, 0, 0, 0, 0, 0]
    this.#whole[rank] = (this.#whole[rank] ?? 0) + by
    if (owner === undefined) return
    this.#owners ??= new Map()
    const counts = this.#owners.get(owner) ?? [0, 0, 0, 0, 0, 0]
    counts[rank] = (counts[rank] ?? 0) + by
    if (counts.every((count) => count === 0)) this.#owners.delete(owner)
    else this.#owners.set(owner, counts)
  }

  #partsOf(rank: number): IntervalTree<Item> {
    this.#parts ??= [undefined, undefined, undefined, undefined, undefined, undefined]
    const parts = this.#parts[rank] ?? new IntervalTree<Item>()
    this.#parts[rank] = parts
    return parts
  }
}

export function isFriend(a: Claimant, b: Claimant): boolean {
  return a.owner !== undefined && a.owner === b.owner
}
