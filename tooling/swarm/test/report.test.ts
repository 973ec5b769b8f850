import { expect, test } from 'vitest'
import { createCounts, type WorkCounts } from '../src/counts.ts'
import { faultNames } from '../src/faults/names.ts'
import { findIdleness } from '../src/report.ts'

/** So much of everything in each of 200 worlds. */
function busy(each: number): WorkCounts {
  const counts = createCounts()
  for (const [name, value] of Object.entries(counts)) {
    if (typeof value === 'number') Object.assign(counts, { [name]: 200 * each })
  }
  for (const name of faultNames) counts.faults[name] = 200
  return counts
}

test('a run that did enough of everything is not idle', () => {
  expect(findIdleness(busy(10_000), 200)).toEqual([])
})

test('a run that did nothing says so of everything it should have done', () => {
  const words = findIdleness(createCounts(), 200).join()
  for (const what of ['grants', 'viewChanges', 'faults that never', 'rangeGrants', 'adoptions']) {
    expect(words).toContain(what)
  }
})

test('one kind of call that never came to anything is enough', () => {
  expect(findIdleness({ ...busy(10_000), victims: 0 }, 200)).toEqual([
    '0.00 victims per seed; at least 1',
  ])
})

test('a script has its own measure: its rounds, and not the faults of chance', () => {
  const calm = { ...createCounts(), grants: 20_000, rounds: 200 }
  expect(findIdleness(calm, 200, 'quiet-rings')).toEqual([])
  expect(findIdleness({ ...calm, rounds: 0 }, 200, 'quiet-rings')).toHaveLength(1)
})
