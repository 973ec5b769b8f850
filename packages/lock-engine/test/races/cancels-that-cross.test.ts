/** A cancel that crosses the grant of its call says nothing to the next call of the lock. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

const all = [1, 2, 3, 4]
const name = nameIndexedBy([all, 3], [[2, 3, 4], 3])

/** Node 4 has a second conversion under way, while the time limit of its first crosses the grant. */
function staged(options: object = {}): { stage: Stage; second: number } {
  const stage = new Stage({ nodes: all, name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 1, 'PR')
  stage.request(4, 1, 'NL', options)
  stage.settle()
  const first = stage.convert(4, 1, 'EX', { timeoutMs: 100 })
  stage.settle()
  stage.unlock(3, 1)
  stage.settle('1>4', '4>1')
  stage.request(3, 2, 'PR')
  stage.settle('1>4', '4>1')
  stage.cluster.now += 100
  stage.cluster.give(stage.node(4), { kind: 'tick' })
  stage.deliver('1>4', 1)
  expect(stage.outcome(first)).toBe('granted')
  stage.convert(4, 1, 'PR')
  const second = stage.convert(4, 1, 'EX')
  return { stage, second }
}

test('a call without a time limit does not end timed-out', () => {
  const { stage, second } = staged()
  stage.change({ members: all, moves: [[1, 2]] })
  expect(stage.outcome(second)).toBe(undefined)
})

test('a cancel of the second call cancels it', () => {
  const { stage, second } = staged()
  const cancel = stage.cancel(4, 1)
  stage.settle()
  expect([stage.outcome(cancel), stage.outcome(second)]).toEqual(['cancelled', 'cancelled'])
})

test('what an orphan waits for is withdrawn for good', () => {
  const { stage } = staged({ persistent: true })
  stage.close(4)
  stage.settle()
  stage.unlock(3, 2)
  stage.settle()
  expect(stage.copies()).toEqual(['1: 1 NL granted', '1: 4 PR granted'])
  stage.change({ members: all, moves: [[1, 2]] })
  expect(stage.copies().filter((line) => line.startsWith('2: 4 '))).toEqual(['2: 4 PR granted'])
})

test('a cancel call that crossed the grant is not carried out on the next call', () => {
  const stage = new Stage({ nodes: all, name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 1, 'PR')
  stage.request(4, 1, 'NL')
  stage.settle()
  stage.convert(4, 1, 'EX')
  stage.settle()
  stage.unlock(3, 1)
  stage.settle('1>4', '4>1')
  stage.request(3, 2, 'PR')
  stage.settle('1>4', '4>1')
  stage.cancel(4, 1)
  stage.deliver('1>4', 1)
  stage.convert(4, 1, 'PR')
  const second = stage.convert(4, 1, 'EX')
  stage.change({ members: all, moves: [[1, 2]] })
  expect(stage.outcome(second)).toBe(undefined)
})

test('a cancel that joins the end of a time limit has nothing to cancel: the call timed out', () => {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  stage.request(1, 1, 'EX')
  stage.settle()
  const waiter = stage.request(2, 1, 'EX', { timeoutMs: 100 })
  stage.settle()
  stage.cluster.now += 100
  stage.cluster.give(stage.node(2), { kind: 'tick' })
  const cancel = stage.cancel(2, 1)
  stage.settle()
  expect([stage.outcome(waiter), stage.outcome(cancel)]).toEqual(['timed-out', 'nothing-to-cancel'])
})
