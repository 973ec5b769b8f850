import type { NodeId } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import { directoryNode } from '../../src/rendezvous.ts'

const keys = Array.from({ length: 20_000 }, (_, number) => `space\u0000name-${number}`)

type Weights = readonly (readonly [NodeId, number])[]

function shares(weights: Weights): ReadonlyMap<NodeId, number> {
  const candidates = weights.map(([id, weight]) => ({ id, weight }))
  const counts = new Map<NodeId, number>()
  for (const key of keys) {
    const node = directoryNode(key, candidates)
    counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return counts
}

test.each<readonly [Weights]>([
  [
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  ],
  [
    [
      [1, 1],
      [2, 2],
      [3, 5],
    ],
  ],
  [
    [
      [7, 10],
      [300, 10],
      [301, 1],
    ],
  ],
  [
    [
      [1, 0],
      [2, 1],
      [3, 10],
    ],
  ],
])('names are shared out by weight: %j', (weights) => {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  const counts = shares(weights)
  for (const [id, weight] of weights) {
    const wanted = (keys.length * weight) / total
    expect(Math.abs((counts.get(id) ?? 0) - wanted)).toBeLessThanOrEqual(5 * Math.sqrt(wanted))
  }
})

test('when a node comes, goes or gets another weight, only the names that it wins or loses move', () => {
  const all = [
    { id: 1, weight: 1 },
    { id: 2, weight: 3 },
    { id: 3, weight: 2 },
  ]
  const less = all.slice(0, 2)
  const lighter = [...less, { id: 3, weight: 1 }]
  for (const key of keys) {
    const before = directoryNode(key, all)
    if (before !== 3) {
      expect(directoryNode(key, less)).toBe(before)
      expect(directoryNode(key, lighter)).toBe(before)
    }
  }
})
