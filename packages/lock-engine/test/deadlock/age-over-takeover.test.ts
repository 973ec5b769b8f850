/** docs/calls.md: among equals the call loses "that has waited for the shortest time". */
import { expect, test } from 'vitest'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { outcomes, World } from '../harness/world.ts'

test('a call keeps its age when its resource moves to another master', () => {
  const world = new World({ nodes: 3 })
  const [one, two] = [world.session(1), world.session(2)]
  const moving = nameIndexedBy(3, 3, 2)
  const staying = nameIndexedBy(1, 3, 1)
  // Node 3 is the first to use `moving`, so its master.
  const first = world.request(world.session(3), moving, 'NL')
  world.settle()
  void first
  const a = world.request(one, moving, 'EX', { owner: 'a' })
  const b = world.request(two, staying, 'EX', { owner: 'b' })
  world.settle()
  const old = world.request(two, moving, 'EX', { owner: 'b' })
  world.cluster.pass(60_000)
  world.halt(3)
  world.changeView()
  // The second call of the cycle is asked for just before the view: it is a minute younger.
  world.cluster.pass(10)
  expect([outcomes(a), outcomes(b), outcomes(old)]).toEqual([['granted EX'], ['granted EX'], []])
  const reported = world.ask(one).find(({ queue }) => queue === 'waiting')
  expect(reported?.forMs).toBeGreaterThanOrEqual(60_000)
})

test('the young call loses, not the one whose resource has moved', () => {
  const world = new World({ nodes: 3 })
  const [one, two] = [world.session(1), world.session(2)]
  const moving = nameIndexedBy(3, 3, 2)
  const staying = nameIndexedBy(1, 3, 1)
  world.request(world.session(3), moving, 'NL')
  world.settle()
  world.request(one, moving, 'EX', { owner: 'a' })
  world.request(two, staying, 'EX', { owner: 'b' })
  world.settle()
  const old = world.request(two, moving, 'EX', { owner: 'b' })
  world.cluster.pass(59_500)
  const young = world.request(one, staying, 'EX', { owner: 'a' })
  world.settle()
  world.cluster.pass(500)
  world.halt(3)
  world.changeView()
  world.cluster.pass(5_000)
  expect({ old: outcomes(old), young: outcomes(young) }).toEqual({ old: [], young: ['deadlock'] })
})
