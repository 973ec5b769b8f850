/** A lost member's lock blocks until the view is active; the search must not go round for its sake. */
import { expect, test } from 'vitest'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { lastOutcome, outcomes, World } from '../harness/world.ts'

test('a ghost of an owner that waits elsewhere costs no more than a lock that stays', () => {
  const rounds: number[] = []
  const world = new World({
    nodes: 3,
    onFact: (_process, fact) => {
      const search = fact as { kind: string; rounds?: number }
      if (search.kind === 'deadlock-search') rounds.push(search.rounds ?? 0)
    },
  })
  const [one, two, three] = [world.session(1), world.session(2), world.session(3)]
  const [x, other] = [nameIndexedBy(2, 3, 2), 'other']
  // Node 2 masters both names, so nothing moves when node 3 dies; node 1 searches.
  world.request(two, x, 'NL')
  world.request(two, other, 'NL')
  world.settle()
  const ghost = world.request(three, x, 'EX', { owner: 'job' })
  const held = world.request(two, other, 'EX', { owner: 'rival' })
  world.settle()
  expect([lastOutcome(ghost), lastOutcome(held)]).toEqual(['granted', 'granted'])
  const rival = world.request(two, x, 'EX', { owner: 'rival' })
  const job = world.request(one, other, 'EX', { owner: 'job' })
  world.settle()
  world.halt(3)
  const view = world.propose()
  world.installAll(view)
  const before = world.cluster.sent
  // Until the lease of node 3 has run out, and its fence has confirmed.
  world.cluster.pass(10_000)
  expect([outcomes(rival), outcomes(job)]).toEqual([[], []])
  expect(rounds.length).toBeGreaterThan(0)
  expect({ rounds: Math.max(...rounds), messages: world.cluster.sent - before }).toEqual({
    rounds: expect.toSatisfy((count: number) => count < 20),
    messages: expect.toSatisfy((count: number) => count < 500),
  })
})
