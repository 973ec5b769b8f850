import { describe, expect, test } from 'vitest'
import type { DeadlockMessage } from '../../src/deadlock/deadlock-messages.ts'
import { type BoardLock, callsOnCycles } from './board.ts'
import { ring } from './rings.ts'
import { SearchWorld, type WorldOptions } from './search-world.ts'

/** Long enough for a call to be due and for a search with delays of at most 10 ms. */
const enough = 1_500

function newWorld(nodes: number, options: Partial<WorldOptions> = {}): SearchWorld {
  return new SearchWorld({ nodes, ...options })
}

function lostOf(world: SearchWorld): readonly BoardLock[] {
  return world.victims.map(({ lock }) => lock)
}

/** Runs `act` when the first message of that kind arrives, before it is read. */
function onFirst(kind: DeadlockMessage['kind'], act: () => void): Partial<WorldOptions> {
  let done = false
  return {
    bend: (message) => {
      if (message.kind === kind && !done) {
        done = true
        act()
      }
      return message
    },
  }
}

describe('a ring', () => {
  for (const parties of [2, 3, 4, 5, 6]) {
    for (const nodes of [1, 2, 3, 5]) {
      test(`of ${parties} parties on ${nodes} nodes: who waits for the shortest time loses`, () => {
        const world = newWorld(nodes)
        const waits = ring(world, parties, nodes)
        world.runFor(3 * enough)
        expect(lostOf(world)).toEqual([waits.at(-1)])
        expect(callsOnCycles(world.board).size).toBe(0)
      })
    }
  }

  test('says the cycle in words, from the call that lost', () => {
    const world = newWorld(2)
    ring(world, 2, 2)
    world.runFor(enough)
    expect(lostOf(world)[0]?.lost).toEqual([
      [
        'n2/2 waits for EX on 1/r0, which n1/1 holds in EX',
        'n1/1 waits for EX on 1/r1, which n2/2 holds in EX',
      ],
    ])
  })

  test('is not looked at before a call has waited for deadlockMs', () => {
    const world = newWorld(3)
    ring(world, 3, 3)
    world.runFor(950)
    expect([world.messages, world.victims.length]).toEqual([0, 0])
    world.runFor(enough)
    expect(world.victims.length).toBe(1)
  })

  test('that is open stays in peace, however long it waits', () => {
    const world = newWorld(3)
    const waits = ring(world, 6, 3)
    world.board.cancel(waits[2] as BoardLock)
    world.runFor(10 * enough)
    expect(world.victims).toEqual([])
    expect(world.sent.get('deadlock-check')).toBeUndefined()
    expect(world.facts.length).toBeGreaterThan(10)
  })

  test('that closes without a new wait is found when a call is due again', () => {
    const world = newWorld(2)
    const { board } = world
    board.request('1/1', '1/a', 'PR')
    const inTheWay = board.request('2/2', '2/b', 'EX')
    board.request('2/3', '1/a', 'EX')
    // 1/1 waits for b behind 2/3, which gets b when 2/2 goes.
    board.request('2/3', '2/b', 'EX')
    board.request('1/1', '2/b', 'EX')
    board.cancel(board.request('1/9', '1/z', 'EX'))
    world.runFor(10)
    expect(callsOnCycles(board).size).toBeGreaterThan(0)
    board.release(inTheWay)
    world.runFor(2 * enough)
    expect(callsOnCycles(board).size).toBe(0)
    expect(world.victims.every(({ wasOnCycle }) => wasOnCycle)).toBe(true)
  })

  test('loses the call of the lowest priority, whatever its age', () => {
    const world = newWorld(3)
    const waits = ring(world, 4, 3, { priorities: [128, 7, 128, 8] })
    world.runFor(enough)
    expect(lostOf(world)).toEqual([waits[1]])
  })

  test('loses, among calls of one priority and age, that of the highest node and lock', () => {
    const world = newWorld(3)
    const { board } = world
    for (const name of ['1/a', '1/b']) board.request(name === '1/a' ? '2/1' : '3/1', name, 'EX')
    const highest = board.request('3/1', '1/a', 'EX')
    board.request('2/1', '1/b', 'EX')
    world.runFor(enough)
    expect(lostOf(world)).toEqual([highest])
  })
})

describe('edges', () => {
  test('of a conversion are found; the one that loses keeps what it has', () => {
    const world = newWorld(3)
    const { board } = world
    const converted = board.request('1/1', '3/x', 'PR')
    board.request('2/1', '3/x', 'PR')
    board.request('1/1', '2/y', 'EX')
    board.request('2/1', '2/y', 'EX')
    world.runFor(50)
    board.convert(converted, 'EX')
    world.runFor(enough)
    expect(lostOf(world)).toEqual([converted])
    expect([converted.queue, converted.held]).toEqual(['granted', 'PR'])
  })

  /** A holds x; B waits for x; C, which could share x with A, waits behind B; A waits for C. */
  function throughQueue(world: SearchWorld, anyOrder: boolean): BoardLock {
    const { board } = world
    board.request('1/1', '2/x', 'PR')
    board.request('3/3', '3/y', 'EX')
    board.request('2/2', '2/x', 'EX')
    world.runFor(50)
    const behind = board.request('3/3', '2/x', 'PR', { anyOrder })
    board.request('1/1', '3/y', 'EX')
    return behind
  }

  test('of the order in a queue are found', () => {
    const world = newWorld(3)
    throughQueue(world, false)
    world.runFor(enough)
    expect(world.victims.length).toBe(1)
    expect(world.victims[0]?.lock.lost[0]).toContain(
      'n3/3 waits for PR on 2/x, which n2/2 wants in EX before it',
    )
  })

  test('of the order in a queue are none for a call that does not wait in order', () => {
    const world = newWorld(3)
    expect(throughQueue(world, true).queue).toBe('granted')
    world.runFor(enough)
    expect(world.victims).toEqual([])
  })

  test('of an explicit owner come together from all nodes', () => {
    const world = newWorld(4)
    const { board } = world
    board.request('1/1', '1/x', 'EX', { owner: 'T' })
    board.request('3/1', '2/y', 'EX')
    const first = board.request('4/1', '2/y', 'EX', { owner: 'T' })
    world.runFor(50)
    const last = board.request('3/1', '1/x', 'EX')
    world.runFor(enough)
    expect(lostOf(world)).toEqual([last])
    expect(first.queue).toBe('waiting')
    expect(last.lost[0]).toContain('owner T waits for EX on 2/y, which n3/1 holds in EX')
  })

  test('of locks that are alone lead to no others of their session', () => {
    const world = newWorld(2)
    const { board } = world
    board.request('1/1', '1/x', 'EX', { alone: true })
    board.request('2/1', '2/y', 'EX')
    board.request('1/1', '2/y', 'EX', { alone: true })
    board.request('2/1', '1/x', 'EX')
    world.runFor(3 * enough)
    expect(world.victims).toEqual([])
  })

  test('from a party to itself are no cycle', () => {
    const world = newWorld(2)
    world.board.request('1/1', '2/x', 'EX')
    world.board.request('1/1', '2/x', 'EX')
    world.runFor(3 * enough)
    expect(world.victims).toEqual([])
  })
})

describe('several cycles', () => {
  /** S waits for x, which Q and R hold; both wait for S. */
  function twoThroughOne(world: SearchWorld, order: readonly ('s' | 'q' | 'r')[]): BoardLock[] {
    const { board } = world
    for (const name of ['1/s1', '2/s2']) board.request('1/1', name, 'EX')
    for (const session of ['2/1', '3/1']) board.request(session, '3/x', 'PR')
    return order.map((who) => {
      world.runFor(50)
      if (who === 's') return board.request('1/1', '3/x', 'EX')
      return who === 'q' ? board.request('2/1', '1/s1', 'EX') : board.request('3/1', '2/s2', 'EX')
    })
  }

  test('through one call cost one victim when it breaks them all', () => {
    const world = newWorld(3)
    const [, , shared] = twoThroughOne(world, ['q', 'r', 's'])
    world.runFor(3 * enough)
    expect(lostOf(world)).toEqual([shared])
  })

  test('through one call that does not lose cost a victim each, in one batch', () => {
    const world = newWorld(3)
    const [, q, r] = twoThroughOne(world, ['s', 'q', 'r'])
    world.runFor(3 * enough)
    expect(lostOf(world)).toEqual([r, q])
    expect(world.facts.filter(({ victims }) => victims > 0).map((fact) => fact.victims)).toEqual([
      2,
    ])
  })

  test('that have nothing in common lose one call each, in one round', () => {
    const world = newWorld(3)
    const { board } = world
    for (const [one, other] of [
      ['1/1', '2/1'],
      ['2/2', '3/2'],
    ] as const) {
      board.request(one, `1/${one}`, 'EX')
      board.request(other, `3/${other}`, 'EX')
      board.request(one, `3/${other}`, 'EX')
      board.request(other, `1/${one}`, 'EX')
    }
    world.runFor(enough)
    expect(lostOf(world).length).toBe(2)
    expect(world.facts.find(({ victims }) => victims === 2)).toBeDefined()
    expect(world.sent.get('deadlock-check')).toBe(1)
  })

  test('remain when a conversion loses that was one of two calls of its party', () => {
    const world = newWorld(2)
    const { board } = world
    const lock = board.request('1/1', '1/a', 'PR')
    board.request('2/1', '1/a', 'PR')
    board.request('2/1', '2/b', 'EX')
    board.request('2/1', '1/a', 'EX', { anyOrder: true })
    board.request('1/1', '2/b', 'EX')
    world.runFor(50)
    board.convert(lock, 'EX')
    world.runFor(enough)
    expect(lostOf(world).length).toBe(2)
    expect(lostOf(world)[0]).toBe(lock)
    expect(callsOnCycles(board).size).toBe(0)
    expect(world.facts.filter(({ victims }) => victims > 0).length).toBe(1)
  })
})

describe('a cycle that changes while it is judged', () => {
  test('has no victim when it is gone at the second reading', () => {
    let waits: BoardLock[] = []
    const world: SearchWorld = newWorld(
      3,
      onFirst('deadlock-check', () => world.board.cancel(waits[1] as BoardLock)),
    )
    waits = ring(world, 3, 3)
    world.runFor(3 * enough)
    expect(world.victims).toEqual([])
    expect(world.sent.get('deadlock-victim')).toBeUndefined()
  })

  test('is found again, in the same batch, when a lock on it has changed and still is in the way', () => {
    const world: SearchWorld = newWorld(
      3,
      onFirst('deadlock-check', () => {
        const held = world.board.locks.find(({ queue, held: mode }) => queue === 'granted' && mode)
        if (held !== undefined) world.board.convert(held, 'PW')
      }),
    )
    ring(world, 3, 3)
    world.runFor(enough)
    expect(world.facts.filter(({ victims }) => victims > 0).length).toBe(1)
    expect(world.facts[0]?.victims).toBe(1)
    expect(world.victims.length).toBe(1)
  })

  test('loses one call when another takes the place of one on it', () => {
    let waits: BoardLock[] = []
    const world: SearchWorld = newWorld(
      3,
      onFirst('deadlock-check', () => {
        const [, shifted] = waits as [BoardLock, BoardLock]
        world.board.cancel(shifted)
        world.board.request('2/2', shifted.resource.name, 'PR')
      }),
    )
    waits = ring(world, 3, 3)
    world.runFor(900)
    expect(world.victims).toEqual([])
    world.runFor(2 * enough)
    expect(world.victims.length).toBe(1)
    expect(world.victims[0]?.wasOnCycle).toBe(true)
    expect(callsOnCycles(world.board).size).toBe(0)
  })

  test('loses nothing more when the call that was to lose has gone by itself', () => {
    let waits: BoardLock[] = []
    const world: SearchWorld = newWorld(
      3,
      onFirst('deadlock-victim', () => world.board.cancel(waits[2] as BoardLock)),
    )
    waits = ring(world, 3, 3)
    world.runFor(3 * enough)
    expect(world.victims).toEqual([])
    expect(callsOnCycles(world.board).size).toBe(0)
    expect(world.facts.every(({ victims }) => victims === 0)).toBe(true)
  })
})

describe('a view', () => {
  test('ends what is under way; the next searcher finds the cycle', () => {
    for (const kind of ['deadlock-ask', 'deadlock-told', 'deadlock-check'] as const) {
      const world: SearchWorld = newWorld(
        4,
        onFirst(kind, () => world.install([2, 3, 4])),
      )
      const { board } = world
      board.request('2/1', '2/x', 'EX')
      board.request('3/1', '4/y', 'EX')
      board.request('2/1', '4/y', 'EX')
      board.request('3/1', '2/x', 'EX')
      world.runFor(3 * enough)
      expect(world.epoch).toBe(2)
      expect(world.victims.length).toBe(1)
    }
  })

  test('has the lowest of the eligible members search', () => {
    const world = newWorld(3)
    world.install([1, 2, 3], [1])
    ring(world, 3, 3)
    world.search(1).onMessage(2, { kind: 'deadlock-due', waits: [{ holder: 1, lock: 1 }] }, 0)
    expect(world.messages).toBe(0)
    world.runFor(enough)
    expect(world.victims.length).toBe(1)
  })

  test('without an eligible member has nobody search, and nothing piles up', () => {
    const world = newWorld(2)
    world.install([1, 2], [1, 2])
    ring(world, 2, 2)
    world.runFor(3 * enough)
    expect([world.messages, world.victims.length]).toEqual([0, 0])
    expect(world.search(1).deadline()).toBeGreaterThan(world.board.now)
  })
})

describe('a view in which the same node searches', () => {
  test('ends what was under way: the search goes on', () => {
    const world: SearchWorld = newWorld(
      3,
      // Just after a question has been answered: the answer is on its way, and does not arrive.
      onFirst('deadlock-ask', () => world.at(world.board.now, () => world.install([1, 2, 3]))),
    )
    ring(world, 4, 3)
    world.runFor(3 * enough)
    expect([world.epoch, world.victims.length]).toEqual([2, 1])
  })

  test('has a former searcher ask nothing more', () => {
    const world = newWorld(3)
    const due = { kind: 'deadlock-due', waits: [{ holder: 2, lock: 1 }] } as const
    world.search(1).onMessage(2, due, 0)
    world.search(1).tick(5)
    world.search(1).onMessage(2, due, 5)
    const asked = world.sent.get('deadlock-ask')
    expect(asked).toBe(1)
    world.install([1, 2, 3], [1])
    expect(world.search(1).deadline()).toBeUndefined()
    world.search(1).onMessage(2, { kind: 'deadlock-ended', ask: 9, denied: false }, 9_000)
    expect(world.sent.get('deadlock-ask')).toBe(asked)
  })
})

describe('the messages of a search', () => {
  test('are none while nothing waits long', () => {
    const world = newWorld(3)
    world.board.request('1/1', '2/x', 'EX')
    const waiting = world.board.request('3/1', '2/x', 'EX')
    world.runFor(900)
    world.board.release(waiting)
    world.runFor(3 * enough)
    expect(world.messages).toBe(0)
  })

  /** A ring of n over n nodes, all due in one moment; each node masters one of the resources. */
  const counts = (nodes: number): Readonly<Record<string, number>> => {
    const world = newWorld(nodes, { limits: { pauseMs: 20 } })
    ring(world, nodes, nodes, { gapMs: 0 })
    world.runFor(1_100)
    expect(world.victims.length).toBe(1)
    return Object.fromEntries(world.sent)
  }

  test('for a ring of n parties on n nodes are 7 (n - 1) and 2 for the victim', () => {
    for (const nodes of [3, 5]) {
      const others = nodes - 1
      expect(counts(nodes)).toEqual({
        'deadlock-due': others,
        'deadlock-ask': 2 * others,
        'deadlock-told': 2 * others,
        'deadlock-check': others,
        'deadlock-checked': others,
        'deadlock-victim': 1,
        'deadlock-ended': 1,
      })
    }
  })
})
