import { expect, test } from 'vitest'
import type { LockRange } from '../../src/messages.ts'
import { covers, intersection, isSame, overlaps, rangeFault } from '../../src/ranges/range.ts'

const last = 2n ** 64n - 1n
const whole = { start: 0n, end: last }

/** Every range over eight units, and all of the resource: the units that it has. */
const parts: readonly (LockRange | undefined)[] = [undefined, whole]
  .concat(
    [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].flatMap((start) =>
      [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].filter((end) => end >= start).map((end) => ({ start, end })),
    ),
  )
  .concat([
    { start: 7n, end: last },
    { start: last, end: last },
  ])

/** Stands for all that there is: the small ones, one between, and the last. */
const units = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 2n ** 63n, last]

function unitsOf(part: LockRange | undefined): readonly bigint[] {
  if (part === undefined) return units
  return units.filter((unit) => part.start <= unit && unit <= part.end)
}

const pairs = parts.flatMap((a) => parts.map((b) => [a, b] as const))

test('two ranges overlap when they have a unit in common', () => {
  for (const [a, b] of pairs) {
    const common = unitsOf(a).filter((unit) => unitsOf(b).includes(unit))
    expect(overlaps(a, b)).toBe(common.length > 0)
    const both = intersection(a, b)
    expect(both === 'nothing' ? [] : unitsOf(both)).toEqual(common)
  }
})

test('a range covers another when it has all of its units', () => {
  for (const [a, b] of pairs) {
    expect(covers(a, b)).toBe(unitsOf(b).every((unit) => unitsOf(a).includes(unit)))
    expect(isSame(a, b)).toBe(unitsOf(a).join() === unitsOf(b).join())
  }
})

test('the whole resource is the same spelled out or left out, and comes back left out', () => {
  expect(isSame(undefined, whole)).toBe(true)
  expect(covers(whole, undefined)).toBe(true)
  expect(intersection(whole, undefined)).toBeUndefined()
  expect(intersection(whole, whole)).toBeUndefined()
})

test('ranges that touch do not overlap', () => {
  expect(overlaps({ start: 0n, end: 9n }, { start: 10n, end: 19n })).toBe(false)
  expect(overlaps({ start: 0n, end: 10n }, { start: 10n, end: 19n })).toBe(true)
})

test.each([
  [undefined, undefined],
  [whole, undefined],
  [{ start: last, end: last }, undefined],
  [{ start: 0n, end: 0n }, undefined],
  [{ start: 2n, end: 1n }, /starts at 2, behind its end 1/],
  [{ start: -1n, end: 1n }, /lies in 0 to 18446744073709551615/],
  [{ start: 0n, end: last + 1n }, /lies in 0 to 18446744073709551615/],
  [{ start: last + 1n, end: 0n }, /behind its end/],
  [{ start: 0n, end: -1n }, /behind its end/],
  [{ start: 0, end: 9n }, /bigint/],
  [{ start: 0n, end: '9' }, /bigint/],
  [{ start: 0n }, /bigint/],
])('what is wrong with %o: %o', (range, fault) => {
  const found = rangeFault(range as LockRange | undefined)
  if (fault === undefined) expect(found).toBeUndefined()
  else expect(found).toMatch(fault)
})
