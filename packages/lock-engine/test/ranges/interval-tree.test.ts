import { createRandom, type Random } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import type { LockRange } from '../../src/messages.ts'
import { IntervalTree } from '../../src/ranges/interval-tree.ts'
import { overlaps } from '../../src/ranges/range.ts'

const last = 2n ** 64n - 1n

interface Entry {
  readonly range: LockRange | undefined
  readonly item: number
}

/** Items of some parties, and every fifth item alone. */
function partyOf(item: number, parties: number): unknown {
  return item % 5 === 0 ? item : `party ${item % parties}`
}

/** The same as the tree, as a plain array in order of arrival. */
function overlapping(entries: readonly Entry[], range: LockRange | undefined): readonly number[] {
  const found = entries.filter((entry) => overlaps(entry.range, range))
  const startOf = (entry: Entry): bigint => entry.range?.start ?? 0n
  found.sort((a, b) => (startOf(a) < startOf(b) ? -1 : Number(startOf(a) > startOf(b))))
  return found.map((entry) => entry.item)
}

/** Few different ends, so that many ranges are equal, nested, or touch; some at both ends of all. */
function drawRange(random: Random, width: number): LockRange | undefined {
  const draw = random.below(40)
  if (draw === 0) return undefined
  if (draw === 1) return { start: 0n, end: last }
  const low = BigInt(random.below(width))
  const high = low + BigInt(random.below(width - Number(low)))
  if (draw === 2) return { start: 0n, end: high }
  if (draw === 3) return { start: low, end: last }
  if (draw < 8) return { start: last - high, end: last - low }
  return { start: low, end: high }
}

describe.each([
  ['crowded', 6, 40, 2],
  ['wide', 1_000, 40, 1],
  ['large', 60, 400, 3],
  ['large and wide', 100_000, 400, 20],
])('%s: ranges over %i units, about %i of them, %i parties', (name, width, size, parties) => {
  test('the tree finds what an array finds, in the same order', () => {
    const random = createRandom(`interval tree ${name}`)
    const tree = new IntervalTree<number>()
    let entries: Entry[] = []
    for (let item = 0; item < 4_000; item += 1) {
      const removes = entries.length > 0 && random.below(2 * size) < entries.length
      if (removes) {
        const entry = random.pick(entries)
        expect(tree.remove(entry.range, entry.item)).toBe(true)
        entries = entries.filter((other) => other !== entry)
      } else {
        const range = drawRange(random, width)
        tree.add(range, item, partyOf(item, parties))
        entries.push({ range, item })
      }
      const asked = drawRange(random, width)
      const expected = overlapping(entries, asked)
      expect(tree.overlapping(asked)).toEqual(expected)
      const party = partyOf(random.below(item + 1), parties)
      const others = expected.some((other) => partyOf(other, parties) !== party)
      expect(tree.someOther(asked, party)).toBe(others)
      expect(tree.size).toBe(entries.length)
      expect(tree.depth).toBeLessThanOrEqual(depthMax(entries.length))
      stopsAtFirst(tree, asked, expected, random)
    }
    for (const { range, item } of entries) expect(tree.remove(range, item)).toBe(true)
    expect([tree.size, tree.depth, tree.overlapping(undefined)]).toEqual([0, 0, []])
  })
})

function stopsAtFirst(
  tree: IntervalTree<number>,
  asked: LockRange | undefined,
  expected: readonly number[],
  random: Random,
): void {
  if (expected.length === 0) {
    expect(tree.some(asked, () => true)).toBe(false)
    return
  }
  const wanted = random.pick(expected)
  const seen: number[] = []
  const found = tree.some(asked, (item) => {
    seen.push(item)
    return item === wanted
  })
  expect(found).toBe(true)
  expect(seen).toEqual(expected.slice(0, expected.indexOf(wanted) + 1))
}

/** What an AVL tree of so many nodes may have: one of depth d has at least fewest(d) nodes. */
function depthMax(size: number): number {
  let depth = 0
  let fewest = 0
  let next = 1
  while (next <= size) {
    ;[fewest, next] = [next, fewest + next + 1]
    depth += 1
  }
  return depth
}

test('an item is removed with exactly its range only', () => {
  const tree = new IntervalTree<string>()
  tree.add({ start: 1n, end: 5n }, 'a')
  tree.add({ start: 1n, end: 5n }, 'b')
  expect(tree.remove({ start: 1n, end: 6n }, 'a')).toBe(false)
  expect(tree.remove({ start: 0n, end: 5n }, 'a')).toBe(false)
  expect(tree.remove({ start: 1n, end: 5n }, 'c')).toBe(false)
  expect(tree.overlapping(undefined)).toEqual(['a', 'b'])
  expect(tree.remove({ start: 1n, end: 5n }, 'a')).toBe(true)
  expect(tree.remove({ start: 1n, end: 5n }, 'a')).toBe(false)
  expect(tree.overlapping(undefined)).toEqual(['b'])
})

test('an item is added once', () => {
  const tree = new IntervalTree<string>()
  tree.add({ start: 1n, end: 5n }, 'a')
  expect(() => tree.add({ start: 7n, end: 8n }, 'a')).toThrow(/once/)
  expect(tree.overlapping(undefined)).toEqual(['a'])
})

const count = 20_000
const middle = 2n ** 63n
const pointAt = (unit: bigint): LockRange => ({ start: unit, end: unit })
const places = Array.from({ length: count }, (_, place) => BigInt(place))

describe.each<[string, (place: bigint) => LockRange]>([
  ['sorted', (place) => ({ start: place * 10n, end: place * 10n + 9n })],
  ['reversed', (place) => ({ start: last - place * 10n - 9n, end: last - place * 10n })],
  ['nested', (place) => ({ start: place, end: last - place })],
  ['equal', () => ({ start: 5n, end: 9n })],
  ['converging', (place) => pointAt(place % 2n === 0n ? place : last - place)],
  ['diverging', (place) => pointAt(place % 2n === 0n ? middle - place : middle + place)],
])('%s ranges', (_name, rangeAt) => {
  test('the tree stays flat while it grows and while it shrinks', () => {
    const tree = new IntervalTree<bigint>()
    for (const place of places) {
      tree.add(rangeAt(place), place)
      expect(tree.depth).toBeLessThanOrEqual(depthMax(tree.size))
    }
    for (const place of places) {
      expect(tree.remove(rangeAt(place), place)).toBe(true)
      expect(tree.depth).toBeLessThanOrEqual(depthMax(tree.size))
    }
    expect(tree.size).toBe(0)
  })
})

test.each([
  ['before', 5n],
  ['between', 100_005n],
  ['behind', 199_995n],
])('a gap %s the ranges is found far faster than by going through them all', (_where, start) => {
  const tree = new IntervalTree<bigint>()
  for (const place of places) tree.add({ start: place * 10n + 9n, end: place * 10n + 10n }, place)
  const gap = { start: start - 4n, end: start }
  const walkMs = bestMs(() => {
    for (let round = 0; round < 20; round += 1) tree.some(undefined, () => false)
  })
  const gapMs = bestMs(() => {
    for (let round = 0; round < 400; round += 1) expectNone(tree, gap)
  })
  expect(gapMs).toBeLessThan(walkMs)
})

function expectNone(tree: IntervalTree<bigint>, range: LockRange): void {
  if (tree.some(range, () => true)) throw new Error('the gap is not a gap')
}

function bestMs(work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 9; round += 1) {
    const start = performance.now()
    work()
    best = Math.min(best, performance.now() - start)
  }
  return best
}
