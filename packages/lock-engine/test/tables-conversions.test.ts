/** All 36 conversions, with what another lock holds, and what else decides. */
import { describe, expect, test } from 'vitest'
import { classOf, mayShare, modePairs, modes } from './harness/specification.ts'
import { atTheMaster, awayFromIt, Bench, inWords, range, takenOver } from './tables/bench.ts'

/** A conversion, and a mode that another lock may hold beside the first mode. */
const cells = modePairs.flatMap(([from, to]) =>
  modes.filter((other) => mayShare(other, from)).map((other) => [from, to, other] as const),
)

/** What may not be said of a conversion that never waits. */
function noQueueFor(isDown: boolean): { noQueue?: true } {
  return isDown ? {} : { noQueue: true }
}

describe.each([atTheMaster, awayFromIt, takenOver])('$where', (place) => {
  test.each(cells)('%s to %s beside %s: ranges decide, owners decide', (from, to, other) => {
    const bench = new Bench(place)
    const fits = mayShare(other, to)
    const isDown = classOf(from, to) === 'down'
    bench.requestBeside(other, { ...range(10, 19), owner: 't1' })
    const meeting = bench.request(from, range(15, 30))
    const apart = bench.request(from, { ...range(0, 9), anyOrder: true })
    const friend = bench.request(from, { owner: 't1', anyOrder: true, ...range(10, 14) })
    bench.takeOver()
    const rows = [
      [meeting, fits ? `granted ${to}` : `denied ${from}`],
      [apart, `granted ${to}`],
      [friend, `granted ${to}`],
    ] as const
    const ends = rows.map(([lock]) => inWords(bench.convert(lock, to, noQueueFor(isDown))))
    expect(ends).toEqual(rows.map(([, said]) => said))
  })

  test.each(cells)('%s to %s with a range that reaches %s', (from, to, other) => {
    const bench = new Bench(place)
    bench.requestBeside(other, range(10, 19))
    const lock = bench.request(from, range(0, 9))
    bench.takeOver()
    const wider = range(0, 10)
    const fits = mayShare(other, to)
    const end = bench.convert(lock, to, { noQueue: true, ...wider })
    expect(inWords(end)).toBe(fits ? `granted ${to}` : `denied ${from}`)
    expect(end?.range).toEqual(fits ? wider.range : range(0, 9).range)
    // It has what it was granted, not what it asked for.
    const third = bench.request('EX', { noQueue: true, ...range(9, 9) })
    const held = fits ? to : from
    expect(inWords(third.completions[0])).toBe(mayShare(held, 'EX') ? 'granted EX' : 'denied')
  })

  test.each(cells)('%s to %s beside %s, and somebody waits', (from, to, other) => {
    const bench = new Bench(place)
    const beside = bench.requestBeside(other)
    const lock = bench.request(from)
    const waiter = bench.requestBeside('EX')
    bench.takeOver()
    const isWaiting = inWords(waiter.completions[0]) === 'pending'
    expect(isWaiting).toBe(!(mayShare(other, 'EX') && mayShare(from, 'EX')))
    if (!isWaiting) return
    // A conversion does not wait for requests, only for what is held.
    const end = bench.convert(lock, to)
    expect(inWords(end)).toBe(mayShare(other, to) ? `granted ${to}` : 'pending')
    bench.unlock(beside)
    expect(inWords(lock.completions.at(-1))).toBe(`granted ${to}`)
    bench.unlock(lock)
    expect(inWords(waiter.completions.at(-1))).toBe('granted EX')
  })
})

describe.each([atTheMaster, awayFromIt])('beside a queued conversion, $where', (place) => {
  test.each(modePairs)('%s to %s is granted in place, fair only in its turn', (from, to) => {
    const bench = new Bench(place)
    // Somebody who converts, and waits for CR alone. Its NL is in nobody's way.
    bench.requestBeside('CR')
    const ahead = bench.requestBeside('NL')
    const lock = bench.request(from)
    const isThere = inWords(lock.completions[0]) === `granted ${from}`
    expect(isThere).toBe(from !== 'EX')
    if (!isThere) return
    expect(bench.convert(ahead, 'EX')).toBeUndefined()
    const fits = mayShare('CR', to)
    const neverWaits = ['down', 'same'].includes(classOf(from, to))

    const fair = bench.convert(lock, to, { queueFair: true })
    const blocksTheOneAhead = !mayShare(from, 'EX')
    if (neverWaits) expect(inWords(fair)).toBe(`refused ${from}`)
    else expect(inWords(fair)).toBe(blocksTheOneAhead ? `deadlock ${from}` : 'pending')
    if (fair === undefined) bench.give(lock.seat, { kind: 'cancel', lock: lock.number })
    const plain = bench.convert(lock, to, noQueueFor(classOf(from, to) === 'down'))
    expect(inWords(plain)).toBe(fits ? `granted ${to}` : `denied ${from}`)
  })
})

test.each(modePairs)('%s to %s with an alternate, beside CW and beside PR', (from, to) => {
  const rows = [
    ['CW', { alternatePR: true }, 'PR'],
    ['PR', { alternateCW: true }, 'CW'],
    ['CW', { alternateCW: true }, 'CW'],
    ['PR', { alternatePR: true }, 'PR'],
  ] as const
  for (const [other, flags, alternate] of rows) {
    const isSense = classOf(from, to) !== 'down' && to !== alternate
    if (!mayShare(from, other) || !isSense) continue
    const bench = new Bench()
    bench.requestBeside(other)
    const lock = bench.request(from)
    const end = bench.convert(lock, to, { noQueue: true, ...flags })
    const had = [to, alternate].find((mode) => mayShare(mode, other))
    expect(inWords(end)).toBe(had === undefined ? `denied ${from}` : `granted ${had}`)
    expect(end?.alternate === true).toBe(had !== undefined && had !== to)
  }
})
