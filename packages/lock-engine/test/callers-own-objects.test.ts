/** A caller in the same process may do with the objects that he gave, and was told, what he likes. */
import { beforeEach, expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './races/stage.ts'

let stage: Stage

beforeEach(() => {
  stage = new Stage({ nodes: [1], name: nameIndexedBy([[1], 1]) })
  stage.request(1, 1, 'NL')
})

function isFree(): boolean {
  return stage.outcome(stage.request(1, 90, 'EX', { noQueue: true })) === 'granted'
}

function valueRead(): unknown {
  return stage.value(stage.request(1, 91, 'PR', { useValue: true }))
}

test('a range of a request that its caller changes does not stay locked', () => {
  const range = { start: 0n, end: 9n }
  stage.request(1, 2, 'EX', { range })
  range.start = 5n
  stage.unlock(1, 2)
  expect(isFree()).toBe(true)
})

test('a range of a conversion that its caller changes does not stay locked', () => {
  const range = { start: 0n, end: 9n }
  stage.request(1, 2, 'EX')
  stage.convert(1, 2, 'PW', { range })
  range.end = 5n
  stage.unlock(1, 2)
  expect(isFree()).toBe(true)
})

test('a range that a caller was told and changes does not stay locked', () => {
  const request = stage.request(1, 2, 'EX', { range: { start: 0n, end: 9n } })
  Object.assign(stage.completion(request)?.range ?? {}, { start: 5n })
  stage.unlock(1, 2)
  expect(isFree()).toBe(true)
})

/** `Buffer` too: a `slice` of one shares its bytes. */
test.each([
  ['array', Uint8Array.of(120)],
  ['buffer', Buffer.of(120)],
])('an %s that its caller writes into does not change the value block', (_what, value) => {
  stage.request(1, 2, 'EX', { useValue: true })
  stage.convert(1, 2, 'NL', { useValue: true, value })
  value[0] = 121
  expect(valueRead()).toEqual({ text: 'x', valid: true })
})

test('bytes of an unlock that their caller writes into do not change the value block', () => {
  const value = Uint8Array.of(120)
  stage.request(1, 2, 'EX')
  stage.cluster.call(stage.node(1), 1, { kind: 'unlock', call: 99, lock: 2, value })
  value[0] = 121
  expect(valueRead()).toEqual({ text: 'x', valid: true })
})

test('a reader that writes into what it was told does not change the value block', () => {
  stage.request(1, 2, 'EX', { useValue: true })
  const written = stage.convert(1, 2, 'PR', { writes: 'x' })
  const read = stage.request(1, 3, 'PR', { useValue: true })
  for (const call of [written, read]) stage.completion(call)?.value?.bytes.fill(121)
  expect(valueRead()).toEqual({ text: 'x', valid: true })
})
