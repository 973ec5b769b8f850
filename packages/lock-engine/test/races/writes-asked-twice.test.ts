/** A conversion that writes, carried out by a master whose answer is lost, does not write a second time. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

const all = [1, 2, 3, 4]
const name = nameIndexedBy([all, 3], [[2, 3, 4], 3])
const low = { start: 0n, end: 9n }

function played(terms: object): Stage {
  const stage = new Stage({ nodes: all, name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(4, 1, 'EX', terms)
  stage.settle()
  stage.convert(4, 1, 'NL', { writes: 'x' })
  stage.settle('1>4')
  const writer = stage.request(3, 1, 'EX', { ...terms, useValue: true })
  stage.settle('1>4')
  expect(stage.value(writer)).toEqual({ text: 'x', valid: true })
  const done = stage.unlock(3, 1, { writes: 'y' })
  stage.settle('1>4')
  expect(stage.outcome(done)).toBe('unlocked')
  return stage
}

function read(stage: Stage): unknown {
  const reader = stage.request(3, 2, 'PR', { useValue: true })
  stage.settle()
  return stage.value(reader)
}

test('explicit owner, orderly move: the newer value stays', () => {
  const stage = played({ alone: false, owner: 'a' })
  stage.change({ members: all, moves: [[1, 2]] })
  expect(read(stage)).toEqual({ text: 'y', valid: true })
})

test('range, orderly leave: the newer value stays', () => {
  const stage = played({ range: low })
  stage.change({ members: all, leaving: [1] })
  expect(read(stage)).toEqual({ text: 'y', valid: true })
})

test('range, the master dies: the older value is not told valid', () => {
  const stage = played({ range: low })
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  expect(read(stage)).not.toEqual({ text: 'x', valid: true })
})

/** Node 4 asks to widen what it has in EX, and writes 'x'. */
function widening(): Stage {
  const stage = new Stage({ nodes: all, name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(4, 1, 'EX', { range: low, useValue: true })
  stage.settle()
  stage.convert(4, 1, 'EX', { range: { start: 0n, end: 19n }, writes: 'x' })
  return stage
}

/** It has done so; the answer is lost, and node 3 writes 'y' beside it. */
function widened(): Stage {
  const stage = widening()
  stage.settle('1>4')
  const writer = stage.request(3, 1, 'EX', { range: { start: 30n, end: 39n }, useValue: true })
  stage.settle('1>4')
  expect(stage.value(writer)).toEqual({ text: 'x', valid: true })
  stage.unlock(3, 1, { writes: 'y' })
  stage.settle('1>4')
  return stage
}

test('a wider range, orderly leave: the newer value stays, and its writer is told of it', () => {
  const stage = widened()
  stage.change({ members: all, leaving: [1] })
  expect(stage.ranges()).toContain('4 EX 0-19')
  const reader = stage.request(3, 2, 'CR', { useValue: true, range: { start: 50n, end: 50n } })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'y', valid: true })
})

test('a wider range, the master dies: the older value is not told valid', () => {
  const stage = widened()
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })
  expect(stage.ranges()).toContain('4 EX 0-19')
  const reader = stage.request(3, 2, 'CR', { useValue: true, range: { start: 50n, end: 50n } })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'x', valid: false })
})

test('a wider range that the old master had not heard of is written by the new one', () => {
  const stage = widening()
  stage.change({ members: all, leaving: [1] })
  const reader = stage.request(3, 2, 'CR', { useValue: true, range: { start: 50n, end: 50n } })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'x', valid: true })
})
