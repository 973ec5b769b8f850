import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

/** Node 1 masters the name, and its only holder is dead: nobody else knows where it is. */
function staged(name: string): Stage {
  const stage = new Stage({ nodes: [1, 2, 3, 4], later: [5], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 1, 'EX')
  stage.settle()
  stage.unlock(1, 1)
  stage.settle()
  stage.die(3)
  return stage
}

test('a tree that is on its way to a new master is indexed, also when the directory moves meanwhile', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 3], [[1, 2, 4], 4], [[1, 2], 1])
  const stage = staged(name)
  const first = stage.nextView({ members: [1, 2, 4], moves: [[1, 2]] })
  stage.install(first)
  stage.settle('1>2')
  stage.die(4)
  const second = stage.nextView({ members: [1, 2] })
  stage.install(second)
  stage.activate(second)
  stage.settle('1>2')
  const a = stage.request(1, 2, 'EX')
  stage.settle()
  const b = stage.request(2, 2, 'EX')
  stage.settle()
  expect([stage.outcome(a), stage.outcome(b)]).toEqual(['granted', undefined])
})

test('and when its master leaves, and its directory dies', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 3], [[2, 4], 2], [[2, 5], 5])
  const stage = staged(name)
  const first = stage.nextView({ members: [1, 2, 4], leaving: [1] })
  stage.install(first)
  stage.settle('1>2')
  const second = stage.nextView({ members: [1, 2, 5], leaving: [1] })
  stage.die(4)
  stage.install(second)
  stage.activate(second)
  stage.settle('1>2')
  const a = stage.request(5, 2, 'EX')
  stage.settle()
  const b = stage.request(2, 2, 'EX')
  stage.settle()
  expect([stage.outcome(a), stage.outcome(b)]).toEqual(['granted', undefined])
})
