import { describe, expect, test } from 'vitest'
import { createRandom, isIncarnation } from '../src/index.ts'

describe('seeded randomness', () => {
  test('gives the same draws for the same seed, and others for another', () => {
    const draws = (seed: number) => {
      const random = createRandom(seed)
      return Array.from({ length: 50 }, () => random.below(1_000))
    }
    expect(draws(1)).toEqual(draws(1))
    expect(draws(1)).not.toEqual(draws(2))
  })

  test('covers its range evenly enough to draw a schedule from', () => {
    const random = createRandom('even')
    const counts = Array.from({ length: 10 }, () => 0)
    for (let draw = 0; draw < 10_000; draw += 1) {
      const at = random.below(10)
      counts[at] = (counts[at] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  test('a ratio of nothing never comes true, and one of everything always', () => {
    const random = createRandom('ratio')
    for (let draw = 0; draw < 100; draw += 1) {
      expect(random.chance(0, 7)).toBe(false)
      expect(random.chance(7, 7)).toBe(true)
    }
  })

  test('a fork is a stream of its own: drawing from it does not move the parent', () => {
    const [one, two] = [createRandom('fork'), createRandom('fork')]
    const fork = one.fork('network')
    two.fork('network')
    for (let draw = 0; draw < 5; draw += 1) fork.below(10)
    expect(one.below(1_000_000)).toBe(two.below(1_000_000))
  })

  test('draws incarnations', () => {
    const random = createRandom('incarnation')
    expect(isIncarnation(random.hex16())).toBe(true)
    expect(random.hex16()).not.toBe(random.hex16())
  })

  test('refuses a bound that it cannot draw from', () => {
    expect(() => createRandom(1).below(0)).toThrow('a random bound is 1 to 2^32')
    expect(() => createRandom(1).pick([])).toThrow('pick needs at least one item')
  })
})
