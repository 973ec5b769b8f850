import { expect, test } from 'vitest'
import { kinds } from './fuzz/calls.ts'
import type { LifeOptions } from './fuzz/view-changes.ts'
import { live, shortest } from './fuzz/view-changes.ts'

interface Shape extends Omit<LifeOptions, 'seed'> {
  readonly name: string
  readonly lives: number
}

const shapes: readonly Shape[] = [
  { name: 'plain', nodes: 3, resources: 1, steps: 600, calm: true, lives: 60 },
  { name: 'repeated', nodes: 3, resources: 3, steps: 1200, repeats: true, lives: 30 },
  { name: 'idle', nodes: 5, resources: 2, steps: 1500, idleMs: 5_000, lives: 20 },
  {
    name: 'flags',
    nodes: 3,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['flags', 'limits'],
    lives: 60,
  },
  {
    name: 'ranges',
    nodes: 3,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['ranges', 'flags'],
    lives: 50,
  },
  {
    name: 'owners',
    nodes: 4,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['owners', 'flags'],
    lives: 40,
  },
  {
    name: 'orphans',
    nodes: 3,
    resources: 1,
    steps: 900,
    calm: true,
    kinds: ['orphans'],
    lives: 60,
  },
  {
    name: 'trees',
    nodes: 4,
    resources: 1,
    steps: 1400,
    calm: true,
    kinds: ['trees', 'orphans'],
    lives: 80,
  },
  { name: 'all', nodes: 3, resources: 1, steps: 1200, calm: true, kinds, lives: 100 },
  { name: 'all, repeated', nodes: 4, resources: 2, steps: 1200, repeats: true, kinds, lives: 30 },
]

/** How often something must have happened in all lives together: else they prove nothing. */
const floors: Readonly<Record<string, number>> = {
  healed: 480,
  'view active': 800,
  'skipped a view': 800,
  'superseded before it opened': 1500,
  'cut off': 50,
  'handed over': 5,
  granted: 3000,
  denied: 500,
  cancelled: 4000,
  deadlock: 20,
  'timed-out': 50,
  demoted: 5,
  alternate: 100,
  'granted a range': 800,
  'asked for with an owner': 1500,
  'asked for below another': 500,
  'also unlocked': 15,
  'also cancelled': 5,
  'adoption granted': 150,
  'left behind at the end': 60,
  'places compared': 300,
  'valid values': 1500,
  'values not valid': 200,
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
