import type { ResourceKey } from '../resource-key.ts'
import type { Mastery } from '../view.ts'

/**
 * Masters of resources on which this node has no lock at present, so that a name that is used again
 * costs no lookup. May be out of date: the master then answers `not-master`. The oldest is forgotten
 * first; a change of view forgets all.
 */
export class KnownMasters {
  readonly #limit: number
  readonly #masters = new Map<ResourceKey, Mastery>()

  constructor(limit: number) {
    this.#limit = limit
  }

  remember(key: ResourceKey, mastery: Mastery): void {
    this.#masters.delete(key)
    this.#masters.set(key, mastery)
    if (this.#masters.size <= this.#limit) return
    for (const oldest of this.#masters.keys()) {
      this.#masters.delete(oldest)
      return
    }
  }

  take(key: ResourceKey): Mastery | undefined {
    const mastery = this.#masters.get(key)
    if (mastery !== undefined) this.#masters.delete(key)
    return mastery
  }

  clear(): void {
    this.#masters.clear()
  }
}
