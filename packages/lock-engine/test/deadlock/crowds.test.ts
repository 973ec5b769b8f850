/** Many calls on one name: what is told of each is bounded, and nothing stays hidden by it. */
import { describe, expect, test } from 'vitest'
import { outcomes, World } from '../harness/world.ts'
import { callsOnCycles } from './board.ts'
import { SearchWorld } from './search-world.ts'

// Whatever number of questions each look takes: the same ones are not told each time.
test.each([128, 192, 256])('a cycle through one of %s parties in the way is found', (parties) => {
  const world = new SearchWorld({ nodes: 6 })
  const { board } = world
  for (let session = 1; session <= parties; session += 1) {
    board.request(`2/${session}`, '2/x', 'PR')
  }
  board.request('1/1', '1/y', 'EX')
  board.request('1/1', '2/x', 'EX')
  world.runFor(300)
  board.request('2/1', '1/y', 'EX')
  world.runFor(120_000)
  expect(world.victims.length).toBe(1)
  expect(callsOnCycles(board).size).toBe(0)
})

/** A cycle of two calls that are due half a second apart, among others that wait on no cycle and in no order. */
function victimsBesideCrowd(waitsPerBatchMax: number): number {
  const world = new SearchWorld({ nodes: 2, limits: { waitsPerBatchMax, pauseMs: 100 } })
  const { board } = world
  const crowd = (node: number): void => {
    for (let session = 1; session <= 7; session += 1) {
      board.request(`${node}/${session}`, `${node}/busy`, 'EX', { anyOrder: true })
    }
  }
  for (const node of [1, 2]) board.request(`${node}/900`, `${node}/busy`, 'EX')
  board.request('1/100', '1/a', 'EX')
  board.request('2/100', '2/b', 'EX')
  crowd(1)
  board.request('1/100', '2/b', 'EX')
  world.runFor(500)
  crowd(2)
  board.request('2/100', '1/a', 'EX')
  world.runFor(60_000)
  return world.victims.length
}

test.each([40, 16, 8])(
  'a batch of %s calls has room for what the first ones lead to',
  (waitsPerBatchMax) => {
    expect(victimsBesideCrowd(waitsPerBatchMax)).toBe(1)
  },
)

describe('calls queued before a call', () => {
  test('are told by a few for each, however many there are', () => {
    let [waits, told] = [0, 0]
    const world = new World({
      nodes: 2,
      onSend: (_from, _to, message) => {
        const answer = message as { kind: string; waits: { by: number[] }[] }
        if (answer.kind !== 'deadlock-told') return
        waits += answer.waits.length
        for (const { by } of answer.waits) told += by.length
      },
    })
    const session = world.session(2)
    for (let count = 0; count <= 300; count += 1) world.request(session, 'hot', 'EX')
    world.cluster.pass(2_500)
    expect(waits).toBeGreaterThan(300)
    expect(told / waits).toBeLessThan(20)
  })

  // The cycle goes by the order of the queue alone. When the calls between are not looked at, no way leads by them.
  test.each([false, true])(
    'are on a cycle however far ahead, also when those between do not count: %s',
    (noDeadlockWait) => {
      const world = new World()
      const session = world.session(1)
      world.request(session, 'hot', 'EX')
      world.request(session, 'other', 'EX', { owner: 'last' })
      const ahead = world.request(session, 'hot', 'EX', { owner: 'first' })
      for (let count = 0; count < 100; count += 1) {
        world.request(session, 'hot', 'EX', { noDeadlockWait, noDeadlockBlock: noDeadlockWait })
      }
      const behind = world.request(session, 'hot', 'EX', { owner: 'last', priority: 1 })
      const cross = world.request(session, 'other', 'EX', { owner: 'first' })
      world.cluster.pass(60_000)
      expect([outcomes(ahead), outcomes(behind), outcomes(cross)]).toEqual([[], ['deadlock'], []])
    },
  )
})
