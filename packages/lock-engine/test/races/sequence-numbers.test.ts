/** A sequence number of the value block stands for one content. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

test('what a lost master wrote keeps its number: the next write has a higher one', () => {
  const stage = new Stage({ nodes: [1, 2, 3], name: nameIndexedBy([[1, 2, 3], 1], [[2, 3], 2]) })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(2, 1, 'PW', { useValue: true })
  stage.request(3, 1, 'CR', { useValue: true })
  stage.settle()
  stage.convert(2, 1, 'EX', { alternatePR: true, writes: 'x' })
  stage.settle('1>2')
  const first = stage.convert(3, 1, 'CR', { useValue: true })
  stage.settle('1>2')
  stage.convert(3, 1, 'NL')
  stage.settle('1>2')
  stage.dieMute(1)
  stage.change({ members: [2, 3] })
  stage.convert(2, 1, 'NL', { writes: 'z' })
  stage.settle()
  const second = stage.convert(3, 1, 'CR', { useValue: true })
  stage.settle()
  expect([stage.value(first), stage.value(second)]).toEqual([
    { text: 'x', valid: true },
    { text: 'z', valid: true },
  ])
  const [before, after] = [first, second].map((call) => stage.completion(call)?.value?.sequence)
  expect(after).toBeGreaterThan(before ?? 0)
})

test('a session that ends after its way down was carried out spoils nothing under the next writer', () => {
  const stage = new Stage({ nodes: [1, 2, 3], name: nameIndexedBy([[1, 2, 3], 1]) })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(2, 1, 'EX', { range: { start: 0n, end: 9n } })
  stage.settle()
  stage.convert(2, 1, 'NL', { writes: 'x' })
  stage.settle('1>2')
  const writer = stage.request(3, 1, 'EX', { useValue: true })
  stage.settle('1>2')
  expect(stage.value(writer)).toEqual({ text: 'x', valid: true })
  stage.close(2)
  stage.settle()
  const mark = stage.convert(1, 1, 'NL', { useValue: true })
  stage.settle()
  const write = stage.convert(3, 1, 'NL', { writes: 'y' })
  stage.settle()
  const told = (call: number) => stage.completion(call)?.value
  // The writer had the value, and wrote it anew: nobody may have spoilt it meanwhile under the same number.
  expect(told(write)?.sequence).toBeGreaterThan(told(mark)?.sequence ?? 0)
})
