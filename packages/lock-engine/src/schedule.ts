import type { Instant } from '@holdfast/primitives'

interface Entry<Item> {
  readonly at: Instant
  readonly item: Item
}

/** So many may be in before it is worth to look for those that are not meant any more. */
const sweptFrom = 64

/**
 * What is due when, earliest first: a binary heap. Nobody takes an item out that is no longer meant:
 * it goes when it comes to be the first, or when as many have come as were meant before. So those that
 * are meant are always about half of what is kept, and the first one is one of them.
 */
export class Schedule<Item> {
  /** Once false for an item, false for good. */
  readonly #isMeant: (item: Item) => boolean
  #heap: Entry<Item>[] = []
  #sweepAt = sweptFrom

  constructor(isMeant: (item: Item) => boolean) {
    this.#isMeant = isMeant
  }

  /** With those that are not meant any more. */
  get size(): number {
    return this.#heap.length
  }

  add(item: Item, at: Instant): void {
    if (this.#heap.length >= this.#sweepAt) this.#sweep()
    this.#rise({ at, item })
  }

  clear(): void {
    this.#heap = []
    this.#sweepAt = sweptFrom
  }

  #sweep(): void {
    const meant = this.#heap.filter(({ item }) => this.#isMeant(item))
    // A row in order is a heap.
    this.#heap = meant.sort((a, b) => a.at - b.at)
    this.#sweepAt = Math.max(sweptFrom, 2 * meant.length)
  }

  next(): Instant | undefined {
    return this.#first()?.at
  }

  peek(): Item | undefined {
    return this.#first()?.item
  }

  /** The earliest item that is due, taken out. */
  takeDue(now: Instant): Item | undefined {
    const first = this.#first()
    if (first === undefined || first.at > now) return undefined
    this.#dropFirst()
    return first.item
  }

  #first(): Entry<Item> | undefined {
    let first = this.#heap[0]
    while (first !== undefined && !this.#isMeant(first.item)) {
      this.#dropFirst()
      first = this.#heap[0]
    }
    return first
  }

  #dropFirst(): void {
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
  }

  #rise(entry: Entry<Item>): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.at <= entry.at) break
      heap[index] = above
      heap[parent] = entry
      index = parent
    }
  }

  #sink(entry: Entry<Item>): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const [a, b] = [heap[left], heap[left + 1]]
      const child = b !== undefined && a !== undefined && b.at < a.at ? left + 1 : left
      const below = heap[child]
      if (below === undefined || below.at >= entry.at) break
      heap[index] = below
      index = child
    }
    heap[index] = entry
  }
}

/** Of those that are set. */
export function earliestOf(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  let earliest: Instant | undefined
  for (const at of instants) if (at !== undefined) earliest = Math.min(at, earliest ?? at)
  return earliest
}
