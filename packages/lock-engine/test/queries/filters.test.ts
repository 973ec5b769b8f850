import { beforeEach, describe, expect, test } from 'vitest'
import type { LockFilter, LockReport } from '../../src/messages.ts'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { type Session, World } from '../harness/world.ts'

const near = nameIndexedBy(1, 3)
const far = nameIndexedBy(3, 3)
let world: World
/** One session on each of three nodes: numbers 1, 2, 3. */
let a: Session
let b: Session
let c: Session

beforeEach(() => {
  world = new World({ nodes: 3 })
  ;[a, b, c] = [1, 2, 3].map((node) => world.session(node)) as [Session, Session, Session]
})

/** `n1/1#2 on r` */
const named = ({ node, session, lock, resource }: LockReport): string =>
  `${node}/${session}#${lock} on ${resource.name}`

describe('a query over the cluster', () => {
  test('tells everything that a master knows of a lock', () => {
    world.request(b, far, 'PR', { range: { start: 0n, end: 9n }, persistent: true })
    world.settle()
    world.request(a, far, 'EX', { priority: 7, range: { start: 5n, end: 7n }, owner: 'tx' })
    world.settle()
    world.cluster.now += 1_000.5
    const [holder, waiter] = world.ask(c)
    expect(holder).toEqual({
      resource: { space: 'test', name: far },
      node: 'n2',
      session: '2',
      lock: 1,
      master: 'n2',
      directory: 'n3',
      queue: 'granted',
      granted: 'PR',
      range: { start: 0n, end: 9n },
      priority: 128,
      persistent: true,
      forMs: 1_000,
    })
    expect(waiter).toEqual({
      resource: { space: 'test', name: far },
      node: 'n1',
      session: '1',
      lock: 1,
      master: 'n2',
      directory: 'n3',
      queue: 'waiting',
      position: 0,
      wanted: 'EX',
      wantedRange: { start: 5n, end: 7n },
      owner: 'tx',
      priority: 7,
      forMs: 1_000,
    })
  })

  test('tells the same whoever asks, and each lock once', () => {
    for (const session of [a, b, c]) {
      world.request(session, near, 'NL')
      world.request(session, far, 'NL')
    }
    world.settle()
    const seen = [a, b, c].map((session) => world.ask(session).map(named).sort())
    expect(new Set(seen[0]).size).toBe(6)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  test('tells tokens, conversions and places', () => {
    const first = world.request(a, near, 'PR')
    const second = world.request(b, near, 'PR')
    world.settle()
    world.request(c, near, 'EX')
    world.request(c, near, 'CR')
    world.settle()
    world.convert(first, 'EX')
    world.convert(second, 'CR')
    world.settle()
    const told = world.ask(b).map(({ queue, granted, wanted, position, token }) => {
      return [queue, granted ?? '-', wanted ?? '-', position ?? '-', token === undefined].join(' ')
    })
    expect(told).toEqual([
      'granted CR - - true',
      'converting PR EX 0 true',
      'waiting - EX 0 true',
      'waiting - CR 1 true',
    ])
    world.unlock(second)
    world.settle()
    expect(world.ask(b)[0]).toMatchObject({ granted: 'EX', token: expect.any(BigInt) })
  })

  test('says nothing of the locks by which nodes keep lockspaces open', () => {
    world.call(a, { kind: 'open-space', call: 1, space: 'orders' })
    world.cluster.settle()
    a.calls = 1
    expect(world.ask(b)).toEqual([])
    const inner = [1, 2, 3].flatMap((node) => world.node(node).engine.locks(10))
    expect(inner.length).toBeGreaterThan(0)
  })
})

describe('a filter', () => {
  beforeEach(() => {
    for (const session of [a, b, c]) {
      for (const name of [near, far]) world.request(session, name, 'NL')
    }
    world.settle()
  })

  const filters: readonly (readonly [LockFilter, readonly string[]])[] = [
    [
      { resource: { space: 'test', name: near } },
      [`n1/1#1 on ${near}`, `n2/2#1 on ${near}`, `n3/3#1 on ${near}`],
    ],
    [{ resource: { space: 'other', name: near } }, []],
    [{ session: 'n2/2' }, [`n2/2#1 on ${near}`, `n2/2#2 on ${far}`]],
    [{ session: '2', node: 'n2' }, [`n2/2#1 on ${near}`, `n2/2#2 on ${far}`]],
    [{ session: 'n2/3' }, []],
    [{ session: 'n2/2', lock: 2 }, [`n2/2#2 on ${far}`]],
    [{ node: 'n3' }, [`n3/3#1 on ${near}`, `n3/3#2 on ${far}`]],
    [{ node: 'n3', resource: { space: 'test', name: far } }, [`n3/3#2 on ${far}`]],
    [{ session: 'n1/1', lock: 1, resource: { space: 'test', name: far } }, []],
  ]

  test.each(filters)('%j', (filter, expected) => {
    for (const session of [a, b, c]) {
      expect(world.ask(session, { filter }).map(named).sort()).toEqual(expected)
    }
  })

  test.each<readonly [LockFilter, string]>([
    [{ lock: 3 }, '`session`'],
    [{ session: 'n2' }, 'n1/3'],
    [{ session: 'n9/2' }, 'no node n9'],
    [{ node: 'elsewhere' }, 'no node elsewhere'],
    [{ node: 'n1', session: 'n2/2' }, 'not on node n1'],
    [{ resource: { space: 'test', name: '' } }, 'bad name'],
    [{ resource: { space: 'test', name: 'x'.repeat(256) } }, 'bad name'],
    [{ resource: { space: 'test', name: 'x', path: Array(16).fill('p') } }, 'bad name'],
  ])('%j is refused with words', (filter, words) => {
    const call = world.query(a, { filter })
    world.settle()
    const answer = a.answers.get(call)
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining(words) })
  })
})

describe('trees', () => {
  test('are found by their path, and know what is below and above', () => {
    const table = world.request(b, near, 'CW')
    world.settle()
    const rows = ['1', '2', '3'].map((name) => world.request(b, name, 'EX', { parent: table }))
    world.settle()
    world.request(b, 'field', 'EX', { parent: rows[0] as (typeof rows)[number] })
    world.request(c, '1', 'EX')
    world.settle()

    const path = [near]
    const row = world.ask(a, { filter: { resource: { space: 'test', name: '1', path } } })
    expect(row.map(named)).toEqual(['n2/2#2 on 1'])
    expect(row[0]).toMatchObject({ parent: 1, resource: { space: 'test', name: '1', path } })
    const details = (lock: number): LockReport | undefined =>
      world.ask(a, { filter: { session: 'n2/2', lock, details: true } })[0]
    expect(details(1)?.parent).toBeUndefined()
    expect(details(1)?.counts).toMatchObject({ resourcesBelow: 3, locksBelow: 3 })
    expect(details(2)?.counts).toMatchObject({ resourcesBelow: 1, locksBelow: 1 })
    expect(details(3)?.counts).toMatchObject({ resourcesBelow: 0, locksBelow: 0 })

    world.unlock(rows[2] as (typeof rows)[number])
    world.settle()
    expect(details(1)?.counts).toMatchObject({ resourcesBelow: 2, locksBelow: 2 })
  })

  test('keep that when another node takes them over', () => {
    world.request(a, near, 'NL')
    world.settle()
    const table = world.request(b, near, 'CW')
    world.settle()
    world.request(b, '1', 'EX', { parent: table })
    world.settle()
    world.halt(1)
    world.changeView()
    const told = world.ask(b, { filter: { session: 'n2/2', details: true } })
    expect(told.map(({ parent, counts }) => [parent, counts?.locksBelow])).toEqual([
      [undefined, 1],
      [1, 0],
    ])
  })
})

test('a lock that a session left behind is told as an orphan, with the session that it had', () => {
  world.request(b, near, 'EX', { persistent: true })
  world.settle()
  world.close(b)
  world.settle()
  expect(world.ask(a)).toMatchObject([
    { node: 'n2', session: '2', lock: 1, granted: 'EX', persistent: true, orphan: true },
  ])
})

test('a lock of a lost node is told until it is freed', () => {
  world.request(a, near, 'NL')
  world.settle()
  world.request(b, near, 'EX')
  world.settle()
  world.halt(2)
  const view = world.propose()
  world.installAll(view)
  const filter = { node: 'n2' }
  expect(world.ask(a, { filter }).map(named)).toEqual([`n2/2#1 on ${near}`])
  world.activateAll(view)
  expect(world.ask(a, { filter })).toEqual([])
})
