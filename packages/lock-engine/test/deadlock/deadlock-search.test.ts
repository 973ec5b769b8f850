import { describe, expect, test } from 'vitest'
import type { BoardLock } from './board.ts'
import { callsOnCycles } from './board.ts'
import { SearchWorld, type WorldOptions } from './search-world.ts'

/** Long enough for the call to be due and for a search with delays of at most 10 ms. */
const enough = 1_500

/** Session i holds a resource of its own and waits for that of the next: 20 ms between the waits. */
function ring(world: SearchWorld, parties: number, nodes: number): BoardLock[] {
  const session = (index: number): string => `${1 + (index % nodes)}/${index + 1}`
  const name = (index: number): string => `${1 + ((index * 2) % nodes)}/r${index}`
  for (let index = 0; index < parties; index += 1) {
    world.board.request(session(index), name(index), 'EX')
  }
  return Array.from({ length: parties }, (_, index) => {
    world.runFor(20)
    return world.board.request(session(index), name((index + 1) % parties), 'EX')
  })
}

function lostOf(world: SearchWorld): readonly BoardLock[] {
  return world.victims.map(({ lock }) => lock)
}

function newWorld(nodes: number, options: Partial<WorldOptions> = {}): SearchWorld {
  return new SearchWorld({ nodes, ...options })
}

describe('a ring', () => {
  for (const parties of [2, 3, 4, 5, 6]) {
    for (const nodes of [1, 2, 3, 5]) {
      test(`of ${parties} parties on ${nodes} nodes loses the call that waits for the shortest time`, () => {
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
})
