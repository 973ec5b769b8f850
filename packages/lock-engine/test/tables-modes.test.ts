/** The matrix of 36, with what else decides whether two locks conflict, and what follows if they do. */
import { describe, expect, test } from 'vitest'
import type { LockMode } from '../src/messages.ts'
import { mayShare, modePairs, modes } from './harness/specification.ts'
import {
  atTheMaster,
  awayFromIt,
  Bench,
  inWords,
  range,
  requestWords,
  takenOver,
} from './tables/bench.ts'

describe.each([atTheMaster, awayFromIt, takenOver])('$where', (place) => {
  test.each(modePairs)('%s beside %s: ranges decide, owners decide', (held, asked) => {
    const bench = new Bench(place)
    const holder = bench.requestBeside(held, { ...range(10, 19), owner: 't1' })
    bench.takeOver()
    const fits = mayShare(held, asked)
    const rows = [
      ['all of it', {}, fits],
      ['its last unit', range(19, 30), fits],
      ['its first unit', range(0, 10), fits],
      ['one unit in it', range(15, 15), fits],
      ['behind it', range(20, 30), true],
      ['before it', range(0, 9), true],
      ['its owner', { owner: 't1' }, true],
      ['another owner', { owner: 't2' }, fits],
    ] as const
    for (const [what, flags, isGranted] of rows) {
      const lock = bench.request(asked, { noQueue: true, ...flags })
      const said = isGranted ? `granted ${asked}` : 'denied'
      expect([what, inWords(lock.completions[0])]).toEqual([what, said])
      if (isGranted) bench.unlock(lock)
    }
    expect(inWords(bench.unlock(holder))).toBe('unlocked')
  })

  test.each(modePairs)('%s beside %s: alternates that can be had', (held, asked) => {
    const bench = new Bench(place)
    bench.requestBeside(held)
    bench.takeOver()
    // With both, PR alone is tried.
    const rows = [
      ['PR', { alternatePR: true }],
      ['CW', { alternateCW: true }],
      ['PR', { alternatePR: true, alternateCW: true }],
    ] as const
    for (const [other, flags] of rows.filter(([, row]) => !refuses(asked, row))) {
      const lock = bench.request(asked, { noQueue: true, ...flags })
      const [end] = lock.completions
      const had = [asked, other].find((mode) => mayShare(held, mode))
      expect(inWords(end)).toBe(had === undefined ? 'denied' : `granted ${had}`)
      expect(end?.alternate ?? false).toBe(had !== undefined && had !== asked)
      if (had !== undefined) bench.unlock(lock)
    }
  })

  test.each(modePairs)('a holder of %s is told of %s when they conflict', (held, asked) => {
    const bench = new Bench(place)
    const holder = bench.requestBeside(held, { notify: true })
    bench.takeOver()
    bench.stage.takeHeard()
    const told = mayShare(held, asked) ? [] : [`${holder.name} blocks ${asked}`]
    const isTold = (line: string): boolean => line.includes('blocks')

    bench.request(asked, { noQueue: true })
    expect(bench.stage.takeHeard().filter(isTold)).toEqual([])
    bench.request(asked, { noQueue: true, tellHolders: true })
    expect(bench.stage.takeHeard().filter(isTold)).toEqual(told)
  })

  test.each(modePairs)('a holder of %s is told of %s that waits', (held, asked) => {
    const bench = new Bench(place)
    const holder = bench.requestBeside(held, { notify: true })
    bench.takeOver()
    bench.stage.takeHeard()
    const waiter = bench.request(asked)
    const told = bench.stage.takeHeard().filter((line) => line.includes('blocks'))
    expect(told).toEqual(mayShare(held, asked) ? [] : [`${holder.name} blocks ${asked}`])
    expect(inWords(waiter.completions[0])).toBe(
      mayShare(held, asked) ? `granted ${asked}` : 'pending',
    )
  })
})

/** The alternate is no other mode. */
function refuses(asked: LockMode, flags: { alternatePR?: true; alternateCW?: true }): boolean {
  const inPR = asked === 'PR' && flags.alternatePR === true
  return inPR || (asked === 'CW' && flags.alternateCW === true)
}

/** What waits, so that the next one has somebody to wait for: neither goes with the other. */
const queues = modePairs.filter(([held, waiting]) => !mayShare(held, waiting))

describe.each([atTheMaster, awayFromIt])('behind a waiter, $where', (place) => {
  test.each(queues)(
    '%s held and %s waiting: only who skips the order comes in',
    (held, waiting) => {
      const bench = new Bench(place)
      bench.requestBeside(held)
      bench.requestBeside(waiting)
      for (const asked of modes) {
        const plain = bench.request(asked, { noQueue: true })
        expect([asked, inWords(plain.completions[0])]).toEqual([asked, 'denied'])
        const passing = bench.request(asked, { noQueue: true, anyOrder: true })
        const said = mayShare(held, asked) ? `granted ${asked}` : 'denied'
        expect([asked, inWords(passing.completions[0])]).toEqual([asked, said])
        if (mayShare(held, asked)) bench.unlock(passing)
      }
      const expedited = bench.request('NL', { expedite: true })
      expect(inWords(expedited.completions[0])).toBe('granted NL')
    },
  )
})

test.each(modes)('16 locks in %s of one owner are held at once', (mode) => {
  const bench = new Bench()
  const locks = Array.from({ length: 16 }, (_, index) =>
    index % 2 === 0
      ? bench.request(mode, { owner: 'one' })
      : bench.requestBeside(mode, { owner: 'one' }),
  )
  expect(locks.map((lock) => inWords(lock.completions[0]))).toEqual(
    locks.map(() => `granted ${mode}`),
  )
})

test('a range is compared in all its 64 bits', () => {
  const bench = new Bench()
  const top = (1n << 64n) - 1n
  const rows = [
    [{ start: 0n, end: 0n }, 'granted EX'],
    [{ start: top, end: top }, 'granted EX'],
    [{ start: 1n, end: top - 1n }, 'granted EX'],
    [{ start: 1n << 32n, end: 1n << 33n }, 'denied'],
    [{ start: 0n, end: top }, 'denied'],
  ] as const
  const said = rows.map(([wanted]) => {
    const lock = bench.request('EX', { noQueue: true, range: wanted })
    return [wanted, inWords(lock.completions[0])]
  })
  expect(said).toEqual(rows)
})

test('who asks while a master is being replaced is answered by the next one', () => {
  const bench = new Bench(takenOver)
  bench.requestBeside('PR')
  const seats = modes.map((mode) => ({ mode, seat: bench.open(2) }))
  const locks = seats.map(({ mode, seat }) => {
    const lock = bench.add(seat)
    bench.stage.call(seat, requestWords(lock, mode, { noQueue: true }))
    return lock
  })
  bench.takeOver()
  expect(locks.map((lock) => inWords(lock.completions[0]))).toEqual([
    'granted NL',
    'granted CR',
    'denied',
    'granted PR',
    'denied',
    'denied',
  ])
})
