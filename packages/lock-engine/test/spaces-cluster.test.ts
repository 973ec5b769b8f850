/** Lockspaces over the lock tables of several nodes: races, deaths and views. */
import { describe, expect, test } from 'vitest'
import { defaultAttributes } from '../src/spaces/attributes.ts'
import { SpacesCluster } from './spaces/spaces-cluster.ts'

const small = { valueBytes: 16, deadlockMs: 0, mastering: 'hash' } as const

/** Messages of different nodes arrive in an order that the seed chooses. */
function testInOrders(title: string, body: (seed: number) => void): void {
  test(title, () => {
    for (let seed = 0; seed < 40; seed += 1) body(seed)
  })
}

describe('two nodes create it at once', () => {
  testInOrders('one creates, the other joins it', (seed) => {
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

  testInOrders('and both want it new: one is refused', (seed) => {
    const world = new SpacesCluster([1, 2, 3], seed)
    const calls = [1, 2].map((id) => world.open(id, { create: 'new' }))
    world.cluster.settle()
    const said = calls.map((call) => world.said(call)).sort()
    expect(said).toEqual(['opened', expect.stringContaining('it was to be new')])
    expect(world.internalLocks()).toHaveLength(1)
  })

  testInOrders('some want an existing one: they come in behind, or are refused', (seed) => {
    const world = new SpacesCluster([1, 2, 3, 4, 5], seed)
    const calls = [1, 2, 3, 4].map((id) => world.open(id, { create: 'existing' }))
    const creator = world.open(5, { attributes: small })
    world.cluster.settle()
    expect(world.answer(creator)).toEqual({ said: 'opened', attributes: small })
    for (const call of calls) {
      expect(['opened', 'nobody has this lockspace open']).toContain(world.said(call))
    }
  })
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

  testInOrders('while another looks for an existing one, and a third opens', (seed) => {
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
  })

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

/** A world whose node 3 masters the lockspace, which nobody has open. */
function masteredBy3(...others: readonly number[]): SpacesCluster {
  const world = new SpacesCluster([1, 2, 3, ...others])
  world.open(3)
  world.cluster.settle()
  expect(world.masterOf('s')).toBe(3)
  world.leave(3)
  return world
}

describe('the creator dies', () => {
  test.each(['granted', 'convert'])(
    'with its message %s under way: those who wait begin again',
    (kind) => {
      const world = masteredBy3()
      const created = world.open(1, { attributes: { valueBytes: 77 } })
      const isKept = ({ id }: { id: number }, to: { id: number }) =>
        world.underWay(id, to.id)[0] === kind
      world.cluster.settle((from, to) => !isKept(from, to))
      const calls = [
        world.open(2, { attributes: small }),
        world.open(3),
        world.open(3, { create: 'existing' }),
      ]
      world.cluster.settle((from, to) => !isKept(from, to))
      expect(world.internalLocks()).toEqual(['3: 1 EX', '3: 3 PR', '3: 2 PR'])
      world.die(1, { mute: true })
      expect(world.said(created)).toBe(kind === 'granted' ? undefined : 'opened')
      world.change()
      const [at2, at3, existing] = calls.map((call) => world.answer(call))
      expect(at3?.said).toBe('opened')
      expect(existing?.said).toMatch(/^opened$|^nobody has this lockspace open$/)
      if (at3?.attributes?.valueBytes === 16)
        expect(at2).toEqual({ said: 'opened', attributes: small })
      else expect(at2?.said).toContain('valueBytes is 1024, not 16')
    },
  )

  test('and the master with it: somebody else creates it', () => {
    const world = masteredBy3(4)
    world.open(1, { attributes: { valueBytes: 77 } })
    world.cluster.settle((from, to) => world.underWay(from.id, to.id)[0] !== 'convert')
    const call = world.open(2, { attributes: small })
    world.cluster.settle((from, to) => world.underWay(from.id, to.id)[0] !== 'convert')
    expect(world.internalLocks()).toEqual(['3: 1 EX', '3: 2 PR'])
    world.die(1, { mute: true })
    world.die(3, { mute: true })
    world.change()
    expect(world.answer(call)).toEqual({ said: 'opened', attributes: small })
  })

  test('not, but the master: what it wrote on the way down counts', () => {
    const world = masteredBy3(4)
    const created = world.open(1, { attributes: small })
    world.cluster.settle((from, to) => world.underWay(from.id, to.id)[0] !== 'convert')
    const call = world.open(2)
    world.cluster.settle((from, to) => world.underWay(from.id, to.id)[0] !== 'convert')
    world.die(3)
    world.change()
    expect(world.said(created)).toBe('opened')
    expect(world.answer(call)).toEqual({ said: 'opened', attributes: small })
  })
})

describe('the master dies', () => {
  test('one node that has it open is enough to keep what it is like', () => {
    const world = masteredBy3(4)
    world.open(1, { attributes: small })
    world.cluster.settle()
    world.die(3)
    world.change()
    const [at2, at4] = [world.open(2), world.open(4, { attributes: { valueBytes: 17 } })]
    world.cluster.settle()
    expect(world.answer(at2)).toEqual({ said: 'opened', attributes: small })
    expect(world.said(at4)).toContain('valueBytes is 16, not 17')
  })

  test('again and again, as long as one lives', () => {
    const world = masteredBy3(4)
    for (const id of [1, 2, 4]) world.open(id, { attributes: small })
    world.cluster.settle()
    for (const id of [3, 1, 2]) {
      world.die(id)
      world.change()
    }
    const call = world.open(4, { create: 'existing' })
    expect(world.answer(call)).toEqual({ said: 'opened', attributes: small })
    expect(world.internalLocks()).toEqual(['4: 4 PR'])
  })

  test('while one opens it, and another leaves, in views that are not active', () => {
    const world = masteredBy3(4)
    world.open(1, { attributes: small })
    world.cluster.settle()
    const leave = world.leave(1)
    const open = world.open(2, { create: 'existing' })
    world.die(3)
    const view = world.nextView()
    world.install(view)
    world.cluster.settle()
    world.change()
    expect(world.said(leave)).toBe('left')
    expect(world.said(open)).toBe('nobody has this lockspace open')
    expect(world.internalLocks()).toEqual([])
  })
})

describe('leaving with locks', () => {
  function opened(...ids: readonly number[]): SpacesCluster {
    const world = new SpacesCluster(ids)
    for (const id of ids) world.open(id)
    world.cluster.settle()
    return world
  }

  test('unused and idle are refused while a lock is held; discard frees it for the others', () => {
    const world = opened(1, 2)
    world.request(1, 7, 'EX')
    world.cluster.settle()
    const waits = world.request(2, 8, 'EX')
    world.cluster.settle()
    expect(world.said(world.leave(1, 'unused'))).toBe('the session has 1 lock in this lockspace')
    expect(world.said(world.leave(1, 'idle'))).toContain('is granted in more than NL')
    expect(world.outcome(waits)).toBeUndefined()
    const leave = world.leave(1, 'discard')
    world.cluster.settle()
    expect(world.said(leave)).toBe('left')
    expect(world.heard).toContainEqual({ node: 1, event: { kind: 'lost', lock: 7 } })
    expect(world.completion(waits)).toMatchObject({ outcome: 'granted', value: { valid: false } })
    expect(world.said(world.leave(2, 'unused'))).toContain('1 lock')
  })

  test('what waits and what is granted in NL is dropped by idle; each call has one end', () => {
    const world = opened(1, 2)
    world.request(1, 7, 'EX')
    world.cluster.settle()
    world.request(2, 8, 'NL')
    world.cluster.settle()
    const calls = [world.request(2, 9, 'PR'), world.convert(2, 8, 'PR')]
    world.cluster.settle()
    const leave = world.leave(2, 'idle')
    world.cluster.settle()
    expect(world.said(leave)).toBe('left')
    expect(calls.map((call) => world.outcome(call))).toEqual(['lost', 'lost'])
    const told = world.heard.filter(({ event }) => event.kind === 'lost')
    expect(told.map(({ event }) => event)).toEqual([
      { kind: 'lost', lock: 8 },
      { kind: 'lost', lock: 9 },
    ])
  })

  test.each([false, true])(
    'a cancel under way then has nothing to cancel any more (subtree: %s)',
    (subtree) => {
      const world = new SpacesCluster([1, 2])
      world.open(1)
      world.open(2)
      world.cluster.settle()
      world.request(1, 1, 'EX')
      world.cluster.settle()
      const waiter = world.request(2, 1, 'EX')
      world.cluster.settle()
      const cancel = world.call(2, (call) => ({ kind: 'cancel', call, lock: 1, subtree }))
      world.leave(2, 'idle')
      world.cluster.settle()
      expect([waiter, cancel].map((call) => world.outcome(call))).toEqual([
        'lost',
        'nothing-to-cancel',
      ])
    },
  )

  test('a lock that is being unlocked is not in the way', () => {
    const world = opened(1, 2)
    world.request(1, 7, 'EX')
    world.cluster.settle()
    const unlock = world.call(1, (call) => ({ kind: 'unlock', call, lock: 7 }))
    const leave = world.leave(1, 'unused')
    world.cluster.settle()
    expect([world.outcome(unlock), world.said(leave)]).toEqual(['unlocked', 'left'])
  })

  test('a tree goes from the bottom, and persistent locks leave no orphan', () => {
    const world = opened(1, 2)
    world.request(1, 7, 'PR', { persistent: true })
    world.cluster.settle()
    world.request(1, 8, 'PR', { parent: 7 })
    world.cluster.settle()
    world.request(1, 9, 'EX', { parent: 8, persistent: true })
    world.cluster.settle()
    world.leave(1, 'discard')
    world.cluster.settle()
    const told = world.heard.flatMap(({ event }) => (event.kind === 'lost' ? [event.lock] : []))
    expect(told).toEqual([9, 8, 7])
    const adopt = world.call(2, (call) => ({
      kind: 'adopt',
      call,
      lock: 7,
      resource: { space: 's', name: 'n' },
      mode: 'PR',
      useValue: false,
      notify: false,
    }))
    world.cluster.settle()
    expect(world.outcome(adopt)).toBe('not-found')
  })
})

test('the size of value blocks is the one that all agreed on', () => {
  const world = new SpacesCluster([1, 2])
  world.open(1, { attributes: { valueBytes: 3 } })
  world.cluster.settle()
  world.open(2)
  world.cluster.settle()
  world.request(2, 7, 'EX')
  world.cluster.settle()
  const write = (length: number): number =>
    world.convert(2, 7, 'NL', { useValue: true, value: new Uint8Array(length) })
  expect(world.completion(write(4))?.reason).toContain('at most 3 bytes')
  expect(world.outcome(write(3))).toBe('granted')
})

test('no session can name the lockspace of the lockspaces', () => {
  const world = new SpacesCluster([1])
  world.open(1)
  const call = world.request(1, 7, 'EX', { resource: { space: '', name: 's' } })
  world.cluster.settle()
  expect(world.outcome(call)).toBe('refused')
  expect(world.said(world.open(1, { space: '' }))).toContain('named by 1 to 255 bytes')
})

test.each([
  ['said goodbye', [], '1: resumed 3, lost '],
  ['died before it said goodbye', [3], '1: resumed 3, lost 3'],
])('a file system hears of a node that handed over and %s', (_end, evicted, heard) => {
  const world = new SpacesCluster([1, 2, 3])
  world.open(1, { lifecycle: true })
  world.handOver(3)
  world.change()
  world.die(3)
  world.change(evicted)
  expect(world.recoveries().at(-1)).toBe(heard)
  expect(world.recoveries().includes('1: lost 3, lost 3')).toBe(evicted.length > 0)
})

test('a file system hears of a death and of a join, and of two changes as one', () => {
  const world = new SpacesCluster([1, 2, 3, 4])
  world.open(1, { lifecycle: true })
  world.open(2)
  world.cluster.settle()
  world.die(3)
  world.change()
  world.die(4)
  world.install(world.nextView())
  world.cluster.settle()
  world.die(2)
  world.change()
  expect(world.recoveries()).toEqual([
    '1: stopped 2, lost 3',
    '1: lost 2, lost 3',
    '1: resumed 2, lost 3',
    '1: stopped 3, lost 4',
    '1: stopped 4, lost 2',
    '1: lost 4, lost 4,2',
    '1: resumed 4, lost 4,2',
  ])
})
