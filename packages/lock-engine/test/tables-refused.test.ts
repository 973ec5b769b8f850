/** What is refused, row by row, with a reason that names the flag; and that nothing has changed then. */
import { describe, expect, test } from 'vitest'
import type { LockMode } from '../src/messages.ts'
import type { Words } from './checks/calls.ts'
import type { Lock, Seat } from './checks/stage.ts'
import { Stage } from './checks/stage.ts'
import type { Completion } from './harness/world.ts'
import type { RequestFlags } from './tables/bench.ts'
import {
  atTheMaster,
  awayFromIt,
  Bench,
  convertWords,
  inWords,
  requestWords,
  resource,
} from './tables/bench.ts'
import {
  refusedAdoptions,
  refusedConversions,
  refusedRequests,
  refusedUnlocks,
} from './tables/refusals.ts'

/** Everything that the nodes know. */
function stateOf({ stage }: Bench): readonly string[] {
  return stage.cluster.processes.map(({ engine }) => engine.describe())
}

/** Gives a call that must be refused, by the node itself, with no message to anybody. */
function refuse(bench: Bench, seat: Seat, words: Words): Completion | undefined {
  const before = stateOf(bench)
  const { sent } = bench.stage.cluster
  const end = bench.give(seat, words)
  expect(end?.outcome).toBe('refused')
  expect(stateOf(bench)).toEqual(before)
  expect(bench.stage.cluster.sent).toBe(sent)
  return end
}

function adoptWords(lock: Lock, mode: LockMode, flags: RequestFlags): Words {
  const asked = { resource, mode, useValue: false, notify: false, ...flags }
  return { kind: 'adopt', lock: lock.number, ...asked }
}

describe.each([atTheMaster, awayFromIt])('$where', (place) => {
  test.each(refusedRequests)('a request with $what', ({ mode = 'EX', flags, names }) => {
    const bench = new Bench(place)
    const seat = bench.open(place.home)
    const lock = bench.add(seat)
    const end = refuse(bench, seat, requestWords(lock, mode, flags))
    expect(end?.reason).toMatch(names)
    expect(end?.mode).toBeUndefined()
    // The number of the lock is as unused as before, or as used: no lock has it.
    expect(bench.unlock(lock)?.outcome).toBe('refused')
  })

  test.each(refusedAdoptions)('an adoption with $what', ({ mode = 'EX', flags, names }) => {
    const bench = new Bench(place)
    const seat = bench.open(place.home)
    const end = refuse(bench, seat, adoptWords(bench.add(seat), mode, flags))
    expect(end?.reason).toMatch(names)
  })

  test.each(refusedConversions)('a conversion with $what', ({ from, to, flags, names }) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from)
    const end = refuse(bench, lock.seat, convertWords(lock, to, flags))
    expect(end?.reason).toMatch(names)
    expect(end?.mode).toBe(from)
    expect(inWords(bench.unlock(lock))).toBe('unlocked')
    expect(bench.valueNow()).toBe('before #1')
  })

  test.each(refusedUnlocks)('an unlock with $what', ({ from, flags, names }) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from)
    const end = refuse(bench, lock.seat, { kind: 'unlock', lock: lock.number, ...flags })
    expect(end?.reason).toMatch(names)
    expect(end?.mode).toBe(from)
    expect(inWords(bench.unlock(lock))).toBe('unlocked')
    expect(bench.valueNow()).toBe('before #1')
  })

  test('a conversion of a lock that waits', () => {
    const bench = new Bench(place)
    bench.requestBeside('EX')
    const lock = bench.request('PR')
    const end = refuse(bench, lock.seat, convertWords(lock, 'CR', {}))
    expect(end?.reason).toMatch(/waits|granted/)
  })

  test('a conversion of a lock that converts', () => {
    const bench = new Bench(place)
    bench.requestBeside('PR')
    const lock = bench.request('PR')
    expect(bench.convert(lock, 'EX')).toBeUndefined()
    const end = refuse(bench, lock.seat, convertWords(lock, 'CR', {}))
    expect(end?.reason).toMatch(/waits|convert/)
    expect(end?.mode).toBe('PR')
  })

  test('calls for a lock that nobody knows', () => {
    const bench = new Bench(place)
    const seat = bench.open(place.home)
    const lock = bench.add(seat)
    const { number } = lock
    const calls: readonly Words[] = [
      convertWords(lock, 'CR', {}),
      { kind: 'unlock', lock: number },
      { kind: 'unlock', lock: number, force: true },
      { kind: 'unlock', lock: number, subtree: 'with' },
      { kind: 'unlock', lock: number, subtree: 'below' },
    ]
    for (const words of calls) {
      expect(refuse(bench, seat, words)?.reason).toMatch(/lock/)
    }
    const end = bench.give(seat, { kind: 'cancel', lock: number })
    expect(inWords(end)).toBe('nothing-to-cancel')
  })

  test('a child of a parent that is not granted, of another owner, or under masterHere', () => {
    const bench = new Bench(place)
    bench.requestBeside('EX')
    const waiting = bench.request('PR')
    const { seat } = waiting
    const owned = bench.request('NL', { owner: 't1', resource: { ...resource, name: 's' } }, seat)
    const free = bench.request('NL', { resource: { ...resource, name: 't' } }, seat)
    expect([waiting, owned, free].map((lock) => inWords(lock.completions[0]))).toEqual([
      'pending',
      'granted NL',
      'granted NL',
    ])
    const rows = [
      [/parent/, { parent: waiting.number }],
      [/parent|owner/, { parent: owned.number }],
      [/parent|owner/, { parent: owned.number, owner: 't2' }],
      [/masterHere|parent/, { parent: free.number, masterHere: true }],
    ] as const
    for (const [names, flags] of rows) {
      const end = refuse(bench, seat, requestWords(bench.add(seat), 'NL', flags))
      expect(end?.reason).toMatch(names)
    }
  })

  test('a child of a converting parent is granted', () => {
    const bench = new Bench(place)
    bench.requestBeside('PR')
    const parent = bench.request('PR')
    expect(bench.convert(parent, 'EX')).toBeUndefined()
    const child = bench.request('EX', { parent: parent.number }, parent.seat)
    expect(inWords(child.completions[0])).toBe('granted EX')
  })

  test('a child in another lockspace than its parent', () => {
    const bench = new Bench(place)
    const parent = bench.request('NL')
    const { seat } = parent
    const elsewhere = { space: 'elsewhere', name: 'r' }
    const words = requestWords(bench.add(seat), 'NL', {
      parent: parent.number,
      resource: elsewhere,
    })
    expect(refuse(bench, seat, words)?.reason).toMatch(/space|parent/)
  })

  test('a path of more than 1,024 bytes', () => {
    const bench = new Bench(place)
    const seat = bench.open(place.home)
    const name = 'x'.repeat(255)
    const long = { space: 'test', name }
    let parent = bench.request('NL', { resource: long }, seat)
    for (const level of [2, 3, 4]) {
      parent = bench.request('NL', { resource: long, parent: parent.number }, seat)
      expect([level, inWords(parent.completions[0])]).toEqual([level, 'granted NL'])
    }
    const below = { parent: parent.number, resource: { space: 'test', name: 'y' } }
    const words = requestWords(bench.add(seat), 'NL', below)
    expect(refuse(bench, seat, words)?.reason).toMatch(/1,?024|long|bytes/)
  })

  test('a 17th level', () => {
    const bench = new Bench(place)
    const seat = bench.open(place.home)
    let parent = bench.request('CR', {}, seat)
    for (let level = 2; level <= 16; level += 1) {
      parent = bench.request('CR', { parent: parent.number }, seat)
      expect([level, inWords(parent.completions[0])]).toEqual([level, 'granted CR'])
    }
    const words = requestWords(bench.add(seat), 'CR', { parent: parent.number })
    expect(refuse(bench, seat, words)?.reason).toMatch(/level|parent/)
  })

  test('an unlock with locks below it, by force too', () => {
    const bench = new Bench(place)
    const parent = bench.request('EX')
    bench.request('CR', { parent: parent.number }, parent.seat)
    for (const flags of [{}, { force: true }]) {
      const words = { kind: 'unlock', lock: parent.number, ...flags } as const
      const end = refuse(bench, parent.seat, words)
      expect([end?.code, end?.mode]).toEqual(['children', 'EX'])
      expect(end?.reason).toMatch(/subtree/)
    }
    expect(inWords(bench.unlock(parent, { subtree: 'with' }))).toBe('unlocked')
  })
})

test.each([
  ['a session', { locksPerSessionMax: 2 }],
  ['a node', { locksMax: 2 }],
])('a lock beyond the limit of %s is refused with a code', (_what, limits) => {
  const stage = new Stage(1, { limits })
  const seat = stage.open('a', 1)
  const ask = (): Completion | undefined => {
    const lock = stage.add(seat, { name: 'x', path: ['r'], owner: undefined })
    const call = stage.call(seat, requestWords(lock, 'NL', {}))
    return seat.ends.get(call)
  }
  expect([ask(), ask(), ask()].map(inWords)).toEqual(['granted NL', 'granted NL', 'refused'])
  expect([...seat.ends.values()].map(({ code }) => code)).toEqual([undefined, undefined, 'quota'])
  stage.call(seat, { kind: 'unlock', lock: 1 })
  expect(inWords(ask())).toBe('granted NL')
})

describe('while an unlock or a cancel is under way', () => {
  function under(words: (lock: Lock) => Words): { bench: Bench; lock: Lock; first: number } {
    const bench = new Bench(awayFromIt)
    bench.requestBeside('CR')
    const lock = bench.request('CR')
    const first = bench.stage.call(lock.seat, words(lock))
    expect(lock.seat.ends.get(first)).toBeUndefined()
    return { bench, lock, first }
  }
  const unlock = (lock: Lock): Words => ({ kind: 'unlock', lock: lock.number })

  test.each([
    ['an unlock', (lock: Lock): Words => ({ kind: 'unlock', lock: lock.number })],
    ['a conversion', (lock: Lock): Words => convertWords(lock, 'NL', {})],
    ['a child', (lock: Lock): Words => requestWords(lock, 'NL', { parent: lock.number })],
  ])('%s is refused', (what, words) => {
    const { bench, lock, first } = under(unlock)
    const other = what === 'a child' ? bench.add(lock.seat) : lock
    const asked = { ...words(lock), lock: other.number } as Words
    const second = bench.stage.call(lock.seat, asked)
    const end = lock.seat.ends.get(second)
    expect(end?.outcome).toBe('refused')
    expect(end?.reason).toMatch(/unlock/)
    bench.stage.settle()
    expect(inWords(lock.seat.ends.get(first))).toBe('unlocked')
  })

  test('a second unlock by force ends with the first one', () => {
    const { bench, lock, first } = under(unlock)
    const second = bench.stage.call(lock.seat, { kind: 'unlock', lock: lock.number, force: true })
    bench.stage.settle()
    const ends = [first, second].map((call) => inWords(lock.seat.ends.get(call)))
    expect(ends).toEqual(['unlocked', 'unlocked'])
  })

  test('a second cancel is refused', () => {
    const bench = new Bench(awayFromIt)
    bench.requestBeside('EX')
    const lock = bench.request('CR')
    const words = { kind: 'cancel', lock: lock.number } as const
    const first = bench.stage.call(lock.seat, words)
    const second = bench.stage.call(lock.seat, words)
    expect(lock.seat.ends.get(second)?.outcome).toBe('refused')
    expect(lock.seat.ends.get(second)?.reason).toMatch(/cancel/)
    bench.stage.settle()
    expect(inWords(lock.seat.ends.get(first))).toBe('cancelled')
    expect(lock.completions.map(({ outcome }) => outcome).sort()).toEqual([
      'cancelled',
      'cancelled',
      'refused',
    ])
  })
})
