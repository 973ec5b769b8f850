/** Design, "Each call ends in exactly one completion"; a well-formed message must not make a call hang. */
import { expect, test } from 'vitest'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { outcomes, World } from '../harness/world.ts'

test('a victim whose cycle has the longest words that the decoder takes still hears of it', () => {
  const facts: unknown[] = []
  const told: unknown[] = []
  const world = new World({
    nodes: 2,
    onFact: (_process, fact) => facts.push(fact),
    onSend: (_from, _to, message) => told.push(message),
  })
  const name = nameIndexedBy(2, 2)
  world.request(world.session(2), name, 'EX')
  const waiting = world.request(world.session(1), name, 'EX')
  world.settle()
  const give = (message: object): void => {
    world.cluster.give(world.node(2), { kind: 'received', from: 1, epoch: 1, message })
  }
  const [known] = world
    .node(2)
    .engine.locks(10)
    .filter(({ queue }) => queue === 'waiting')
  expect(known?.holder).toBe(1)
  // Node 1 is the searcher. Its lock 1 is the first of that node.
  give({ kind: 'deadlock-ask', ask: 1, waits: [{ holder: 1, lock: 1 }], parties: [] })
  const answer = told.find((message) => (message as { kind: string }).kind === 'deadlock-told')
  const [wait] = (answer as { waits: { version: number }[] }).waits
  const cycle = Array.from({ length: 32 }, () => 'x'.repeat(500))
  const name1 = { holder: 1, lock: 1, version: wait?.version ?? 0 }
  give({ kind: 'deadlock-victim', ask: 2, wait: name1, cycle })
  world.settle()
  expect(facts.filter((fact) => (fact as { kind: string }).kind === 'rejected')).toEqual([])
  expect(outcomes(waiting)).toEqual(['deadlock'])
})
