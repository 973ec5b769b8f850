import { expect, test } from 'vitest'
import { CopyIndex } from '../../src/master/copy-index.ts'
import type { Copy } from '../../src/master/resource.ts'

/** As much of a copy as the index looks at. */
function copyOf(holder: number, lock: number, parent?: number): Copy {
  return { holder, lock, session: 1, sessionLock: lock, parent } as Copy
}

test('locks below a lock are counted while they are there, however they go', () => {
  const index = new CopyIndex()
  const above = copyOf(2, 1)
  const below = [2, 3, 4].map((lock) => copyOf(2, lock, 1))
  const other = copyOf(3, 9, 1)
  for (const copy of [above, ...below, other]) index.add(copy)
  expect([index.countBelow(above), index.size]).toEqual([3, 5])
  index.delete(below[0] as Copy)
  index.delete(below[0] as Copy)
  expect([index.countBelow(above), index.size]).toEqual([2, 4])
  expect(index.takeHolders(new Set([2]))).toHaveLength(3)
  expect([index.countBelow(above), index.size]).toEqual([0, 1])
  expect(index.countBelow(copyOf(3, 1))).toBe(1)
})
