/** A first-in first-out queue that can be read in the middle. Every operation is constant on average. */
export interface Fifo<Item> {
  readonly length: number
  push(item: Item): void
  /** The item at `index`, counted from the oldest. */
  at(index: number): Item | undefined
  /** A copy of the items from `start` up to, not including, `end`. */
  slice(start: number, end: number): Item[]
  /** Takes out the `count` oldest items. */
  drop(count: number): void
}

const COMPACT_AT = 256

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = []
  let head = 0

  return {
    get length(): number {
      return items.length - head
    },
    push: (item) => void items.push(item),
    at: (index) => items[head + index],
    slice: (start, end) => items.slice(head + start, head + end) as Item[],
    drop(count) {
      // What was taken out must not be kept alive by the array.
      for (let index = head; index < head + count; index += 1) items[index] = undefined
      head += count
      if (head === items.length) {
        items = []
        head = 0
      } else if (head >= COMPACT_AT && head * 2 >= items.length) {
        items = items.slice(head)
        head = 0
      }
    },
  }
}
