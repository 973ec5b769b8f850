/** A node without authority answers nothing; it still opens sessions. */
import { expect, test } from 'vitest'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { World } from '../harness/world.ts'

test('a session that opens makes the engine do nothing else', () => {
  const sent: string[] = []
  const world = new World({
    nodes: 2,
    limits: { queryLookMax: 1 },
    onSend: (from, _to, message) => sent.push(`${from.id} ${(message as { kind: string }).kind}`),
  })
  const name = nameIndexedBy(1, 2)
  const holder = world.session(1)
  for (let count = 0; count < 5; count += 1) world.request(holder, `${name}-${count}`, 'NL')
  world.settle()
  // A query of its own and one of node 2 wait for their turns.
  world.query(holder)
  const message = { kind: 'query-ask', ask: 1, filter: { details: false }, limit: 10 }
  world.cluster.give(world.node(1), { kind: 'received', from: 2, epoch: 1, message })
  // Now the lease of node 1 ends: the node machine gives its engine nothing but sessions that open.
  const before = sent.length
  for (let count = 0; count < 3; count += 1) world.session(1)
  expect(sent.slice(before)).toEqual([])
})
