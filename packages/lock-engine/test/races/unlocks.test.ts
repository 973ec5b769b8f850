/** Unlocks that are under way while more is asked of the same lock. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

/** Node 1 masters the name, node 2 holds it in EX and is about to hear of its unlock. */
function unlocking(): Stage {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  stage.request(1, 1, 'NL')
  stage.request(2, 1, 'EX', { useValue: true })
  stage.settle()
  stage.unlock(2, 1)
  return stage
}

test('an unlock that joins another one ends with it', () => {
  const stage = unlocking()
  stage.cluster.call(stage.node(2), 1, { kind: 'unlock', call: 99, lock: 1, force: true })
  stage.settle()
  expect(stage.completion(99)).toMatchObject({ outcome: 'unlocked' })
})

test.each([
  ['value', { value: Uint8Array.of(120) }],
  ['mark', { invalidate: true }],
])(
  'an unlock that joins another one may bring no %s: the first has said what it writes',
  (_what, more) => {
    const stage = unlocking()
    const call = { kind: 'unlock', call: 99, lock: 1, force: true, ...more } as const
    stage.cluster.call(stage.node(2), 1, call)
    stage.settle()
    expect(stage.outcome(99)).toBe('refused')
  },
)

test('a lock is still held when all below it is gone, though its own unlock is on the way', () => {
  const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
  stage.request(1, 1, 'NL')
  stage.request(2, 1, 'CR')
  stage.settle()
  stage.request(2, 2, 'CR', { resource: { space: 's', name: 'child' }, parent: 1 })
  stage.settle()
  stage.cluster.call(stage.node(2), 1, { kind: 'unlock', call: 99, lock: 1, subtree: 'below' })
  const unlock = stage.unlock(2, 1)
  stage.settle()
  expect(stage.completion(99)).toMatchObject({ outcome: 'unlocked', mode: 'CR', also: [2] })
  expect(stage.completion(unlock)?.mode).toBeUndefined()
})

test.each([
  ['to a lower mode elsewhere', 'PR', {}],
  ['with an alternate', 'EX', { alternatePR: true }],
  ['with demote', 'EX', { demote: true }],
] as const)(
  'a value is not given with the unlock of a lock that converts %s',
  (_how, mode, more) => {
    const stage = new Stage({ nodes: [1, 2], name: nameIndexedBy([[1, 2], 1]) })
    stage.request(1, 1, 'EX', { range: { start: 10n, end: 19n } })
    stage.request(2, 1, 'EX', { range: { start: 0n, end: 9n } })
    stage.settle()
    stage.convert(2, 1, mode, { range: { start: 0n, end: 19n }, ...more })
    const unlock = stage.unlock(2, 1, { writes: 'x' })
    stage.settle()
    expect(stage.outcome(unlock)).toBe('refused')
  },
)
