import { describe, expect, test } from 'vitest'
import { nameIndexedBy } from './harness/directory-node.ts'
import { lastOutcome, outcomes, World } from './harness/world.ts'

describe('what a master reports', () => {
  test('is each lock with its queue, its modes and its holder', () => {
    const world = new World({ nodes: 2 })
    const [a, b] = [world.session(1), world.session(2)]
    const granted = world.request(a, 'r', 'PR')
    world.settle()
    const converting = world.request(b, 'r', 'PR')
    world.settle()
    world.convert(converting, 'EX')
    world.settle()
    world.request(a, 'r', 'CW')
    world.settle()
    const [first, ...others] = world.node(1).engine.locks(100)
    expect(first?.resource).toEqual({ space: 'test', name: 'r' })
    const seen = [first, ...others].map((lock) =>
      [lock?.holder, lock?.queue, lock?.granted, lock?.wanted].join(' '),
    )
    expect(seen.sort()).toEqual(['1 granted PR ', '1 waiting  CW', '2 converting PR EX'])
    expect(world.node(2).engine.locks(100)).toEqual([])
    expect(lastOutcome(granted)).toBe('granted')
  })

  test('is cut at the limit that was asked for', () => {
    const world = new World({ nodes: 1 })
    const session = world.session(1)
    for (let count = 0; count < 20; count += 1) world.request(session, `r${count % 3}`, 'NL')
    expect(world.node(1).engine.locks(7)).toHaveLength(7)
    expect(world.node(1).engine.locks(100)).toHaveLength(20)
    expect(world.node(1).engine.locks(0)).toEqual([])
  })
})

test('a holder relies on no more than CR while it goes from PR to CW', () => {
  const world = new World({ nodes: 2 })
  world.request(world.session(1), 'r', 'NL')
  world.settle()
  const lock = world.request(world.session(2), 'r', 'PR')
  world.settle()
  const modeNow = (): unknown => world.node(2).engine.held()[0]?.granted
  expect(modeNow()).toBe('PR')
  world.convert(lock, 'CW')
  expect(modeNow()).toBe('CR')
  world.settle()
  expect(modeNow()).toBe('CW')
})

test('a node is idle when nobody holds, waits or masters there', () => {
  const world = new World({ nodes: 2 })
  const name = nameIndexedBy(1, 2)
  const idle = (): readonly boolean[] => [1, 2].map((id) => world.node(id).engine.idle)
  expect(idle()).toEqual([true, true])
  const lock = world.request(world.session(2), name, 'EX')
  world.settle()
  expect(idle()[1]).toBe(false)
  world.unlock(lock)
  world.settle()
  world.cluster.pass(60_000)
  expect(idle()).toEqual([true, true])
  expect([1, 2].map((id) => world.node(id).engine.deadline())).toEqual([undefined, undefined])
})

test('twenty thousand waiters are granted by one unlock, on any node', () => {
  for (const node of [1, 2]) {
    const world = new World({ nodes: 2 })
    const holder = world.request(world.session(1), 'r', 'EX')
    world.settle()
    const session = world.session(node)
    for (let count = 0; count < 20_000; count += 1) world.request(session, 'r', 'PR')
    world.settle()
    expect(session.completions.size).toBe(0)
    world.unlock(holder)
    world.settle()
    expect(session.completions.size).toBe(20_000)
    world.close(session)
    world.settle()
    const again = world.request(world.session(1), 'r', 'EX', { noQueue: true })
    world.settle()
    expect(outcomes(again)).toEqual(['granted EX'])
    world.node(1).engine.checkInvariants()
  }
})

test('a name that is taken, given up and retired over and over is granted each time', () => {
  const world = new World({ nodes: 3 })
  const name = nameIndexedBy(3, 3)
  for (let round = 0; round < 200; round += 1) {
    const lock = world.request(world.session(1 + (round % 3)), name, 'EX')
    world.settle()
    expect(outcomes(lock)).toEqual(['granted EX'])
    world.unlock(lock)
    world.settle()
    if (round % 5 === 0) world.cluster.pass(15_000)
  }
})
