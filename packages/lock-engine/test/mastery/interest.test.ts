/** A tree with more locks than may move is not counted to its end, every 8 s, for nothing. */
import { expect, test } from 'vitest'
import type { Core } from '../../src/core.ts'
import type { Resource } from '../../src/master/resource.ts'
import { Activity } from '../../src/mastery/activity.ts'
import { interestIn } from '../../src/mastery/interest.ts'

test('what is looked at of a tree does not grow without bound', () => {
  let looked = 0
  const resource = {
    key: '\u0001s\u0001r',
    state: 'open',
    *tree() {
      yield resource
    },
    *copies() {
      for (let count = 0; count < 1_000_000; count += 1) {
        looked += 1
        yield { holder: 2 }
      }
    },
  }
  const core = { attributesOf: () => ({ mastering: 'directory' }) } as unknown as Core
  const activity = new Activity()
  const members = [1, 2].map((id) => ({ id, joined: 1, eligible: true, weight: 1 }))
  activity.install({ epoch: 1, settled: 0, self: 1, members, notes: [] }, 0)
  for (let period = 0; period < 3; period += 1) {
    for (let count = 0; count < 200; count += 1) activity.count(resource.key, 2, period * 8_000)
    activity.propose((period + 1) * 8_000, (_root, locksMax) =>
      interestIn(core, resource as unknown as Resource, locksMax),
    )
  }
  // `locksMax` is 10,000.
  expect(looked).toBeLessThan(100_000)
})
