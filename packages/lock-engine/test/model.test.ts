import { describe, expect, test } from 'vitest'
import type { DuelOptions } from './model/duel.ts'
import { playRandom, replay } from './model/duel.ts'
import { shorten } from './model/shorten.ts'

/** Plays one seed; a fault is told with its seed and the fewest calls that still show a fault. */
function expectAgreement(options: DuelOptions): void {
  const fault = playRandom(options)
  if (fault === undefined) return
  const short = shorten(fault.steps, (steps) => replay(options, steps) !== undefined)
  const lines = short.map((step) => JSON.stringify(step, writeBytes))
  const heading = `seed ${options.seed}: ${replay(options, short) ?? fault.message}`
  expect.fail([heading, ...lines].join('\n'))
}

function writeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : value
}

describe('engines do what the naive lock table does', () => {
  test.each([
    [1, 4, 1],
    [1, 6, 3],
    [1, 12, 2],
  ])('%s engine, %s sessions, %s resources', (nodes, sessions, resources) => {
    const shape = { nodes, sessions, resources, closeEvery: 60, steps: 600 }
    for (let run = 0; run < 40; run += 1) {
      expectAgreement({ ...shape, seed: `one-${sessions}-${run}` })
    }
  })

  test.each([
    [2, 6, 2],
    [3, 6, 2],
    [3, 12, 3],
  ])('%s engines, %s sessions, %s resources', (nodes, sessions, resources) => {
    const shape = { nodes, sessions, resources, closeEvery: 60, steps: 600 }
    for (let run = 0; run < 25; run += 1) {
      expectAgreement({ ...shape, seed: `more-${nodes}-${sessions}-${run}` })
    }
  })
})
