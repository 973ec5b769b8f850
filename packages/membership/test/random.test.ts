import { describe, expect, it } from 'vitest'
import { runChaos } from './world/chaos.ts'

/** Random clusters under random faults; each seed is a whole story with every invariant checked. */
const FOCUSES = [undefined, 'restarts', 'one-cut', 'suspend', 'electorate'] as const

describe('a random cluster under random faults', () => {
  for (const focus of FOCUSES) {
    it(`keeps every invariant and finds itself again (${focus ?? 'everything'})`, () => {
      let views = 0
      const stuck: number[] = []
      for (let seed = 1; seed <= 20; seed += 1) {
        const result = runChaos({ seed, forMs: 4000, ...(focus === undefined ? {} : { focus }) })
        views += result.views
        if (result.recoveredMs === undefined) stuck.push(seed)
      }
      expect(stuck).toEqual([])
      expect(views).toBeGreaterThan(20)
    }, 60_000)
  }
})
