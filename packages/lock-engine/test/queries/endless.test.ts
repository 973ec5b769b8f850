/** A peer that says for ever that there is more must not keep a query, a slot of `queriesMax` and the link busy for ever. */
import { expect, test } from 'vitest'
import { World } from '../harness/world.ts'

test('a query ends although a member always answers "nothing yet, go on"', () => {
  const asked: number[] = []
  const world = new World({
    nodes: 2,
    onSend: (_from, to, message) => {
      const { kind, ask = 0 } = message as { kind: string; ask?: number }
      if (to.id === 2 && kind === 'query-ask') asked.push(ask)
    },
  })
  const session = world.session(1)
  const call = world.query(session, { limit: 10 })
  // 100,000 answers without a lock: an honest node, which looks at 100,000 locks for each, has none left after 20.
  for (let turn = 0; turn < 100_000; turn += 1) {
    const ask = asked[turn]
    if (ask === undefined) break
    const message = { kind: 'query-told', ask, locks: [], scan: ask }
    world.cluster.give(world.node(1), { kind: 'received', from: 2, epoch: 1, message })
  }
  expect({ answered: session.answers.has(call), questions: asked.length }).toEqual({
    answered: true,
    questions: expect.toSatisfy((count: number) => count < 100_000),
  })
})
