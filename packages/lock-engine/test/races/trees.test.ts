/** Resources below others, while their tree moves. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

const child = { resource: { space: 's', name: 'child' }, parent: 1 }

test('a name below that ends and begins anew while its tree opens is there', () => {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 2], [[1], 1]) })
  stage.request(2, 1, 'NL')
  stage.settle()
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(1, 2, 'EX', child)
  stage.settle()

  // The master leaves; before the new one opens, the child is unlocked and asked for again.
  const view = stage.nextView({ members: [1, 2], leaving: [2] })
  stage.install(view)
  stage.unlock(1, 2)
  const again = stage.request(1, 3, 'EX', child)
  stage.settle()
  stage.activate(view)
  stage.settle()
  expect(stage.outcome(again)).toBe('granted')
})

test('a lock whose request has failed is below no other', () => {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  stage.request(1, 1, 'NL')
  stage.request(2, 1, 'NL')
  stage.request(1, 2, 'EX', child)
  stage.settle()
  const failed = stage.request(2, 2, 'EX', { ...child, noQueue: true })
  stage.cancel(2, 2)
  stage.settle('2>1')
  stage.deliver('2>1', 1)
  stage.deliver('1>2', 1)
  expect(stage.outcome(failed)).toBe('denied')
  const unlock = stage.unlock(2, 1)
  stage.settle()
  expect(stage.outcome(unlock)).toBe('unlocked')
})
