import { beforeEach, describe, expect, test } from 'vitest'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { type Answer, outcomes, type Session, World } from '../harness/world.ts'

const name = nameIndexedBy(1, 3)
let world: World
let asker: Session

/** On each of three nodes a session has left an orphan in each of two lockspaces; two of them in PW or EX. */
beforeEach(() => {
  world = new World({ nodes: 3 })
  asker = world.session(1)
  for (const node of [1, 2, 3]) {
    const session = world.session(node)
    world.request(session, `${name}${node}`, 'EX', { persistent: true })
    world.request(session, name, 'PR', { persistent: true, space: 'other' })
    world.settle()
    world.close(session)
    world.settle()
  }
})

function purge(options: { readonly space?: string; readonly node?: number } = {}): Answer {
  asker.calls += 1
  const call = asker.calls
  world.call(asker, { kind: 'purge', call, ...options })
  world.settle()
  const answer = asker.answers.get(call)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const left = (): number => world.ask(asker).filter(({ orphan }) => orphan === true).length

describe('a purge', () => {
  test('frees the orphans of all nodes, and tells how many', () => {
    expect(left()).toBe(6)
    expect(purge()).toMatchObject({ kind: 'purged', count: 6 })
    expect(left()).toBe(0)
    expect(purge()).toMatchObject({ kind: 'purged', count: 0 })
    const lock = world.request(asker, name, 'EX', { space: 'other', noQueue: true })
    world.settle()
    expect(outcomes(lock)).toEqual(['granted EX'])
  })

  test('of one lockspace leaves the others', () => {
    expect(purge({ space: 'other' })).toMatchObject({ count: 3 })
    expect(left()).toBe(3)
  })

  test('of one node leaves the others, and asks nobody else', () => {
    const before = world.cluster.sent
    expect(purge({ node: 1 })).toMatchObject({ count: 2 })
    expect(world.cluster.sent - before).toBeLessThan(6)
    expect(left()).toBe(4)
    expect(purge({ node: 3, space: 'test' })).toMatchObject({ count: 1 })
    expect(left()).toBe(3)
  })

  test.each([
    [{ node: 9 }, 'node 9 is no member'],
    [{ space: '' }, 'lockspace name'],
    [{ space: 'x'.repeat(256) }, 'lockspace name'],
  ])('%j is refused with words', (options, words) => {
    expect(purge(options)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(words),
    })
    expect(left()).toBe(6)
  })

  test('under way at a change of view is refused, and can be made again', () => {
    asker.calls += 1
    const { calls: call } = asker
    world.call(asker, { kind: 'purge', call })
    world.halt(3)
    world.changeView()
    expect(asker.answers.get(call)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('purge again'),
    })
    purge()
    expect(left()).toBe(0)
  })

  test('beyond so many at a time is refused, until one has ended', () => {
    world = new World({ nodes: 3, limits: { purgesMax: 2 } })
    asker = world.session(1)
    const calls = [1, 2, 3].map((call) => {
      world.call(asker, { kind: 'purge', call })
      return call
    })
    world.settle()
    const kinds = calls.map((call) => asker.answers.get(call)?.kind)
    expect(kinds).toEqual(['purged', 'purged', 'refused'])
    asker.calls += calls.length
    expect(purge()).toMatchObject({ kind: 'purged' })
  })

  test('marks values that an orphan could write as not valid', () => {
    purge()
    const keeper = world.session(2)
    world.request(keeper, 'kept', 'NL')
    const dying = world.session(3)
    world.request(dying, 'kept', 'EX', { persistent: true })
    world.settle()
    world.close(dying)
    world.settle()
    expect(purge()).toMatchObject({ count: 1 })
    const reader = world.request(keeper, 'kept', 'PR', { useValue: true })
    world.settle()
    expect(reader.completions[0]).toMatchObject({ outcome: 'granted', value: { valid: false } })
  })
})
