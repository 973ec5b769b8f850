import { createRandom } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import type { LockReport } from '../../src/messages.ts'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { type Held, type Session, World } from '../harness/world.ts'

const name = nameIndexedBy(1, 2)
const at = (start: bigint, end: bigint) => ({ range: { start, end } })

/** One name, and locks of two sessions on two nodes. */
class Room extends World {
  readonly one: Session
  readonly two: Session

  constructor() {
    super({ nodes: 2 })
    this.one = this.session(1)
    this.two = this.session(2)
  }

  lock(
    ...[mode, options = {}]: [Parameters<World['request']>[2], Parameters<World['request']>[3]?]
  ): Held {
    const session = this.one.locks.size > this.two.locks.size ? this.two : this.one
    const lock = this.request(session, name, mode, options)
    this.settle()
    return lock
  }

  to(
    lock: Held,
    ...[mode, options]: [Parameters<World['convert']>[1], Parameters<World['convert']>[2]?]
  ): void {
    this.convert(lock, mode, options)
    this.settle()
  }

  /** For each lock given: `what is in its way | whom it is in the way of`, by their places in the list. */
  seen(...locks: readonly Held[]): readonly string[] {
    const all = this.ask(this.two, { filter: { details: true } })
    const placeOf = (session: string, lock: number): number =>
      locks.findIndex((one) => String(one.session.number) === session && one.number === lock)
    const names = (list: LockReport['blocks'] = []): string =>
      list.map(({ session, lock, mode }) => `${placeOf(session, lock)}${mode}`).join(' ')
    return locks.map((lock) => {
      const report = all.find(
        (one) => one.session === String(lock.session.number) && one.lock === lock.number,
      )
      return `${names(report?.blockedBy)} | ${names(report?.blocks)}`.trim()
    })
  }
}

describe('who is in the way of whom', () => {
  test('by mode: those that hold, for each that waits', () => {
    const room = new Room()
    const [x, y, z] = [room.lock('PR'), room.lock('CR'), room.lock('EX')]
    expect(room.seen(x, y, z)).toEqual(['| 2EX', '| 2EX', '0PR 1CR |'])
  })

  test('by order: who waits for nothing but its turn', () => {
    const room = new Room()
    const [x, y, z] = [room.lock('PR'), room.lock('EX'), room.lock('PR')]
    expect(room.seen(x, y, z)).toEqual(['| 1EX', '0PR | 2PR', '1EX |'])
  })

  test('not by order for those that keep to none', () => {
    const room = new Room()
    const [x, y] = [room.lock('PR'), room.lock('EX')]
    const z = room.lock('CW', { anyOrder: true })
    expect(room.seen(x, y, z)).toEqual(['| 1EX 2CW', '0PR |', '0PR |'])
  })

  test('conversions: both ways, ahead of all requests, and each lock named once', () => {
    const room = new Room()
    const [x, y, z] = [room.lock('PR'), room.lock('PR'), room.lock('NL')]
    room.to(x, 'EX')
    const w = room.lock('CW')
    room.to(z, 'PR', { queueFair: true })
    expect(room.seen(x, y, z, w)).toEqual([
      '1PR | 2PR 3CW',
      '| 0EX 3CW',
      '0EX | 3CW',
      '1PR 0PR 2PR |',
    ])
  })

  test('ranges: only where they overlap, but order counts for all', () => {
    const room = new Room()
    const [x, y] = [room.lock('EX', at(0n, 9n)), room.lock('EX', at(10n, 19n))]
    const [z, w] = [room.lock('PR', at(5n, 9n)), room.lock('PR', at(15n, 30n))]
    expect(room.seen(x, y, z, w)).toEqual(['| 2PR', '| 3PR', '0EX | 3PR', '1EX 2PR |'])
  })

  test('owners: never within one owner, but for the order', () => {
    const room = new Room()
    const x = room.lock('EX', { owner: 't' })
    const [y, z] = [room.lock('EX'), room.lock('EX', { owner: 't' })]
    expect(room.seen(x, y, z)).toEqual(['| 1EX', '0EX | 2EX', '1EX |'])
  })

  test('alternates: what is in the way of the mode that is wanted', () => {
    const room = new Room()
    const [x, y] = [room.lock('CW'), room.lock('CW')]
    const z = room.lock('EX')
    const w = room.lock('EX', { alternateCW: true })
    const seen = room.seen(x, y, z, w)
    expect(seen).toEqual(['| 2EX 3EX', '| 2EX 3EX', '0CW 1CW | 3EX', '0CW 1CW 2EX |'])
  })

  test('locks that the deadlock search does not see are told', () => {
    const room = new Room()
    const [x, y] = [room.lock('EX', { noDeadlockBlock: true }), room.lock('PR')]
    expect(room.seen(x, y)).toEqual(['| 1PR', '0EX |'])
  })

  test('is the same from both ends, whatever there is', () => {
    for (let run = 0; run < 60; run += 1) {
      const room = anyRoom(run)
      const told = room.ask(room.one, { filter: { details: true } })
      const behind = told.flatMap((one) => (one.blockedBy ?? []).map((other) => arrow(one, other)))
      const before = told.flatMap((one) => (one.blocks ?? []).map((other) => arrow(other, one)))
      expect(before.sort()).toEqual(behind.sort())
      const queued = told.filter(({ queue }) => queue !== 'granted')
      expect(queued.filter(({ blockedBy }) => blockedBy?.length === 0)).toEqual([])
    }
  })
})

const modes = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX'] as const

/** Locks of all sorts on one name, in whatever state thirty steps bring them. */
function anyRoom(run: number): Room {
  const random = createRandom(`who-blocks-${run}`)
  const room = new Room()
  const locks: Held[] = []
  for (let step = 0; step < 30; step += 1) {
    const start = BigInt(random.below(20))
    const range = random.chance(1, 2) ? at(start, start + 5n) : {}
    const mode = random.pick(modes)
    const terms = { ...range, anyOrder: random.chance(1, 4) }
    if (locks.length === 0 || random.chance(1, 2)) {
      const owner = random.chance(1, 4) ? { owner: random.pick(['s', 't']) } : {}
      const alternatePR = mode !== 'PR' && random.chance(1, 6)
      locks.push(room.lock(mode, { ...terms, alternatePR, ...owner }))
    } else if (random.chance(1, 3)) room.unlock(random.pick(locks))
    else room.to(random.pick(locks), mode, range)
    room.settle()
  }
  return room
}

type Named = Pick<LockReport, 'session' | 'lock'>

function arrow(behind: Named, before: Named): string {
  return `${behind.session}#${behind.lock} < ${before.session}#${before.lock}`
}

describe('details', () => {
  test('are the value, the counts, and since when each is in its queue', () => {
    const room = new Room()
    const writer = room.lock('EX', { useValue: true })
    room.to(writer, 'PR', { useValue: true, value: new Uint8Array([7]) })
    room.cluster.now += 100
    room.lock('PW')
    room.cluster.now += 20
    const [holder, waiter] = room.ask(room.one, { filter: { details: true } })
    const value = { bytes: new Uint8Array([7]), valid: true, sequence: 1 }
    const counts = { granted: 1, converting: 0, waiting: 1, resourcesBelow: 0, locksBelow: 0 }
    const granted = { node: 'n1', session: '1', lock: 1, queue: 'granted', mode: 'PR', forMs: 120 }
    const waits = { node: 'n2', session: '2', lock: 1, queue: 'waiting', mode: 'PW', forMs: 20 }
    expect(holder).toMatchObject({ value, counts, blockedBy: [], blocks: [waits] })
    expect(waiter).toMatchObject({ value, counts, blockedBy: [granted], blocks: [] })
    const [plain] = room.ask(room.one)
    expect(Object.keys(plain ?? {})).not.toContain('counts')
    expect(Object.keys(plain ?? {})).not.toContain('value')
    expect(Object.keys(plain ?? {})).not.toContain('blocks')
  })

  test('name 64 of each, and say when there are more', () => {
    const room = new Room()
    const holder = room.request(room.one, name, 'EX')
    for (let count = 0; count < 64; count += 1) room.request(room.two, name, 'EX')
    room.settle()
    const [first] = room.ask(room.one, { filter: { session: 'n1/1', details: true } })
    expect(first?.blocks).toHaveLength(64)
    expect(first?.moreBlocks).toBeUndefined()
    room.request(room.two, name, 'PR')
    room.settle()
    const told = room.ask(room.two, { filter: { details: true } })
    expect(told[0]?.blocks).toHaveLength(64)
    expect(told[0]?.moreBlocks).toBe(true)
    expect(told.at(-1)?.blockedBy).toHaveLength(64)
    expect(told.at(-1)?.moreBlockedBy).toBe(true)
    expect(told.at(-1)?.blockedBy?.[0]).toMatchObject({ lock: holder.number, mode: 'EX' })
  })
})
