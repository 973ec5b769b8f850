/** Orphans that are adopted while masters come and go: each is there, and only once. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

/** Node 1 masters the name and keeps a lock on it; node 2 has left an orphan in EX. */
function staged(): Stage {
  const name = nameIndexedBy([[1, 2, 3], 1], [[2, 3], 3])
  const stage = new Stage({ nodes: [1, 2, 3], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(2, 1, 'EX', { persistent: true })
  stage.settle()
  stage.close(2)
  stage.settle()
  return stage
}

test('an orphan is not lost when its adopter does not hear before the master dies', () => {
  const stage = staged()
  const adopted = stage.adopt(3, 1, 'EX')
  stage.settle('1>3')
  stage.dieMute(1)
  stage.change({ members: [2, 3] })
  expect(stage.outcome(adopted)).toBe('granted')
  expect(stage.holders()).toEqual(['3 EX'])
})

test('an orphan is not lost when it moves before its adopter hears', () => {
  const stage = staged()
  const adopted = stage.adopt(3, 1, 'EX')
  stage.settle('1>3')
  stage.change({ members: [1, 2, 3], leaving: [1] })
  expect(stage.outcome(adopted)).toBe('granted')
  expect(stage.holders()).toEqual(['1 NL', '3 EX'])
})

test('an orphan that was adopted and unlocked does not come back with its former holder', () => {
  const stage = staged()
  stage.adopt(3, 1, 'EX')
  stage.settle('1>2')
  const unlock = stage.unlock(3, 1)
  const writer = stage.request(1, 2, 'EX')
  stage.settle('1>2')
  // Its former holder could still come back with it: so it is not given on.
  expect([stage.outcome(unlock), stage.outcome(writer)]).toEqual([undefined, undefined])
  stage.settle()
  expect([stage.outcome(unlock), stage.outcome(writer)]).toEqual(['unlocked', 'granted'])
})

test('an orphan that was adopted ends with it, whoever is told first', () => {
  const stage = staged()
  stage.adopt(3, 1, 'EX')
  stage.settle('1>2')
  const unlock = stage.unlock(3, 1)
  stage.settle('1>2', '3>1')
  stage.dieMute(1)
  stage.change({ members: [2, 3] })
  expect(stage.outcome(unlock)).toBe('unlocked')
  const again = stage.request(3, 2, 'EX', { noQueue: true })
  stage.settle()
  expect(stage.outcome(again)).toBe('granted')
})

test('an orphan that was adopted stays ended when the next view comes before the first is active', () => {
  const stage = staged()
  stage.adopt(3, 1, 'EX')
  stage.settle('1>2')
  const unlock = stage.unlock(3, 1)
  stage.settle('1>2', '3>1')
  stage.dieMute(1)
  // Node 3 ends its lock in a view that never becomes active.
  stage.install(stage.nextView({ members: [2, 3] }), [3])
  expect(stage.outcome(unlock)).toBe('unlocked')
  stage.change({ members: [2, 3], follows: 'a view that was never active' })
  const again = stage.request(3, 2, 'EX', { noQueue: true })
  stage.settle()
  expect(stage.outcome(again)).toBe('granted')
})

test('an orphan that was adopted and left behind again is adopted again only after the first hears', () => {
  const stage = staged()
  stage.adopt(3, 1, 'EX', { persistent: true })
  stage.settle('1>2')
  stage.close(3)
  const early = stage.adopt(1, 2, 'EX')
  stage.settle('1>2')
  expect(stage.outcome(early)).toBe('not-found')
  stage.dieMute(1)
  const again = stage.adopt(3, 1, 'EX')
  stage.change({ members: [2, 3] })
  stage.settle()
  const last = stage.adopt(3, 2, 'EX')
  stage.settle()
  expect([stage.outcome(again), stage.outcome(last)].toSorted()).toEqual(['granted', 'not-found'])
})

test('a process that takes the name of the former holder keeps its own orphan', () => {
  const name = nameIndexedBy([[1, 2, 3], 1], [[1, 3], 1], [[2, 3], 3])
  const stage = new Stage({ nodes: [1, 2, 3], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(2, 1, 'CR', { persistent: true })
  stage.settle()
  stage.close(2)
  stage.settle()
  stage.adopt(3, 1, 'CR')
  stage.settle()

  // Another start of node 2, whose first lock becomes an orphan too.
  stage.die(2)
  stage.restart(2)
  stage.change({ members: [1, 2, 3] })
  stage.request(2, 1, 'CR', { persistent: true })
  stage.settle()
  stage.close(2)
  stage.settle()
  stage.dieMute(1)
  stage.change({ members: [2, 3] })
  const writer = stage.request(3, 2, 'EX', { noQueue: true })
  stage.unlock(3, 1)
  const again = stage.adopt(3, 3, 'CR')
  stage.settle()
  expect([stage.outcome(writer), stage.outcome(again)]).toEqual(['denied', 'granted'])
})

test('an adopter whose session ends before it hears leaves a value that is not valid', () => {
  const stage = staged()
  stage.adopt(3, 1, 'EX')
  stage.settle('1>3')
  stage.close(3)
  stage.settle()
  const reader = stage.request(1, 2, 'PR', { useValue: true })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: '', valid: false })
})

test('who keeps to no order is granted when the former holder of an orphan that has ended dies', () => {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 4], [[3, 4], 4])
  const stage = new Stage({ nodes: [1, 2, 3, 4], name })
  const low = { start: 0n, end: 9n }
  stage.request(1, 1, 'NL')
  stage.settle()
  stage.request(2, 1, 'EX', { persistent: true, range: low })
  stage.settle()
  stage.close(2)
  stage.request(4, 1, 'EX', { range: { start: 20n, end: 29n } })
  stage.settle()
  // It is at the head of the queue, and has another lock of its node in its way.
  stage.request(4, 2, 'EX')
  stage.settle()
  const waiter = stage.request(4, 3, 'PR', { range: low, anyOrder: true })
  stage.adopt(3, 1, 'EX')
  stage.settle('1>2')
  const unlock = stage.unlock(3, 1)
  stage.settle('1>2', '3>1')
  stage.dieMute(1)
  const view = stage.nextView({ members: [2, 3, 4] })
  stage.install(view)
  stage.settle('4>2')
  stage.activate(view)
  stage.settle('4>2')
  // The last word of its adopter has ended the orphan, and its former holder has not heard.
  expect([stage.outcome(unlock), stage.outcome(waiter)]).toEqual(['unlocked', undefined])
  stage.die(2)
  stage.change({ members: [3, 4] })
  expect(stage.outcome(waiter)).toBe('granted')
})

test('an adopter whose session ends before it hears spoils no value that it could not have written', () => {
  const stage = new Stage({ nodes: [1, 2, 3], name: nameIndexedBy([[1, 2, 3], 1]) })
  stage.request(1, 1, 'EX')
  stage.settle()
  stage.convert(1, 1, 'NL', { writes: 'x' })
  stage.request(2, 1, 'CR', { persistent: true })
  stage.settle()
  stage.close(2)
  stage.settle()
  stage.adopt(3, 1, 'CR')
  stage.settle('1>3')
  stage.close(3)
  stage.settle()
  const reader = stage.request(1, 2, 'PR', { useValue: true })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'x', valid: true })
})

test('a former holder whose orphan is purged spoils nothing of its heir, though the master moves', () => {
  const stage = new Stage({ nodes: [1, 2, 3], name: nameIndexedBy([[1, 2, 3], 1], [[2, 3], 3]) })
  stage.request(1, 1, 'EX')
  stage.settle()
  stage.convert(1, 1, 'NL', { writes: 'x' })
  stage.request(2, 1, 'EX', { persistent: true })
  stage.settle()
  stage.close(2)
  stage.settle()
  const adopted = stage.adopt(3, 1, 'EX', { useValue: true })
  stage.settle('1>2')
  expect(stage.value(adopted)).toEqual({ text: 'x', valid: true })
  stage.cluster.call(stage.node(2), 2, { kind: 'purge', call: 900, node: 2 })
  stage.settle('1>2', '2>1')
  stage.change({ members: [1, 2, 3], leaving: [1] })
  expect(stage.holders()).toContain('3 EX')
  stage.convert(3, 1, 'NL')
  const reader = stage.request(1, 2, 'PR', { useValue: true })
  stage.settle()
  expect(stage.value(reader)).toEqual({ text: 'x', valid: true })
})

/** Session 1 of node 1 has left an orphan below the name; the next session holds the name for owner `tx`. */
function stagedBelow(owner: string | undefined): Stage {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  const left = owner === undefined ? {} : { alone: false, owner }
  stage.request(1, 1, 'NL', left)
  stage.request(1, 2, 'CR', { ...left, ...child, persistent: true })
  stage.close(1)
  stage.request(1, 1, 'NL', { alone: false, owner: 'tx' })
  stage.request(1, 2, 'NL')
  return stage
}

const child = { resource: { space: 's', name: 'child' }, parent: 1 }

test('an adopted lock is below the parent that its adopter named', () => {
  const stage = stagedBelow('tx')
  const adopted = stage.adopt(1, 3, 'CR', { ...child, owner: 'tx' })
  const parent = stage.unlock(1, 1)
  expect([stage.outcome(adopted), stage.outcome(parent)]).toEqual(['granted', 'refused'])
  const unlocks = [stage.unlock(1, 3), stage.unlock(1, 1)]
  expect(unlocks.map((call) => stage.outcome(call))).toEqual(['unlocked', 'unlocked'])
})

test.each([
  ['of an owner', 'tx', 'without one', { parent: 2 }],
  ['without an owner', undefined, 'of one', { parent: 1, owner: 'tx' }],
  ['of an owner', 'other', 'of another', { parent: 1, owner: 'tx' }],
])('an orphan %s (%s) does not come below a lock %s', (_whose, owner, _other, place) => {
  const stage = stagedBelow(owner)
  const adopt = stage.adopt(1, 3, 'CR', { ...child, ...place })
  expect(stage.outcome(adopt)).toBe('not-found')
})
