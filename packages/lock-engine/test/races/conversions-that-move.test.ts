/** Conversions that give up what they have, carried out by a master whose answer is lost. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

/** Node 1 masters the name; when it is gone, node 2 does. */
function staged(nodes: readonly number[] = [1, 2, 3]): Stage {
  const others = nodes.filter((node) => node !== 1)
  const name = nameIndexedBy([nodes, 1], [others, 2])
  const stage = new Stage({ nodes, name })
  stage.request(1, 1, 'NL')
  stage.settle()
  return stage
}

const low = { start: 0n, end: 9n }
const middle = { start: 10n, end: 19n }
const high = { start: 20n, end: 29n }

test('a writer whose conversion may have ended in its alternate is not believed to write', () => {
  const stage = staged([1, 2, 3, 4])
  stage.request(4, 1, 'CR')
  stage.request(2, 1, 'PW')
  stage.settle()
  const converted = stage.convert(2, 1, 'EX', { alternatePR: true })
  stage.settle('1>2')
  const reader = stage.request(3, 1, 'PR')
  stage.settle('1>2')
  expect(stage.outcome(reader)).toBe('granted')
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  expect(stage.completion(converted)).toMatchObject({ outcome: 'granted', mode: 'PR' })
  expect(stage.holders().toSorted()).toEqual(['2 PR', '3 PR', '4 CR'])
})

test('locks that moved one behind the other are followed, whoever is looked at first', () => {
  for (const [first, second] of [
    [2, 3],
    [3, 2],
  ] as const) {
    const stage = staged([1, 2, 3, 4])
    stage.request(first, 1, 'EX', { range: low })
    stage.request(second, 1, 'EX', { range: middle })
    stage.settle()
    stage.convert(second, 1, 'EX', { range: high })
    stage.settle('1>2', '1>3')
    stage.convert(first, 1, 'EX', { range: middle })
    stage.settle('1>2', '1>3')
    const last = stage.request(4, 1, 'EX', { range: low })
    stage.settle('1>2', '1>3')
    expect(stage.outcome(last)).toBe('granted')
    stage.dieMute(1)
    stage.change({ members: [2, 3, 4] })
    expect(stage.ranges().toSorted()).toEqual(
      [`${first} EX 10-19`, `${second} EX 20-29`, '4 EX 0-9'].toSorted(),
    )
  }
})

test('a queued conversion that was granted with the answer lost is told of the value that is there', () => {
  const stage = staged([1, 2, 3, 4])
  const spoiler = stage.request(3, 1, 'EX')
  stage.settle()
  stage.spoil(3, 1)
  stage.request(2, 1, 'PR', { useValue: true })
  stage.request(3, 2, 'PR')
  stage.settle()
  const converted = stage.convert(2, 1, 'CW', { useValue: true })
  stage.settle()
  expect(stage.outcome(spoiler)).toBe('granted')
  stage.unlock(3, 2)
  stage.settle('1>2')
  const beside = stage.request(4, 1, 'CW')
  stage.settle('1>2')
  expect(stage.outcome(beside)).toBe('granted')
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  expect(stage.outcome(converted)).toBe('granted')
  expect(stage.value(converted)?.valid).toBe(false)
})

test('a writer that wrote on its way to a lost alternate does not vouch for the value before', () => {
  const stage = staged([1, 2, 3, 4])
  stage.request(4, 1, 'CR')
  stage.request(2, 1, 'PW', { useValue: true })
  stage.settle()
  // Granted in PR, and so written; the answer does not come.
  const converted = stage.convert(2, 1, 'EX', { alternatePR: true, writes: 'new' })
  stage.settle('1>2')
  const beside = stage.request(3, 1, 'PR')
  stage.settle('1>2')
  expect(stage.outcome(beside)).toBe('granted')
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  expect(stage.value(converted)?.valid).toBe(false)
  const reader = stage.request(3, 2, 'PR', { useValue: true })
  stage.settle()
  expect(stage.value(reader)?.valid).toBe(false)
})
