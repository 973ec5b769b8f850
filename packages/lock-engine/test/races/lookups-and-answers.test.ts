/** Requests, lookups and their answers that cross a change of view. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

test('a cancel whose answer is lost with its master does not hold up the name', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  const writer = stage.request(1, 1, 'EX')
  stage.settle()
  expect(stage.outcome(writer)).toBe('granted')
  // Node 2 gets to know the master.
  stage.request(2, 9, 'NL')
  stage.settle()
  stage.unlock(2, 9)
  stage.settle()

  // The request is denied; the answer to the cancel behind it does not come any more.
  const request = stage.request(2, 1, 'PR', { noQueue: true })
  const cancel = stage.cancel(2, 1)
  stage.deliver('2>1', 2)
  stage.deliver('1>2', 1)
  expect(stage.outcome(request)).toBe('denied')
  const later = stage.request(2, 2, 'PR')
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  stage.cluster.pass(60_000)

  expect(stage.outcome(cancel)).toBe('nothing-to-cancel')
  expect(stage.outcome(later)).toBe('granted')
  expect(stage.holders()).toEqual(['2 PR'])
})

test('a request to a remembered master is answered although that took the name over meanwhile', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[1, 2, 4], 1])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  // Node 1 masters the name; node 2 remembers that; then node 1 gives the unused name up.
  stage.request(1, 1, 'EX')
  stage.settle()
  stage.request(2, 9, 'NL')
  stage.settle()
  stage.unlock(2, 9)
  stage.unlock(1, 1)
  stage.settle()
  stage.cluster.pass(11_000)

  // Node 3 is the master now. It dies while node 2 asks node 1, which is to take over from it.
  const next = stage.request(3, 1, 'NL')
  stage.settle()
  expect(stage.outcome(next)).toBe('granted')
  const request = stage.request(2, 1, 'PR')
  stage.die(3)
  stage.change({ members: [1, 2, 4] })
  stage.cluster.pass(60_000)
  expect(stage.outcome(request)).toBe('granted')
  expect(stage.copies()).toEqual(['1: 2 PR granted'])
})

test('the answer to an attempt that was given up does not count for a later call', () => {
  const name = nameIndexedBy([[1, 2, 3], 1], [[1, 2, 3, 4], 4])
  const stage = new Stage({ nodes: [1, 2, 3], later: [4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 1, 'PR')
  stage.settle()

  // Node 2 is granted PR, but the answer is slow.
  const request = stage.request(2, 1, 'PR')
  stage.settle('1>2')
  expect(stage.outcome(request)).toBeUndefined()

  // Node 4 joins and indexes the name. Node 2 asks there, and then asks node 1 once more.
  const view = stage.nextView({ members: [1, 2, 3, 4] })
  stage.install(view)
  stage.settle('1>2', '2>1')
  stage.activate(view)
  stage.settle('1>2', '2>1')

  // Now the first answer comes, while the second attempt is on its way to node 1.
  stage.settle('2>1')
  expect(stage.outcome(request)).toBeUndefined()
  const early = stage.convert(2, 1, 'EX')
  expect(stage.outcome(early)).toBe('refused')
  stage.settle()
  expect(stage.outcome(request)).toBe('granted')

  // A conversion from then on waits for node 3, and is granted when that gives way.
  const conversion = stage.convert(2, 1, 'EX')
  stage.settle()
  expect(stage.outcome(conversion)).toBeUndefined()
  expect(stage.holders()).toEqual(['1 NL', '2 PR', '3 PR'])
  stage.unlock(3, 1)
  stage.settle()
  expect(stage.completion(conversion)).toMatchObject({ outcome: 'granted', mode: 'EX' })
  expect(stage.completion(conversion)?.token).toBeTypeOf('bigint')
  expect(stage.copies()).toEqual(['1: 1 NL granted', '1: 2 EX granted'])
})
