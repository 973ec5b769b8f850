/** Telling a holder that it is in the way. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

test('a holder is told that it blocks others although the first message on it was dropped', () => {
  const name = nameIndexedBy([[1, 2, 3], 1], [[1, 2, 3, 4], 1])
  const stage = new Stage({ nodes: [1, 2, 3], later: [4], name })
  stage.request(1, 1, 'NL')
  stage.settle()

  // Node 2 is granted PR and told that node 3 waits for EX; both messages are slow.
  const reader = stage.request(2, 1, 'PR', { notify: true })
  stage.settle('1>2')
  const writer = stage.request(3, 1, 'EX')
  stage.settle('1>2')
  expect(stage.cluster.underWay(1, 2)).toMatchObject([{ kind: 'granted' }, { kind: 'blocking' }])

  // A node joins. Node 2 asks again in the new view, and drops what answers the old attempt.
  stage.change({ members: [1, 2, 3, 4] })
  expect(stage.outcome(reader)).toBe('granted')
  expect(stage.outcome(writer)).toBeUndefined()
  expect(stage.blocked).toEqual([{ node: 2, lock: 1, mode: 'EX' }])

  // So it can give way.
  stage.unlock(2, 1)
  stage.settle()
  expect(stage.outcome(writer)).toBe('granted')
  expect(stage.holders()).toEqual(['1 NL', '3 EX'])
})

const low = { start: 0n, end: 9n }

test('a holder that asks for the mode and range that it has is not told again', () => {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  stage.request(1, 1, 'EX', { notify: true, range: low })
  stage.settle()
  stage.request(2, 1, 'EX', { range: low })
  stage.settle()
  stage.convert(1, 1, 'EX', { range: { ...low } })
  stage.settle()
  expect(stage.blocked).toEqual([{ node: 1, lock: 1, mode: 'EX' }])
})

test('a conversion that closes a deadlock and has got its alternate is told once what it blocks', () => {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  stage.request(1, 1, 'PR', { notify: true })
  stage.request(2, 1, 'PR')
  stage.settle()
  const ahead = stage.convert(2, 1, 'EX')
  stage.settle()
  const terms = { noDeadlockWait: true, atHead: true, alternatePR: true }
  const conversion = stage.convert(1, 1, 'EX', terms)
  stage.settle()
  expect(stage.completion(conversion)).toMatchObject({ mode: 'PR', alternate: true })
  expect(stage.outcome(ahead)).toBeUndefined()
  expect(stage.blocked).toEqual([{ node: 1, lock: 1, mode: 'EX' }])
})
