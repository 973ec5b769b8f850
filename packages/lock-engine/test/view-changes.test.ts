import { expect, test } from 'vitest'
import type { LifeOptions } from './fuzz/view-changes.ts'
import { live, shortest } from './fuzz/view-changes.ts'

const shapes: readonly Omit<LifeOptions, 'seed'>[] = [
  { nodes: 3, resources: 1, steps: 600, calm: true },
  { nodes: 3, resources: 3, steps: 1200, repeats: true },
  { nodes: 4, resources: 2, steps: 1500, calm: true },
  { nodes: 5, resources: 2, steps: 1500, idleMs: 5_000 },
]

/** How often something must have happened in all runs together: else they prove nothing. */
const floors: Readonly<Record<string, number>> = {
  healed: 100,
  'view active': 300,
  'skipped a view': 100,
  'superseded before it opened': 200,
  'cut off': 20,
  'handed over': 5,
  granted: 1500,
  denied: 100,
  cancelled: 200,
  deadlock: 5,
  'valid values': 500,
  'values not valid': 80,
}

test('locks keep their promises whatever happens to views and nodes', () => {
  const marks = new Map<string, number>()
  for (const shape of shapes) {
    for (let run = 0; run < 60; run += 1) {
      const seed = `life-${shape.nodes}-${shape.resources}-${run}`
      const life = live({ ...shape, seed })
      for (const [name, count] of life.marks) marks.set(name, (marks.get(name) ?? 0) + count)
      if (life.fault === undefined) continue
      const short = shortest({ ...shape, seed }, life.fault)
      expect.fail([`seed ${seed}: ${short.fault ?? life.fault}`, ...short.trace].join('\n'))
    }
  }
  for (const [name, floor] of Object.entries(floors)) {
    expect([name, marks.get(name) ?? 0, (marks.get(name) ?? 0) >= floor]).toEqual([
      name,
      expect.any(Number),
      true,
    ])
  }
})

test('the same seed gives the same life', () => {
  const options = { seed: 'again', nodes: 4, resources: 2, steps: 800 }
  const first = live(options)
  expect(first.trace.length).toBeGreaterThan(300)
  expect(live(options).trace).toEqual(first.trace)
})
