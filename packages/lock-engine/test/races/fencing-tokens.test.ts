/** Token counters near their end: only a peer can bring them there, by telling a counter so large. */
import { expect, test } from 'vitest'
import { counterMax, tokenOf } from '../../src/fencing.ts'
import { keyOf } from '../../src/resource-key.ts'
import { nameIndexedBy, Stage } from './stage.ts'

/** Node 1 indexes the name, and the next token that it has a master give has a counter above `counter`. */
function staged(counter: number): Stage {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  const message = { kind: 'retire', key: keyOf({ space: 's', name: 'zz' }), counter }
  stage.cluster.give(stage.node(1), { kind: 'received', from: 2, epoch: 1, message })
  return stage
}

test('an adoption for which no token is left is refused, and the orphan stays', () => {
  const stage = staged(counterMax - 1)
  stage.request(1, 1, 'EX', { persistent: true })
  stage.settle()
  stage.close(1)
  stage.settle()
  const adopt = stage.adopt(2, 1, 'EX')
  stage.settle()
  expect(stage.completion(adopt)).toMatchObject({ outcome: 'refused' })
  expect(stage.copies()).toEqual(['1: 1 EX granted'])
})

test('a waiter for which no token is left is refused when its turn comes, and gone from the tables', () => {
  const stage = staged(counterMax - 1)
  stage.request(1, 1, 'EX')
  const waiter = stage.request(2, 1, 'EX')
  stage.settle()
  stage.unlock(1, 1)
  stage.settle()
  expect(stage.outcome(waiter)).toBe('refused')
  expect(stage.node(1).engine.idle).toBe(true)
})

test('a conversion for which no token is left is refused, and keeps what the lock has', () => {
  const stage = staged(counterMax)
  stage.request(1, 1, 'PR')
  const conversion = stage.convert(1, 1, 'EX')
  expect(stage.completion(conversion)).toMatchObject({ outcome: 'refused', mode: 'PR' })
})

test.each(['keeps', 'comes to'])(
  'in the next epoch there are tokens again: who %s the name has them',
  (how) => {
    const stage = staged(counterMax)
    if (how === 'keeps') {
      stage.request(1, 1, 'NL')
      expect(stage.outcome(stage.request(1, 2, 'EX'))).toBe('refused')
    }
    stage.change({ members: [1, 2] })
    const { outcome, token } = stage.completion(stage.request(1, 3, 'EX')) ?? {}
    expect([outcome, token]).toEqual(['granted', tokenOf(2, 1)])
  },
)

test('a counter beyond the last one is not taken from a peer', () => {
  const stage = staged(counterMax + 1)
  expect(stage.outcome(stage.request(1, 1, 'EX'))).toBe('granted')
})
