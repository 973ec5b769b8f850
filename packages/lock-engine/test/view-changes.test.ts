import { expect, test } from 'vitest'
import { kinds } from './fuzz/calls.ts'
import type { LifeOptions } from './fuzz/life.ts'
import { live, shortest } from './fuzz/view-changes.ts'

interface Shape extends Omit<LifeOptions, 'seed'> {
  readonly name: string
  readonly lives: number
}

const shapes: readonly Shape[] = [
  { name: 'plain', nodes: 3, resources: 1, steps: 600, calm: true, lives: 120 },
  { name: 'repeated', nodes: 3, resources: 3, steps: 1200, repeats: true, lives: 60 },
  { name: 'idle', nodes: 5, resources: 2, steps: 1500, idleMs: 5_000, lives: 40 },
  {
    name: 'flags',
    nodes: 3,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['flags', 'limits'],
    lives: 120,
  },
  {
    name: 'ranges',
    nodes: 3,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['ranges', 'flags'],
    lives: 100,
  },
  {
    name: 'owners',
    nodes: 4,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['owners', 'flags'],
    lives: 80,
  },
  {
    name: 'orphans',
    nodes: 3,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['orphans'],
    lives: 120,
  },
  {
    name: 'trees',
    nodes: 4,
    resources: 1,
    steps: 1400,
    calm: true,
    kinds: ['trees', 'orphans'],
    lives: 160,
  },
  { name: 'all', nodes: 3, resources: 1, steps: 1200, calm: true, kinds, lives: 200 },
  { name: 'all, repeated', nodes: 4, resources: 2, steps: 1200, repeats: true, kinds, lives: 60 },
]

/** How often something must have happened in all lives together: else they prove nothing. */
const floors: Readonly<Record<string, number>> = {
  healed: 960,
  'view active': 1600,
  'skipped a view': 1600,
  'superseded before it opened': 3000,
  'cut off': 100,
  'handed over': 10,
  granted: 6000,
  denied: 1000,
  cancelled: 8000,
  deadlock: 40,
  'timed-out': 100,
  demoted: 8,
  alternate: 100,
  'granted a range': 1600,
  'asked for with an owner': 3000,
  'asked for below another': 1000,
  'also unlocked': 40,
  'also cancelled': 10,
  'adoption granted': 300,
  'left behind at the end': 120,
  'places compared': 600,
  'valid values': 3000,
  'values not valid': 400,
}

test('locks keep their promises whatever happens to views and nodes', { timeout: 120_000 }, () => {
  const marks = new Map<string, number>()
  for (const { name, lives, ...shape } of shapes) {
    for (let run = 0; run < lives; run += 1) {
      const seed = `life-${name}-${run}`
      const life = live({ ...shape, seed })
      for (const [mark, count] of life.marks) marks.set(mark, (marks.get(mark) ?? 0) + count)
      if (life.fault === undefined) continue
      const short = shortest({ ...shape, seed }, life.fault)
      expect.fail([`seed ${seed}: ${short.fault ?? life.fault}`, ...short.trace].join('\n'))
    }
  }
  const tooRare = Object.entries(floors).filter(([name, floor]) => (marks.get(name) ?? 0) < floor)
  expect(tooRare.map(([name, floor]) => `${name}: ${marks.get(name) ?? 0} of ${floor}`)).toEqual([])
})

test('the same seed gives the same life', () => {
  const options = { seed: 'again', nodes: 4, resources: 2, steps: 800, kinds }
  const first = live(options)
  expect(first.trace.length).toBeGreaterThan(300)
  expect(live(options).trace).toEqual(first.trace)
})
