import type { Instant } from '@holdfast/primitives'

/**
 * What is due when, earliest first: a binary heap. An item is not taken out when it is no longer
 * meant; whoever takes it asks whether it still is.
 */
export class Schedule<Item> {
  readonly #heap: { readonly at: Instant; readonly item: Item }[] = []

  add(item: Item, at: Instant): void {
    const heap = this.#heap
    const entry = { at, item }
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.at <= at) break
      heap[index] = above
      heap[parent] = entry
      index = parent
    }
  }

  next(): Instant | undefined {
    return this.#heap[0]?.at
  }

  /** The earliest item that is due, taken out. */
  takeDue(now: Instant): Item | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = this.#heap.pop()
    if (last !== undefined && last !== first) this.#sink(last)
    return first.item
  }

  #sink(entry: { readonly at: Instant; readonly item: Item }): void {
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
