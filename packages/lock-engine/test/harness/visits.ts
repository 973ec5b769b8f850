/** How many items of its queues, sets and trees an engine looks at: what a call costs, whatever the machine. */
import { Queue } from '@holdfast/primitives'
import { IntervalTree } from '../../src/ranges/interval-tree.ts'
import { SmallSet } from '../../src/small-set.ts'

/** Those that are handed out one by one while `act` runs. */
export function visitsOf(act: () => void): number {
  let visits = 0
  const count = (): void => {
    visits += 1
  }
  const restore = [countIterated(Queue.prototype, count), countIterated(SmallSet.prototype, count)]
  restore.push(countTested(count))
  try {
    act()
  } finally {
    for (const each of restore) each()
  }
  return visits
}

function countIterated(items: Iterable<unknown>, count: () => void): () => void {
  const iterate = items[Symbol.iterator]
  items[Symbol.iterator] = function* counted(this: Iterable<unknown>) {
    const iterator = iterate.call(this)
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      count()
      yield next.value
    }
  }
  return () => {
    items[Symbol.iterator] = iterate
  }
}

function countTested(count: () => void): () => void {
  const { some } = IntervalTree.prototype
  IntervalTree.prototype.some = function counted(range, test) {
    return some.call(this, range, (item) => {
      count()
      return test(item)
    })
  }
  return () => {
    IntervalTree.prototype.some = some
  }
}
