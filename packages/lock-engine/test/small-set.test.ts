import { createRandom } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import { SmallSet } from '../src/small-set.ts'

test('does what a set does', () => {
  const random = createRandom('small set')
  const items = Array.from({ length: 4 }, (_, index) => ({ index }))
  const [small, set] = [new SmallSet<object>(), new Set<object>()]
  for (let step = 0; step < 2_000; step += 1) {
    const item = random.pick(items) as object
    if (random.chance(1, 2)) {
      small.add(item)
      set.add(item)
    } else expect(small.delete(item)).toBe(set.delete(item))
    expect([small.size, [...small]]).toEqual([set.size, [...set]])
    for (const one of items) expect(small.has(one)).toBe(set.has(one))
  }
})

test('may lose what is being looked at', () => {
  const small = new SmallSet<object>()
  const items = [{}, {}, {}]
  for (const item of items) small.add(item)
  for (const item of small) small.delete(item)
  expect(small.size).toBe(0)
})
