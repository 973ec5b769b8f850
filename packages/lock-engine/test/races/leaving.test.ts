/** Members that are about to leave. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

test('a member that is leaving is not appointed master', () => {
  const name = nameIndexedBy([[1, 2, 3], 2], [[1, 2], 2])
  const stage = new Stage({ nodes: [1, 2, 3], name })
  // Node 3 asks for a name that nobody uses; the view in which it leaves comes first.
  const request = stage.request(3, 1, 'NL')
  stage.change({ members: [1, 2, 3], leaving: [3] })
  expect(stage.outcome(request)).toBe('granted')
  const writer = stage.request(1, 1, 'EX', { useValue: true })
  stage.settle()
  expect(stage.outcome(writer)).toBe('granted')
  expect(stage.copies()).toEqual(['2: 3 NL granted', '2: 1 EX granted'])

  // When it has gone, the value of the others is as valid as before.
  stage.convert(1, 1, 'NL', { writes: 'kept' })
  stage.unlock(3, 1)
  stage.settle()
  stage.die(3)
  stage.change({ members: [1, 2] })
  const reader = stage.request(2, 1, 'PR', { useValue: true })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'kept', valid: true })
})

test('all members may leave at once without two of them holding a lock exclusively', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 2], [[4], 4], [[1, 2, 3], 2])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  const first = stage.request(3, 1, 'EX')
  stage.settle()
  expect(stage.outcome(first)).toBe('granted')

  // In a view that never becomes active only node 4 stays. Node 1 gives the name up; node 3 does not
  // see that view.
  const unseen = stage.nextView({ members: [1, 2, 3, 4], leaving: [1, 2, 3] })
  stage.install(unseen, [1, 2])
  stage.settle()
  stage.die(4)

  // Now all who are left are leaving: the name has to move for each of them alike.
  const follows = 'a view that was never active'
  stage.change({ members: [1, 2, 3], leaving: [1, 2, 3], follows })
  const second = stage.request(2, 1, 'EX')
  stage.settle()
  expect(stage.outcome(second)).toBeUndefined()
  expect(stage.holders()).toEqual(['1 NL', '3 EX'])

  stage.unlock(3, 1)
  stage.settle()
  expect(stage.outcome(second)).toBe('granted')
})
