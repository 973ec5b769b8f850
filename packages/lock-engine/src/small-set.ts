/**
 * A set of what is seldom there, or mostly alone: it takes no room of its own before the second item.
 * Iterates in the order of coming. It may lose items while it is gone through; what comes meanwhile
 * may be left out.
 */
export class SmallSet<Item extends object> {
  #only: Item | undefined
  #items: Set<Item> | undefined

  get size(): number {
    if (this.#items !== undefined) return this.#items.size
    return this.#only === undefined ? 0 : 1
  }

  has(item: Item): boolean {
    return this.#items?.has(item) ?? this.#only === item
  }

  add(item: Item): void {
    if (this.#items !== undefined) this.#items.add(item)
    else if (this.#only === undefined) this.#only = item
    else if (this.#only !== item) {
      this.#items = new Set([this.#only, item])
      this.#only = undefined
    }
  }

  delete(item: Item): boolean {
    if (this.#items === undefined) {
      if (this.#only !== item) return false
      this.#only = undefined
      return true
    }
    const isThere = this.#items.delete(item)
    if (this.#items.size === 0) this.#items = undefined
    return isThere
  }

  clear(): void {
    this.#only = undefined
    this.#items = undefined
  }

  [Symbol.iterator](): Iterator<Item> {
    const items = this.#items ?? (this.#only === undefined ? none : [this.#only])
    return items[Symbol.iterator]() as Iterator<Item>
  }
}

const none: readonly never[] = []
