import { describe, expect, test } from 'vitest'
import { classOf, mayShare, mayWrite, modePairs, modes } from './harness/specification.ts'
import { outcomes, World } from './harness/world.ts'

/** A conversion, and a mode that another lock may hold beside the first mode. */
const cells = modePairs.flatMap(([from, to]) =>
  modes.filter((other) => mayShare(other, from)).map((other) => [from, to, other] as const),
)

describe.each([
  ['at the master', 1, 1],
  ['away from the master', 2, 2],
])('%s', (_where, nodes, holder) => {
  test.each(cells)('%s to %s beside a lock in %s', (from, to, other) => {
    const world = new World({ nodes })
    const beside = world.request(world.session(1), 'r', other)
    const lock = world.request(world.session(holder), 'r', from)
    world.settle()
    const fits = mayShare(other, to)
    expect(fits || classOf(from, to) === 'up' || classOf(from, to) === 'middle').toBe(true)

    world.convert(lock, to, { noQueue: true })
    world.settle()
    expect(outcomes(lock)).toEqual([`granted ${from}`, fits ? `granted ${to}` : `denied ${from}`])
    if (fits) expect(lock.completions[1]?.token !== undefined).toBe(mayWrite(to))

    world.convert(lock, to)
    world.settle()
    expect(outcomes(lock).length).toBe(fits ? 3 : 2)
    world.unlock(beside)
    world.settle()
    expect(outcomes(lock).slice(2)).toEqual([`granted ${to}`])
  })

  test.each(cells)('a third finds %s to %s beside %s in force, or not', (from, to, other) => {
    const world = new World({ nodes })
    world.request(world.session(1), 'r', other)
    const lock = world.request(world.session(holder), 'r', from)
    world.settle()
    world.convert(lock, to, { noQueue: true })
    world.settle()
    const held = mayShare(other, to) ? to : from
    for (const asked of modes) {
      const third = world.request(world.session(1), 'r', asked, { noQueue: true })
      world.settle()
      const granted = mayShare(other, asked) && mayShare(held, asked)
      expect([asked, outcomes(third)]).toEqual([asked, [granted ? `granted ${asked}` : 'denied']])
      if (granted) world.unlock(third)
      world.settle()
    }
  })
})

test.each(modePairs.filter(([from, to]) => classOf(from, to) === 'down'))(
  '%s to %s completes before any message is delivered',
  (from, to) => {
    const world = new World({ nodes: 2 })
    world.request(world.session(1), 'r', 'NL')
    world.settle()
    const lock = world.request(world.session(2), 'r', from)
    world.settle()
    world.convert(lock, to)
    expect(outcomes(lock)).toEqual([`granted ${from}`, `granted ${to}`])
  },
)

test.each(modePairs.filter(([from, to]) => classOf(from, to) === 'down'))(
  '%s to %s lets in who waits for just that',
  (from, to) => {
    const world = new World({ nodes: 2 })
    const lock = world.request(world.session(1), 'r', from)
    world.settle()
    for (const asked of modes.filter((mode) => !mayShare(from, mode) && mayShare(to, mode))) {
      const waiter = world.request(world.session(2), 'r', asked)
      world.settle()
      expect(outcomes(waiter)).toEqual([])
      world.convert(lock, to)
      world.settle()
      expect(outcomes(waiter)).toEqual([`granted ${asked}`])
      world.unlock(waiter)
      world.settle()
      world.convert(lock, from)
      world.settle()
    }
  },
)

test.each([
  ['is denied', { noQueue: true }],
  ['loses a conversion deadlock', {}],
])('a lock whose conversion %s is granted for as long as it was before', (_how, terms) => {
  const world = new World({ nodes: 1 })
  const ahead = world.request(world.session(1), 'r', 'PR')
  const lock = world.request(world.session(1), 'r', 'PR')
  world.convert(ahead, 'EX')
  const since = () =>
    world
      .node(1)
      .engine.locks(10)
      .map(({ queue, since: at }) => [queue, at])
  const before = since()
  world.cluster.now += 1_000
  world.convert(lock, 'EX', terms)
  expect(lock.completions.at(-1)?.outcome).not.toBe('granted')
  expect(since()).toEqual(before)
})

test('a lock whose conversion was queued and cancelled is granted since then', () => {
  const world = new World({ nodes: 1 })
  world.request(world.session(1), 'r', 'PR')
  const lock = world.request(world.session(1), 'r', 'PR')
  world.convert(lock, 'EX')
  world.cluster.now += 1_000
  world.cancel(lock)
  const times = world
    .node(1)
    .engine.locks(10)
    .map(({ since }) => since)
  expect(times).toEqual([0, 1_000])
})
