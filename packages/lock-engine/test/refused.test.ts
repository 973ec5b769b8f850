import { describe, expect, test } from 'vitest'
import type { LockCall } from '../src/index.ts'
import type { Session } from './harness/world.ts'
import { bytesOf, lastOutcome, outcomes, World } from './harness/world.ts'

const resource = { space: 'test', name: 'r' }
const asked = { resource, mode: 'EX', noQueue: false, useValue: false, notify: false } as const
const changed = { mode: 'PR', noQueue: false, queueFair: false, useValue: false } as const

/** Makes the call under the session's next number; what came back. */
function give(world: World, session: Session, call: Omit<LockCall, 'call'>): string {
  session.calls += 1
  world.call(session, { ...call, call: session.calls } as LockCall)
  world.settle()
  const { outcome, reason } = session.completions.get(session.calls) ?? {}
  if (outcome === 'refused') expect(reason?.length).toBeGreaterThan(10)
  return outcome ?? 'pending'
}

describe('a wrong call is refused, with a reason, and changes nothing', () => {
  const wrong: readonly (readonly [string, Omit<LockCall, 'call'>])[] = [
    ['convert of an unknown lock', { kind: 'convert', lock: 99, ...changed } as never],
    ['unlock of an unknown lock', { kind: 'unlock', lock: 99 } as never],
    [
      'request without a resource',
      { kind: 'request', lock: 50, ...asked, resource: undefined } as never,
    ],
    [
      'adoption of a resource without a name',
      { kind: 'adopt', lock: 50, ...asked, resource: { space: 'test' } } as never,
    ],
    [
      'request for a range that is none',
      { kind: 'request', lock: 50, ...asked, range: null } as never,
    ],
    ['unlock with a value that is text', { kind: 'unlock', lock: 1, value: 'x' } as never],
    ['request under a number in use', { kind: 'request', lock: 1, ...asked } as never],
    [
      'request for a name without characters',
      { kind: 'request', lock: 50, ...asked, resource: { space: 'test', name: '' } } as never,
    ],
    [
      'request for a name of 256 bytes',
      {
        kind: 'request',
        lock: 50,
        ...asked,
        resource: { space: 'test', name: 'x'.repeat(256) },
      } as never,
    ],
    [
      'request for a name with a character that is no byte',
      {
        kind: 'request',
        lock: 50,
        ...asked,
        resource: { space: 'test', name: 'a\u0100' },
      } as never,
    ],
    [
      'request in a lockspace without a name',
      { kind: 'request', lock: 50, ...asked, resource: { space: '', name: 'r' } } as never,
    ],
    [
      'request in a lockspace with a name of 256 bytes',
      {
        kind: 'request',
        lock: 50,
        ...asked,
        resource: { space: 'x'.repeat(256), name: 'r' },
      } as never,
    ],
    [
      'unlock with a value of 1025 bytes',
      { kind: 'unlock', lock: 1, value: new Uint8Array(1025) } as never,
    ],
    [
      'unlock that writes the value and marks it',
      { kind: 'unlock', lock: 1, value: bytesOf('x'), invalidate: true } as never,
    ],
    [
      'convert with a value of 1025 bytes',
      {
        kind: 'convert',
        lock: 1,
        ...changed,
        useValue: true,
        value: new Uint8Array(1025),
      } as never,
    ],
    [
      'convert downwards that is to take its turn',
      { kind: 'convert', lock: 1, ...changed, queueFair: true } as never,
    ],
    [
      'convert to the same mode that is to take its turn',
      { kind: 'convert', lock: 1, ...changed, mode: 'EX', queueFair: true } as never,
    ],
    [
      'convert that would write, without bytes',
      { kind: 'convert', lock: 1, ...changed, useValue: true } as never,
    ],
  ]

  test.each(wrong)('%s', (_what, call) => {
    const world = new World({ nodes: 1 })
    const session = world.session(1)
    const lock = world.request(session, 'r', 'EX')
    const before = world.node(1).engine.describe()
    expect(give(world, session, call)).toBe('refused')
    expect(world.node(1).engine.describe()).toBe(before)
    expect(outcomes(lock).filter((outcome) => !outcome.startsWith('refused'))).toEqual([
      'granted EX',
    ])
    const other = world.request(world.session(1), 'r', 'CR', { noQueue: true })
    expect(lastOutcome(other)).toBe('denied')
    expect(give(world, session, { kind: 'unlock', lock: lock.number } as never)).toBe('unlocked')
  })
})

test('names and values of just the greatest length are taken', () => {
  const world = new World({ nodes: 2 })
  for (const name of ['x'.repeat(255), '\u00ff'.repeat(255), '\u0000']) {
    world.request(world.session(1), name, 'NL', { space: 's'.repeat(255) })
    world.settle()
    const lock = world.request(world.session(2), name, 'EX', { space: 's'.repeat(255) })
    world.settle()
    world.convert(lock, 'PR', { useValue: true, value: new Uint8Array(1024) })
    world.settle()
    expect(outcomes(lock)).toEqual(['granted EX', 'granted PR'])
  }
})

test.each([1, 2])(
  'a lock that waits, converts or is being unlocked is busy (node %s)',
  (holder) => {
    const world = new World({ nodes: 2 })
    const held = world.request(world.session(1), 'r', 'PR')
    world.settle()
    const session = world.session(holder)
    const lock = world.request(session, 'r', 'PR')
    world.settle()
    world.convert(lock, 'EX')
    world.settle()
    expect(give(world, session, { kind: 'convert', lock: 1, ...changed } as never)).toBe('refused')
    const waiting = world.request(session, 'r', 'EX')
    world.settle()
    expect(give(world, session, { kind: 'convert', lock: 2, ...changed } as never)).toBe('refused')
    world.unlock(held)
    world.settle()
    expect(outcomes(lock)).toEqual(['granted PR', 'refused PR', 'granted EX'])
    expect(outcomes(waiting)).toEqual(['refused'])
    world.unlock(lock)
    world.unlock(lock)
    world.settle()
    const ends = lock.completions.slice(3).map(({ outcome }) => outcome)
    expect(ends.sort()).toEqual(['refused', 'unlocked'])
  },
)

test('after its unlock or its denial a lock is unknown', () => {
  const world = new World({ nodes: 1 })
  const session = world.session(1)
  const other = world.request(world.session(1), 'r', 'PR')
  const denied = world.request(session, 'r', 'EX', { noQueue: true })
  const gone = world.request(session, 'r', 'PR')
  world.unlock(gone)
  expect([lastOutcome(other), lastOutcome(denied), lastOutcome(gone)]).toEqual([
    'granted',
    'denied',
    'unlocked',
  ])
  for (const lock of [denied.number, gone.number]) {
    expect(give(world, session, { kind: 'unlock', lock } as never)).toBe('refused')
  }
})

test('too many locks of a session, or of a node, are refused', () => {
  const world = new World({ nodes: 1, limits: { locksPerSessionMax: 3, locksMax: 5 } })
  const first = world.session(1)
  const second = world.session(1)
  const asks = [first, first, first, first, second, second, second].map((session) =>
    world.request(session, 'r', 'NL'),
  )
  expect(asks.map(lastOutcome)).toEqual([
    'granted',
    'granted',
    'granted',
    'refused',
    'granted',
    'granted',
    'refused',
  ])
  world.unlock(asks[0] as never)
  const again = world.request(second, 'r', 'NL')
  expect(lastOutcome(again)).toBe('granted')
})

test('a call for a session that is not open is not answered and harms nobody', () => {
  const world = new World({ nodes: 1 })
  const session = world.session(1)
  world.close(session)
  world.call(session, { kind: 'unlock', call: 1, lock: 1 })
  world.call({ ...session, number: 77 }, { kind: 'request', call: 1, lock: 1, ...asked })
  const lock = world.request(world.session(1), 'r', 'EX')
  expect(lastOutcome(lock)).toBe('granted')
})

test('a cancel with nothing to cancel says so', () => {
  const world = new World({ nodes: 2 })
  expect(give(world, world.session(1), { kind: 'cancel', lock: 99 } as never)).toBe(
    'nothing-to-cancel',
  )
  world.request(world.session(1), 'r', 'NL')
  world.settle()
  for (const node of [1, 2]) {
    const lock = world.request(world.session(node), 'r', 'CR')
    world.settle()
    world.cancel(lock)
    world.settle()
    expect(outcomes(lock)).toEqual(['granted CR', 'nothing-to-cancel CR'])
  }
})

test('a request cannot say that it is an adoption', () => {
  const world = new World({ nodes: 1 })
  const session = world.session(1)
  const call = { kind: 'request', lock: 1, ...asked, adopt: true, hashed: true } as never
  expect(give(world, session, call)).toBe('granted')
})
