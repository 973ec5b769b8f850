/** A conversion that a lost answer left carried out, and that then fails: its holder hears what it has. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

function staged(): Stage {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 2])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  return stage
}

test('queueFair: the conversion was carried out, is asked again, and fails', () => {
  const stage = staged()
  stage.request(2, 1, 'PR')
  stage.request(4, 1, 'CR')
  stage.settle()
  const moved = stage.convert(2, 1, 'CW', { queueFair: true })
  stage.settle('1>2') // Granted in CW by node 1; the answer is lost.
  const beside = stage.request(3, 1, 'CW')
  stage.settle('1>2')
  expect(stage.outcome(beside)).toBe('granted')
  stage.convert(4, 1, 'EX')
  stage.settle('1>2')
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  // Whatever it ends in, its session must not be told that it holds PR beside CW.
  expect(stage.completion(moved)?.mode).not.toBe('PR')
})

/** Node 2 asks for EX with PR as its alternate, and is granted PR by node 1; the answer is lost. */
function alternated(options: object = {}): { stage: Stage; moved: number } {
  const stage = staged()
  stage.request(4, 1, 'CR')
  stage.request(2, 1, 'PW')
  stage.settle()
  const moved = stage.convert(2, 1, 'EX', { alternatePR: true, ...options })
  stage.settle('1>2')
  const reader = stage.request(3, 1, 'PR')
  stage.settle('1>2')
  expect(stage.outcome(reader)).toBe('granted')
  stage.convert(4, 1, 'PW')
  stage.settle('1>2')
  return { stage, moved }
}

test('alternate: the conversion was carried out in PR, is asked again, and loses a conversion deadlock', () => {
  const { stage, moved } = alternated()
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  expect(stage.completion(moved)?.mode).not.toBe('PW')
})

test('alternate, in an orderly move: as when the master dies', () => {
  const { stage, moved } = alternated()
  stage.change({ members: [1, 2, 3, 4], leaving: [1] })
  expect(stage.completion(moved)?.mode).not.toBe('PW')
})

test('alternate with noDeadlockWait: it is queued, and then cancelled', () => {
  const { stage } = alternated({ noDeadlockWait: true })
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  stage.cancel(2, 1)
  stage.settle()
  expect(stage.holders()).not.toContain('2 PW')
})
