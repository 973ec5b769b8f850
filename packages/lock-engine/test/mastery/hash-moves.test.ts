import { expect, test } from 'vitest'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { World } from '../harness/world.ts'

test('a name mastered by hash is not proposed to move, wherever the lockspace is open', () => {
  const proposed: string[] = []
  const world = new World({
    nodes: 2,
    onPropose: (process, notes) => proposed.push(`${process.id}: ${notes.join()}`),
  })
  const user = world.session(2)
  const attributes = { mastering: 'hash' } as const
  user.calls += 1
  world.call(user, { kind: 'open-space', call: 1, space: 'test', attributes })
  world.settle()
  expect(user.answers.get(1)).toMatchObject({ outcome: 'opened', attributes })
  const name = nameIndexedBy(1, 2)
  for (let period = 0; period < 4; period += 1) {
    for (let turn = 0; turn < 200; turn += 1) {
      const held = world.request(user, name, 'EX')
      world.settle()
      world.unlock(held)
      world.settle()
    }
    world.cluster.pass(8_000)
  }
  // Its hash leads to node 1, which masters it, and on which no session has the lockspace open.
  expect(proposed.filter((note) => note.includes(name))).toEqual([])
})
