/** Every pair of flags that may stand together, each given once, on a resource that is busy and on one that is not. */
import { describe, expect, test } from 'vitest'
import { bytesOf } from './harness/world.ts'
import type { ConvertFlags, RequestFlags, UnlockFlags } from './tables/bench.ts'
import { awayFromIt, Bench, inWords, range, resource } from './tables/bench.ts'

type Named<Flags> = Readonly<Record<string, Flags>>

/** All pairs of names that are not in the list of those that do not go together. */
function pairs(names: readonly string[], apart: readonly string[]): readonly [string, string][] {
  return names.flatMap((first, index) =>
    names
      .slice(index + 1)
      .map((second): [string, string] => [first, second])
      .filter(([one, other]) => !apart.some((pair) => isPair(pair, one, other))),
  )
}

function isPair(pair: string, one: string, other: string): boolean {
  return pair === `${one} ${other}` || pair === `${other} ${one}`
}

const waits: Named<RequestFlags & ConvertFlags> = {
  noQueue: { noQueue: true },
  tellHolders: { tellHolders: true, noQueue: true },
  atHead: { atHead: true },
  anyOrder: { anyOrder: true },
  alternatePR: { alternatePR: true },
  alternateCW: { alternateCW: true },
  noDeadlockWait: { noDeadlockWait: true },
  noDeadlockBlock: { noDeadlockBlock: true },
  persistent: { persistent: true },
  priority: { priority: 7 },
  timeoutMs: { timeoutMs: 1_000 },
}

const apartInWaiting = [
  'noQueue atHead',
  'noQueue timeoutMs',
  'tellHolders atHead',
  'tellHolders timeoutMs',
]

const requests: Named<RequestFlags> = {
  ...waits,
  range: range(5, 14),
  useValue: { useValue: true },
  notify: { notify: true },
  expedite: { expedite: true },
  owner: { owner: 't1' },
  alone: { alone: true },
}

test.each(
  pairs(Object.keys(requests), [
    ...apartInWaiting,
    'owner alone',
    'expedite noQueue',
    'expedite tellHolders',
  ]),
)('a request with %s and %s', (one, other) => {
  const flags = { ...requests[one], ...requests[other] }
  const isExpedited = flags.expedite === true
  const mode = isExpedited ? 'NL' : 'EX'

  const busy = new Bench(awayFromIt)
  busy.requestBeside('EX', range(10, 19))
  const waiting = busy.request(mode, flags)
  const said = flags.noQueue === true ? 'denied' : 'pending'
  expect(inWords(waiting.completions[0])).toBe(isExpedited ? 'granted NL' : said)

  const free = new Bench(awayFromIt)
  const lock = free.request(mode, flags)
  expect(inWords(lock.completions[0])).toBe(`granted ${mode}`)
  expect(lock.completions[0]?.range).toEqual(flags.range)
  expect(lock.completions[0]?.alternate ?? false).toBe(false)

  const child = new Bench(awayFromIt)
  const parent = child.request('NL', flags.owner === undefined ? {} : { owner: flags.owner })
  const below = child.request(mode, { ...flags, parent: parent.number }, parent.seat)
  expect(inWords(below.completions[0])).toBe(`granted ${mode}`)
})

/** From EX on 0 to 9 to EX on more: it may wait, and it writes when it is granted. */
const conversions: Named<ConvertFlags> = {
  ...waits,
  queueFair: { queueFair: true },
  demote: { demote: true },
  useValue: { useValue: true, value: bytesOf('after') },
  invalidate: { invalidate: true },
}

test.each(
  pairs(Object.keys(conversions), [
    ...apartInWaiting,
    'demote noQueue',
    'demote tellHolders',
    'useValue invalidate',
  ]),
)('a conversion with %s and %s', (one, other) => {
  const flags = { ...conversions[one], ...conversions[other], ...range(0, 19) }
  const bench = new Bench(awayFromIt)
  const beside = bench.requestBeside('EX', range(10, 19))
  const lock = bench.request('EX', range(0, 9))
  const end = bench.convert(lock, 'EX', flags)
  expect(inWords(end)).toBe(flags.noQueue === true ? 'denied EX' : 'pending')
  expect(bench.valueNow()).toBe(' #0')

  bench.unlock(beside)
  const later = end === undefined ? lock.completions.at(-1) : bench.convert(lock, 'EX', flags)
  expect(inWords(later)).toBe('granted EX')
  expect(later?.range).toEqual(range(0, 19).range)
  const written = flags.useValue === true ? 'after #1' : ' #0'
  expect(bench.valueNow()).toBe(flags.invalidate === true ? ' #1, not valid' : written)
})

const downwards: Named<ConvertFlags> = {
  range: range(2, 3),
  noDeadlockBlock: { noDeadlockBlock: true },
  persistent: { persistent: true },
  priority: { priority: 7 },
  useValue: { useValue: true, value: bytesOf('after') },
  invalidate: { invalidate: true },
}

test.each(pairs(Object.keys(downwards), ['useValue invalidate']))(
  'a conversion downwards with %s and %s',
  (one, other) => {
    const flags = { ...downwards[one], ...downwards[other] }
    const bench = new Bench(awayFromIt)
    const lock = bench.request('EX', range(0, 9))
    const end = bench.convert(lock, 'CR', flags)
    expect(inWords(end)).toBe('granted CR')
    expect(end?.range).toEqual(flags.range ?? range(0, 9).range)
    const written = flags.useValue === true ? 'after #1' : ' #0'
    expect(bench.valueNow()).toBe(flags.invalidate === true ? ' #1, not valid' : written)
  },
)

const unlocks: Named<UnlockFlags> = {
  force: { force: true },
  value: { value: bytesOf('after') },
  invalidate: { invalidate: true },
  subtree: { subtree: 'with' },
}

test.each(pairs(Object.keys(unlocks), ['value invalidate', 'value subtree', 'invalidate subtree']))(
  'an unlock with %s and %s',
  (one, other) => {
    const flags = { ...unlocks[one], ...unlocks[other] }
    const bench = new Bench(awayFromIt)
    const lock = bench.request('EX')
    expect(inWords(bench.unlock(lock, flags))).toBe('unlocked')
    const written = flags.value === undefined ? ' #0' : 'after #1'
    expect(bench.valueNow()).toBe(flags.invalidate === true ? ' #1, not valid' : written)
  },
)

const adoptions = {
  useValue: { useValue: true },
  notify: { notify: true },
  persistent: { persistent: true },
  owner: { owner: 't1' },
}

test.each(pairs(Object.keys(adoptions), []))('an adoption with %s and %s', (one, other) => {
  const bench = new Bench(awayFromIt)
  const first = bench.request('EX', { persistent: true, owner: 't1' })
  bench.stage.close(first.seat)
  bench.stage.settle()
  const seat = bench.open(1)
  const flags = { ...adoptions[one as 'owner'], ...adoptions[other as 'owner'] }
  const asked = { resource, mode: 'EX', useValue: false, notify: false, ...flags } as const
  const lock = bench.add(seat, { owner: 't1' })
  const end = bench.give(seat, { kind: 'adopt', lock: lock.number, ...asked })
  expect(inWords(end)).toBe('granted EX')
})

describe('at its limits', () => {
  test.each([
    ['a priority of 0', { priority: 0 }],
    ['a priority of 255', { priority: 255 }],
    ['a time limit of less than 1 ms', { timeoutMs: 0.5 }],
    ['an owner of one character', { owner: 'x' }],
    ['an owner of 64 characters', { owner: 'x'.repeat(64) }],
    ['a range of one unit', range(0, 0)],
    ['all of it as a range', { range: { start: 0n, end: (1n << 64n) - 1n } }],
    ['a name of one byte', { resource: { space: '\u0000', name: '\u00ff' } }],
    [
      'names of 255 bytes',
      { resource: { space: '\u00fe'.repeat(255), name: '\u0000'.repeat(255) } },
    ],
  ] as const)('%s', (_what, flags) => {
    const bench = new Bench(awayFromIt)
    expect(inWords(bench.request('EX', flags).completions[0])).toBe('granted EX')
  })

  test('a value of 1,024 bytes', () => {
    const bench = new Bench(awayFromIt)
    const lock = bench.request('EX')
    const value = Uint8Array.from({ length: 1_024 }, (_, index) => index % 256)
    bench.convert(lock, 'EX', { useValue: true, value })
    const reader = bench.requestBeside('NL', { useValue: true })
    expect(reader.completions[0]?.value?.bytes).toEqual(value)
  })

  test('names that differ in one byte, or in a zero at their end, are two', () => {
    const bench = new Bench(awayFromIt)
    const names = ['a', 'a\u0000', '\u0000a', 'a\u00ff', 'A', 'a ', 'ab']
    const ends = names.map((name) => {
      const lock = bench.request('EX', { noQueue: true, resource: { space: 'test', name } })
      return inWords(lock.completions[0])
    })
    expect(ends).toEqual(names.map(() => 'granted EX'))
  })
})
