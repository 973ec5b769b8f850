import { createRandom } from '@holdfast/primitives'
import { expect } from 'vitest'
import { Census } from './census.ts'
import { playRandom } from './duel.ts'
import { expectedOf } from './expected.ts'
import { describeFault } from './fault.ts'
import { drawShape } from './workload.ts'

/** Steps of one world: it stays small, and what it forgets when all is closed is seen often. */
const stepsPerWorld = 250
/** How often everything expected must happen in a run. */
const timesMin = 25

/**
 * Plays worlds of so many nodes until so many calls were made. The first fault is told with its seed
 * and the fewest steps that still show a fault.
 */
export function expectAgreement(nodes: number, calls: number, name: string): void {
  const census = new Census()
  for (let run = 0; census.calls < calls; run += 1) {
    const seed = `${name}-${run}`
    const random = createRandom(seed)
    const shape = drawShape(random, seed, nodes)
    census.begin()
    const fault = playRandom(random, shape, stepsPerWorld, census)
    if (fault !== undefined) expect.fail(describeFault(shape, fault))
  }
  const seldom = expectedOf(nodes).filter((what) => (census.counts.get(what) ?? 0) < timesMin)
  expect(seldom).toEqual([])
}
