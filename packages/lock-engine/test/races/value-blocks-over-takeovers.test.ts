/** What a reader is told of the value block after its master changed in the middle of something. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

const valued = { useValue: true }

/** Whether the node has another lock on the name: then it tells its locks for certain. */
const companies = ['alone on its node', 'beside another lock of its node'] as const

test('a value is not valid when its writer dies in the view in which its master leaves', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 4], 2])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(2, 1, 'NL', valued)
  stage.request(3, 1, 'EX', valued)
  stage.settle()
  stage.convert(3, 1, 'NL', { writes: 'first' })
  stage.settle()
  const writer = stage.convert(3, 1, 'EX', valued)
  stage.settle()
  expect(stage.outcome(writer)).toBe('granted')

  // The old master hands the value over, but node 3 may have meant to write another one.
  stage.die(3)
  stage.change({ members: [1, 2, 4], leaving: [1] })
  const reader = stage.request(4, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'first', valid: false })
  expect(stage.holders()).toEqual(['1 NL', '2 NL', '4 PR'])
})

test.each(companies)('an unlock that a second master hears again writes once, %s', (company) => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 4])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  if (company === 'beside another lock of its node') stage.request(2, 2, 'NL')
  stage.request(2, 1, 'EX', valued)
  stage.settle()
  const second = stage.request(3, 1, 'EX', valued)
  stage.settle()

  // Node 1 has applied the unlock and let node 3 write, while its answer to node 2 is slow.
  const unlock = stage.unlock(2, 1, { writes: 'old' })
  stage.settle('1>2')
  expect(stage.value(second)).toEqual({ text: 'old', valid: true })
  stage.convert(3, 1, 'NL', { writes: 'new' })
  stage.settle('1>2')
  expect(stage.outcome(unlock)).toBeUndefined()

  // Node 2 must tell the next master of its unlock again.
  stage.change({ members: [1, 2, 3, 4], leaving: [1] })
  expect(stage.outcome(unlock)).toBe('unlocked')
  const reader = stage.request(4, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'new', valid: true })
})

test.each(companies)('a reader that has unlocked does not vouch for its copy, %s', (company) => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 4])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 2, 'EX', valued)
  stage.settle()
  stage.convert(3, 2, 'NL', { writes: 'old' })
  stage.settle()
  if (company === 'beside another lock of its node') stage.request(2, 2, 'NL')
  const reader = stage.request(2, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'old', valid: true })
  const writer = stage.request(3, 1, 'EX', valued)
  stage.settle()

  // Node 2 gives way; its answer is slow. Node 3 writes and has gone before the master dies.
  const unlock = stage.unlock(2, 1)
  stage.settle('1>2')
  expect(stage.outcome(writer)).toBe('granted')
  const last = stage.unlock(3, 1, { writes: 'new' })
  stage.settle('1>2')
  expect(stage.outcome(last)).toBe('unlocked')
  stage.dieMute(1)
  stage.change({ members: [2, 3, 4] })

  expect(stage.outcome(unlock)).toBe('unlocked')
  const next = stage.request(4, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(next)?.valid).toBe(false)
  expect(stage.holders().filter((held) => !held.endsWith('NL'))).toEqual(['4 PR'])
})

test('a holder that took no copy of the value counts its writes as the master does', () => {
  const name = nameIndexedBy([[1, 2, 3, 4, 5], 1], [[2, 3, 4, 5], 2], [[3, 4, 5], 5])
  const stage = new Stage({ nodes: [1, 2, 3, 4, 5], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(4, 1, 'EX', valued)
  stage.settle()
  for (const writes of ['a', 'b', 'c']) {
    stage.convert(4, 1, 'EX', { writes })
    stage.settle()
  }
  stage.unlock(4, 1)
  stage.settle()
  stage.request(3, 1, 'EX')
  stage.settle()

  // The new master learns from node 3 alone how often the value was written.
  stage.die(1)
  stage.change({ members: [2, 3, 4, 5] })
  stage.convert(3, 1, 'NL', { writes: 'old' })
  stage.settle()
  const second = stage.request(4, 2, 'EX', valued)
  stage.settle()
  expect(stage.value(second)).toEqual({ text: 'old', valid: true })
  stage.unlock(4, 2, { writes: 'new' })
  stage.settle()

  // Were the count of node 3 ahead, its copy would pass for the newer one now.
  stage.change({ members: [2, 3, 4, 5], leaving: [2] })
  const reader = stage.request(4, 3, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'new', valid: true })
})

test('a value that was handed over is not valid when its writer died before it told of its lock', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 2], [[2, 4], 2])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 1, 'EX', valued)
  stage.settle()
  const write = stage.convert(3, 1, 'EX', { writes: 'old' })
  stage.settle()
  expect(stage.outcome(write)).toBe('granted')

  // Node 3 installs, which makes the view active, and dies before its record has left.
  const second = stage.nextView({ members: [1, 2, 3, 4], leaving: [1] })
  stage.install(second)
  stage.dieMute(3)
  stage.settle()
  stage.activate(second)
  stage.settle()
  stage.change({ members: [1, 2, 4], leaving: [1] })

  const reader = stage.request(4, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'old', valid: false })
})

test('a value that was marked not valid stays so when its master dies too', () => {
  const name = nameIndexedBy([[1, 2, 3, 4, 5], 1], [[2, 3, 5], 2], [[3, 5], 5])
  const stage = new Stage({ nodes: [1, 2, 3, 4, 5], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(3, 1, 'EX', valued)
  stage.settle()
  stage.convert(3, 1, 'NL', { writes: 'first' })
  stage.settle()
  stage.request(4, 1, 'EX', valued)
  stage.settle()

  // A writer is lost: the value is not valid from now on.
  stage.die(1, 4)
  stage.change({ members: [2, 3, 5] })
  const observer = stage.request(5, 1, 'NL', valued)
  stage.settle()
  expect(stage.value(observer)).toEqual({ text: 'first', valid: false })

  // Node 3 reads again without the value, so its copy is still the one that was valid once.
  const again = stage.convert(3, 1, 'PR')
  stage.settle()
  expect(stage.outcome(again)).toBe('granted')
  stage.die(2)
  stage.change({ members: [3, 5] })
  const reader = stage.request(5, 2, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'first', valid: false })
})

/** Node 3 holds EX under master 1, and node 2 is to follow when node 1 leaves. */
function stageOfWriter(company: (typeof companies)[number]): Stage {
  const name = nameIndexedBy([[1, 2, 3], 1], [[2, 3], 2])
  const stage = new Stage({ nodes: [1, 2, 3], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  if (company === 'beside another lock of its node') stage.request(3, 2, 'NL')
  const writer = stage.request(3, 1, 'EX', valued)
  stage.settle()
  expect(stage.outcome(writer)).toBe('granted')
  return stage
}

test.each(companies)('an unlock on its way to a master that leaves still writes, %s', (company) => {
  const stage = stageOfWriter(company)
  const unlock = stage.unlock(3, 1, { writes: 'y' })
  stage.change({ members: [1, 2, 3], leaving: [1] })
  expect(stage.outcome(unlock)).toBe('unlocked')
  const reader = stage.request(2, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'y', valid: true })
})

test.each(companies)('an unlock writes after a write that it followed too late, %s', (company) => {
  const stage = stageOfWriter(company)
  // The conversion reaches node 1 before that gives the name up; the unlock behind it does not.
  stage.convert(3, 1, 'EX', { writes: 'x' })
  stage.deliver('3>1', 1)
  const unlock = stage.unlock(3, 1, { writes: 'y' })
  stage.change({ members: [1, 2, 3], leaving: [1] })
  expect(stage.outcome(unlock)).toBe('unlocked')
  const reader = stage.request(2, 1, 'PR', valued)
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'y', valid: true })
})

test.each(companies)(
  'an unlock under way writes although a second view comes first, %s',
  (company) => {
    const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 2], [[2, 3], 2])
    const stage = new Stage({ nodes: [1, 2, 3, 4], name })
    stage.request(1, 1, 'NL')
    stage.settle()
    if (company === 'beside another lock of its node') stage.request(3, 2, 'NL')
    stage.request(3, 1, 'EX', valued)
    stage.settle()
    const unlock = stage.unlock(3, 1, { writes: 'y' })
    // Node 1 hands over; node 2 cannot open, because node 4 is slow to tell it everything, and dies.
    const second = stage.nextView({ members: [1, 2, 3, 4], leaving: [1] })
    stage.install(second)
    stage.settle('4>2')
    stage.activate(second)
    stage.settle('4>2')
    stage.die(4)
    stage.change({ members: [1, 2, 3], leaving: [1] })
    expect(stage.outcome(unlock)).toBe('unlocked')
    const reader = stage.request(2, 1, 'PR', valued)
    stage.settle()
    expect(stage.value(reader)).toEqual({ text: 'y', valid: true })
  },
)

test('what was written on the way down is not lost with the lock when the master leaves in order', () => {
  const name = nameIndexedBy([[1, 2, 3], 1], [[2, 3], 3])
  const stage = new Stage({ nodes: [1, 2, 3], name })
  stage.request(1, 1, 'NL')
  stage.request(2, 1, 'EX', { useValue: true })
  stage.settle()
  const down = stage.convert(2, 1, 'NL', { writes: 'x' })
  expect(stage.outcome(down)).toBe('granted')
  const unlock = stage.unlock(2, 1)
  stage.change({ members: [1, 2, 3], leaving: [1] })
  expect(stage.outcome(unlock)).toBe('unlocked')
  const reader = stage.request(3, 1, 'PR', { useValue: true })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'x', valid: true })
})
