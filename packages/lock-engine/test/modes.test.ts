import { describe, expect, test } from 'vitest'
import { mayShare, mayWrite, modePairs } from './harness/specification.ts'
import { lastOutcome, outcomes, World } from './harness/world.ts'

describe.each([
  ['one node', 1, 1, 1],
  ['a remote master', 2, 1, 2],
  ['two holders away from the master', 3, 2, 3],
])('on %s', (_where, nodes, first, second) => {
  test.each(modePairs)('a lock in %s and a request for %s share or not', (held, asked) => {
    const world = new World({ nodes })
    const anchor = world.request(world.session(1), 'r', 'NL')
    world.settle()
    const a = world.request(world.session(first), 'r', held)
    world.settle()
    const b = world.request(world.session(second), 'r', asked, { noQueue: true })
    world.settle()

    expect(lastOutcome(anchor)).toBe('granted')
    expect(outcomes(a)).toEqual([`granted ${held}`])
    expect(outcomes(b)).toEqual(mayShare(held, asked) ? [`granted ${asked}`] : ['denied'])
    expect(a.completions[0]?.token !== undefined).toBe(mayWrite(held))
    expect(b.completions[0]?.token !== undefined).toBe(mayShare(held, asked) && mayWrite(asked))
  })
})

test.each(modePairs)('a request for %2$s waits for a lock in %1$s, or need not', (held, asked) => {
  const world = new World({ nodes: 1 })
  const a = world.request(world.session(1), 'r', held)
  const b = world.request(world.session(1), 'r', asked)
  expect(outcomes(b)).toEqual(mayShare(held, asked) ? [`granted ${asked}`] : [])
  world.unlock(a)
  expect(outcomes(a)).toEqual([`granted ${held}`, 'unlocked'])
  expect(outcomes(b)).toEqual([`granted ${asked}`])
})

test('a name is one resource per lockspace', () => {
  const world = new World({ nodes: 1 })
  const session = world.session(1)
  const a = world.request(session, 'r', 'EX', { space: 'one' })
  const b = world.request(session, 'r', 'EX', { space: 'two', noQueue: true })
  const c = world.request(session, 'r', 'EX', { space: 'one', noQueue: true })
  expect([lastOutcome(a), lastOutcome(b), lastOutcome(c)]).toEqual(['granted', 'granted', 'denied'])
})

test('two sessions of a node may use the same lock numbers', () => {
  const world = new World({ nodes: 2 })
  const a = world.request(world.session(2), 'r', 'PR')
  const b = world.request(world.session(2), 'r', 'PR')
  world.settle()
  world.unlock(a)
  world.settle()
  expect(a.number).toBe(b.number)
  expect(outcomes(a)).toEqual(['granted PR', 'unlocked'])
  expect(outcomes(b)).toEqual(['granted PR'])
})
