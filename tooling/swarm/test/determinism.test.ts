import { expect, test } from 'vitest'
import { runSeed } from '../src/run-seed.ts'

test.each([3, 7])('seed %i played twice ends with one digest and no violation', (seed) => {
  const first = runSeed(seed)
  const second = runSeed(seed)
  expect(first.failure).toBeUndefined()
  expect(second.digest).toBe(first.digest)
  expect(second.counts).toEqual(first.counts)
  expect(runSeed(seed + 1).digest).not.toBe(first.digest)
})
