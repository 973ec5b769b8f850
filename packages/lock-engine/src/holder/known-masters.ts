import type { ResourceKey } from '../resource-key.ts'
import type { Mastery } from '../view.ts'

/**
 * Masters of resources on which this node has no lock at present, so that a name that is used again
 * costs no lookup. May be out of date: the master then answers `not-master`. When there are too many
 * the older half is forgotten, all at once: so nothing has to be kept in order. A change of view
 * forgets all.
 */
export class KnownMasters {
  readonly #limit: number
  #newer = new Map<ResourceKey, Mastery>()
  #older = new Map<ResourceKey, Mastery>()

  constructor(limit: number) {
    this.#limit = limit
  }

  remember(key: ResourceKey, mastery: Mastery): void {
    this.#older.delete(key)
    this.#newer.set(key, mastery)
    if (this.#newer.size * 2 < this.#limit) return
    this.#older = this.#newer
    this.#newer = new Map()
  }

  take(key: ResourceKey): Mastery | undefined {
    const mastery = this.#newer.get(key) ?? this.#older.get(key)
    if (mastery === undefined) return undefined
    if (!this.#newer.delete(key)) this.#older.delete(key)
    return mastery
  }

  clear(): void {
    this.#newer.clear()
    this.#older.clear()
  }
}
