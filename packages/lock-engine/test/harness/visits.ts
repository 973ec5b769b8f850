/** How many items of its queues, sets, trees and lists an engine looks at: what a call costs, whatever the machine. */
import { Queue } from '@holdfast/primitives'
import { IntervalTree } from '../../src/ranges/interval-tree.ts'
import { SmallSet } from '../../src/small-set.ts'

/** Those that are handed out one by one, or filtered, while `act` runs. */
export function visitsOf(act: () => void): number {
  let visits = 0
  const count = (items: number): void => {
    visits += items
  }
  const restore = [
    countIterated(Queue.prototype, count),
    countIterated(SmallSet.prototype, count),
    countTested(count),
    countFiltered(count),
  ]
  try {
    act()
  } finally {
    for (const each of restore) each()
  }
  return visits
}

type Count = (items: number) => void

function countIterated(items: Iterable<unknown>, count: Count): () => void {
  const iterate = items[Symbol.iterator]
  items[Symbol.iterator] = function* counted(this: Iterable<unknown>) {
    const iterator = iterate.call(this)
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      count(1)
      yield next.value
    }
  }
  return () => {
    items[Symbol.iterator] = iterate
  }
}

function countTested(count: Count): () => void {
  const { some } = IntervalTree.prototype
  IntervalTree.prototype.some = function counted(range, test) {
    return some.call(this, range, (item) => {
      count(1)
      return test(item)
    })
  }
  return () => {
    IntervalTree.prototype.some = some
  }
}

function countFiltered(count: Count): () => void {
  const { filter } = Array.prototype
  Array.prototype.filter = function counted(this: unknown[], ...test: [never]) {
    count(this.length)
    return filter.apply(this, test)
  }
  return () => {
    Array.prototype.filter = filter
  }
}
