/** A set of what is seldom there: it takes no room while it is empty. Iterates in the order of coming. */
export class SmallSet<Item> {
  #items: Set<Item> | undefined

  get size(): number {
    return this.#items?.size ?? 0
  }

  add(item: Item): void {
    this.#items ??= new Set()
    this.#items.add(item)
  }

  delete(item: Item): boolean {
    const isThere = this.#items?.delete(item) ?? false
    if (this.#items?.size === 0) this.#items = undefined
    return isThere
  }

  [Symbol.iterator](): Iterator<Item> {
    return (this.#items ?? none)[Symbol.iterator]() as Iterator<Item>
  }
}

const none: readonly never[] = []
