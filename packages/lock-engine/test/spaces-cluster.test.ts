/** Lockspaces over the lock tables of several nodes: races, deaths and views. */
import { createRandom } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { defaultAttributes } from '../src/spaces/attributes.ts'
import { SpacesCluster } from './spaces/spaces-cluster.ts'

const small = { valueBytes: 16, deadlockMs: 0, mastering: 'hash' } as const
const seeds = Array.from({ length: 40 }, (_, seed) => seed)

describe('two nodes create it at once', () => {
  test.each(seeds)('one creates, the other joins it, order %i', (seed) => {
    const world = new SpacesCluster([1, 2, 3], seed)
    const calls = [world.open(1, { attributes: small }), world.open(2), world.open(3)]
    world.cluster.settle()
    expect(calls.map((call) => world.said(call))).toContain('opened')
    const opened = calls.flatMap((call) => world.answer(call)?.attributes ?? [])
    expect(new Set(opened.map((attributes) => JSON.stringify(attributes))).size).toBe(1)
    const isSmall = opened[0]?.valueBytes === 16
    expect(calls.map((call) => world.said(call))).toEqual([
      isSmall ? 'opened' : expect.stringContaining('open with other attributes'),
      'opened',
      'opened',
    ])
    expect(world.internalLocks()).toHaveLength(opened.length)
  })

  test.each(seeds)('and both want it new: one is refused, order %i', (seed) => {
    const world = new SpacesCluster([1, 2, 3], seed)
    const calls = [1, 2].map((id) => world.open(id, { create: 'new' }))
    world.cluster.settle()
    const said = calls.map((call) => world.said(call)).sort()
    expect(said).toEqual(['opened', expect.stringContaining('it was to be new')])
    expect(world.internalLocks()).toHaveLength(1)
  })

  test.each(seeds)(
    'some want an existing one: they come in behind, or are refused, order %i',
    (seed) => {
      const world = new SpacesCluster([1, 2, 3, 4, 5], seed)
      const calls = [1, 2, 3, 4].map((id) => world.open(id, { create: 'existing' }))
      const creator = world.open(5, { attributes: small })
      world.cluster.settle()
      expect(world.answer(creator)).toEqual({ said: 'opened', attributes: small })
      for (const call of calls) {
        expect(['opened', 'nobody has this lockspace open']).toContain(world.said(call))
      }
    },
  )
})

test('all nodes find it as it is, by name', () => {
  const world = new SpacesCluster([1, 2, 3])
  const first = world.open(1, { attributes: small, create: 'new' })
  const other = world.open(1, { space: 's\u0000' })
  world.cluster.settle()
  expect(world.said(first)).toBe('opened')
  expect(world.answer(other)?.attributes).toEqual(defaultAttributes)
  for (const id of [2, 3]) {
    const call = world.open(id, { create: 'existing' })
    world.cluster.settle()
    expect(world.answer(call)).toEqual({ said: 'opened', attributes: small })
    expect(world.attributesAt(id)).toEqual(small)
    expect(world.attributesAt(id, 's\u0000')).toEqual(defaultAttributes)
  }
})

test('what was asked for and what it is like are named to the node that differs', () => {
  const world = new SpacesCluster([1, 2])
  world.open(1, { attributes: small })
  world.cluster.settle()
  const call = world.open(2, { attributes: { valueBytes: 64, mastering: 'directory' } })
  world.cluster.settle()
  expect(world.said(call)).toBe(
    'this lockspace is open with other attributes: valueBytes is 16, not 64; mastering is hash, not directory',
  )
  expect(world.internalLocks()).toHaveLength(1)
})

describe('the last node leaves', () => {
  test('then it can be created anew, with other attributes', () => {
    const world = new SpacesCluster([1, 2, 3])
    for (const id of [1, 2]) world.open(id, { attributes: small })
    world.cluster.settle()
    const leave = world.leave(1)
    world.cluster.settle()
    expect(world.said(leave)).toBe('left')
    const refused = world.open(3, { create: 'new' })
    world.cluster.settle()
    expect(world.said(refused)).toContain('it was to be new')
    world.endSession(2)
    world.cluster.settle()
    expect(world.internalLocks()).toEqual([])
    const call = world.open(3, { create: 'new' })
    world.cluster.settle()
    expect(world.answer(call)).toEqual({ said: 'opened', attributes: defaultAttributes })
  })

  test.each(seeds)(
    'while another looks for an existing one, and a third opens, order %i',
    (seed) => {
      const world = new SpacesCluster([1, 2, 3], seed)
      world.open(1, { attributes: small })
      world.cluster.settle()
      const leave = world.leave(1)
      const existing = world.open(2, { create: 'existing' })
      const open = world.open(3, { attributes: { valueBytes: 32 } })
      world.cluster.settle()
      expect(world.said(leave)).toBe('left')
      expect(world.said(existing)).toMatch(/^opened$|^nobody has this lockspace open$/)
      expect(world.said(open)).toMatch(/^opened$|valueBytes is 16, not 32$/)
      const found = world.answer(existing)?.attributes?.valueBytes
      expect([undefined, 16, 32]).toContain(found)
      if (found !== undefined && world.said(open) === 'opened') expect(found).toBe(32)
    },
  )

  test('a value that was of an earlier life is not taken for that of the next', () => {
    const world = new SpacesCluster([1, 2, 3])
    world.open(1, { attributes: small })
    world.cluster.settle()
    const master = world.masterOf('s')
    expect(master).toBe(1)
    // 2 has all of it, for nothing, while 3 waits: 3 must not read what 1 wrote.
    world.leave(1)
    world.open(2, { create: 'existing' })
    world.cluster.settle((from, to) => !(from.id === 1 && to.id === 2))
    const call = world.open(3, { create: 'existing' })
    world.cluster.settle((from, to) => !(from.id === 1 && to.id === 2))
    expect(world.said(call)).toBeUndefined()
    world.cluster.settle()
    expect(world.said(call)).toBe('nobody has this lockspace open')
    expect(world.internalLocks()).toEqual([])
  })
})

describe('a node dies', () => {
  test('the creator, between the grant and the write: those who wait begin again', () => {
    const world = new SpacesCluster([1, 2, 3])
    // 3 is the master from now on, and stays it.
    world.open(3, { attributes: { valueBytes: 99 } })
    world.cluster.settle()
    expect(world.masterOf('s')).toBe(3)
    world.leave(3)
    const created = world.open(1, { attributes: { valueBytes: 77 } })
    world.cluster.settle((from) => from.id !== 1)
    const calls = [world.open(2, { attributes: small }), world.open(3)]
    world.cluster.settle((from) => from.id !== 1)
    expect(world.said(created)).toBeUndefined()
    expect(calls.map((call) => world.said(call))).toEqual([undefined, undefined])
    world.die(1, { mute: true })
    world.change()
    const opened = calls.flatMap((call) => world.answer(call)?.attributes ?? [])
    expect(opened.length).toBeGreaterThan(0)
    for (const attributes of opened) expect([16, 1_024]).toContain(attributes.valueBytes)
  })
})
