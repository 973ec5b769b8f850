/** What a queue needs to know of its items: their neighbours, which are the queue's to change. */
export interface Queued<Item> {
  before: Item | undefined
  behind: Item | undefined
}

/**
 * Items in a row, linked through themselves: each is put in and taken out, and the first one found,
 * in constant time. (Not so a `Map` or `Set`: a look at its first entry walks over all that were
 * deleted before it.) An item is in at most one queue; who takes it out knows in which.
 */
export class Queue<Item extends Queued<Item>> {
  #first: Item | undefined
  #last: Item | undefined
  #size = 0

  get first(): Item | undefined {
    return this.#first
  }

  get size(): number {
    return this.#size
  }

  addLast(item: Item): void {
    item.before = this.#last
    if (this.#last === undefined) this.#first = item
    else this.#last.behind = item
    this.#last = item
    this.#size += 1
  }

  addFirst(item: Item): void {
    item.behind = this.#first
    if (this.#first === undefined) this.#last = item
    else this.#first.before = item
    this.#first = item
    this.#size += 1
  }

  remove(item: Item): void {
    const { before, behind } = item
    if (before === undefined) this.#first = behind
    else before.behind = behind
    if (behind === undefined) this.#last = before
    else behind.before = before
    item.before = undefined
    item.behind = undefined
    this.#size -= 1
  }

  find(isMeant: (item: Item) => boolean): Item | undefined {
    for (const item of this) if (isMeant(item)) return item
    return undefined
  }

  /** The queue may lose the item that is being looked at, and no other. */
  *[Symbol.iterator](): Iterator<Item> {
    for (let item = this.#first; item !== undefined; ) {
      const { behind } = item
      yield item
      item = behind
    }
  }
}
