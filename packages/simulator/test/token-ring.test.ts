import { expect, test } from 'vitest'
import { playRing } from '../examples/token-ring.ts'

const seeds = Array.from({ length: 200 }, (_, index) => index + 1)

test('a seed finds the ring that takes a repeat for a new token', () => {
  const faults = seeds.map((seed) => playRing(seed, false)).filter((fault) => fault !== undefined)
  expect(faults.length).toBeGreaterThan(0)
  expect(faults[0]).toMatch(/hold the token at once/)
})

test('no seed finds fault with the ring that knows a repeat', () => {
  for (const seed of seeds) expect(playRing(seed, true), `seed ${seed}`).toBeUndefined()
})
