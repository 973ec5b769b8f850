/** Time limits count only while masters can grant. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

test('a time limit does not count while recovery runs, also on a node that hears nothing else', () => {
  const stage = new Stage({ nodes: [1, 2, 3], name: nameIndexedBy([[1, 2, 3], 1]) })
  stage.request(1, 1, 'EX')
  stage.settle()
  const waiter = stage.request(2, 1, 'EX', { timeoutMs: 1_000 })
  stage.settle()
  stage.cluster.now = 100
  const view = stage.nextView({ members: [1, 2, 3] })
  stage.install(view)
  stage.settle()
  // Recovery takes until 800: of the limit 900 ms are left, so it ends at 1,700.
  stage.cluster.now = 800
  stage.activate(view)
  stage.settle()
  stage.cluster.now = 1_100
  for (const id of [1, 2, 3]) stage.cluster.give(stage.node(id), { kind: 'tick' })
  stage.settle()
  expect(stage.outcome(waiter)).toBe(undefined)
})
