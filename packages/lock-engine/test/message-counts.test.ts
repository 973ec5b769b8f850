import { describe, expect, test } from 'vitest'
import { nameIndexedBy } from './harness/directory-node.ts'
import { classOf, modePairs } from './harness/specification.ts'
import type { Held } from './harness/world.ts'
import { outcomes, World } from './harness/world.ts'

/** The kinds of the messages that the deed makes nodes send, in order. */
function kindsOf(world: Watched, deed: () => void): readonly string[] {
  world.kinds.length = 0
  deed()
  world.settle()
  return [...world.kinds]
}

class Watched extends World {
  readonly kinds: string[]

  constructor(nodes: number, idleMs = 10_000) {
    const kinds: string[] = []
    super({
      nodes,
      limits: { idleMs },
      onSend: (_from, _to, message) => kinds.push((message as { kind: string }).kind),
    })
    this.kinds = kinds
  }

  /** A lock that is granted and settled. */
  take(node: number, name: string, mode: Held['blocking'][number], notify = false): Held {
    const lock = this.request(this.session(node), name, mode, { notify })
    this.settle()
    expect(outcomes(lock)).toEqual([`granted ${mode}`])
    return lock
  }
}

test('what a node masters and indexes itself costs no message', () => {
  const world = new Watched(3)
  const name = nameIndexedBy(1, 3)
  const kinds = kindsOf(world, () => {
    const a = world.request(world.session(1), name, 'PR', { notify: true })
    const b = world.request(world.session(1), name, 'EX')
    world.convert(a, 'CR')
    world.cancel(b)
    const c = world.request(world.session(1), name, 'PW', { noQueue: true })
    world.convert(c, 'EX')
    world.unlock(c)
    world.unlock(a)
  })
  expect(kinds).toEqual([])
})

test('the first user asks the directory and is the master from then on', () => {
  const world = new Watched(3)
  const name = nameIndexedBy(2, 3)
  expect(kindsOf(world, () => void world.request(world.session(1), name, 'EX'))).toHaveLength(2)
  expect(kindsOf(world, () => void world.request(world.session(1), name, 'PR'))).toEqual([])
})

test('a request costs two messages when the directory is the master', () => {
  const world = new Watched(3)
  const name = nameIndexedBy(1, 3)
  world.take(1, name, 'NL')
  let lock: Held | undefined
  const kinds = kindsOf(world, () => {
    lock = world.request(world.session(2), name, 'EX')
  })
  expect(kinds).toHaveLength(2)
  expect(lock && outcomes(lock)).toEqual(['granted EX'])
})

test('a request costs four messages when the directory is a third node, then two', () => {
  const world = new Watched(3)
  const name = nameIndexedBy(2, 3)
  world.take(1, name, 'NL')
  const ask = (): void => void world.request(world.session(3), name, 'CR')
  expect(kindsOf(world, ask)).toHaveLength(4)
  expect(kindsOf(world, ask)).toHaveLength(2)
})

test('requests that wait for the same lookup cost no lookup of their own', () => {
  const world = new Watched(3)
  const name = nameIndexedBy(2, 3)
  world.take(1, name, 'NL')
  const session = world.session(3)
  const locks: Held[] = []
  const kinds = kindsOf(world, () => {
    for (let count = 0; count < 5; count += 1) locks.push(world.request(session, name, 'CR'))
  })
  expect(kinds).toHaveLength(4 + 4 * 2)
  expect(locks.flatMap(outcomes)).toEqual(Array(5).fill('granted CR'))
})

describe.each([2, 3])('with a known master and %s nodes', (nodes) => {
  const name = nameIndexedBy(1, nodes)

  test.each(modePairs)('%s to %s costs one message down, two otherwise', (from, to) => {
    const world = new Watched(nodes)
    world.take(1, name, 'NL')
    const lock = world.take(2, name, from)
    const kinds = kindsOf(world, () => world.convert(lock, to))
    expect(kinds).toHaveLength(classOf(from, to) === 'down' ? 1 : 2)
    expect(outcomes(lock)).toEqual([`granted ${from}`, `granted ${to}`])
  })

  test('unlock, cancel, denial, waiting and blocking cost what they must', () => {
    const world = new Watched(nodes)
    world.take(1, name, 'NL')
    const holder = world.take(2, name, 'PR', true)
    let waiter: Held | undefined
    const waits = kindsOf(world, () => {
      waiter = world.request(world.session(1), name, 'EX')
    })
    expect(waits).toHaveLength(1)
    expect(holder.blocking).toEqual(['EX'])

    const cancels = kindsOf(world, () => world.cancel(waiter as Held))
    expect(cancels).toEqual([])

    const denied = kindsOf(world, () => {
      world.request(world.session(2), name, 'EX', { noQueue: true })
    })
    expect(denied).toHaveLength(2)

    const near = world.take(1, name, 'PR')
    let far: Held | undefined
    const queues = kindsOf(world, () => {
      far = world.request(world.session(2), name, 'PW')
    })
    // Its request and the answer, and one notice to the other lock of that node.
    expect(queues).toHaveLength(3)
    expect(kindsOf(world, () => world.cancel(far as Held))).toHaveLength(2)
    expect(kindsOf(world, () => world.cancel(holder))).toEqual([])
    expect(kindsOf(world, () => world.unlock(holder))).toHaveLength(2)

    const later = world.request(world.session(2), name, 'PW')
    world.settle()
    expect(kindsOf(world, () => world.unlock(near))).toHaveLength(1)
    expect(outcomes(later)).toEqual(['granted PW'])
  })
})

describe('a query over the cluster', () => {
  const ask = (world: Watched, node: number, name?: string): readonly string[] => {
    const filter = name === undefined ? {} : { resource: { space: 'test', name } }
    return kindsOf(world, () => void world.query(world.session(node), { filter }))
  }

  test('costs two messages for each other node, as long as its locks fit into one', () => {
    const world = new Watched(3)
    for (const node of [1, 2, 3]) world.take(node, nameIndexedBy(node, 3), 'NL')
    expect(ask(world, 1)).toHaveLength(4)
    expect(ask(world, 2, nameIndexedBy(2, 3))).toHaveLength(4)
  })

  test('costs two more for each further 40,000 bytes', () => {
    const world = new Watched(2)
    const session = world.session(1)
    const name = nameIndexedBy(1, 2)
    for (let count = 0; count < 250; count += 1) world.request(session, name, 'NL')
    expect(ask(world, 1)).toHaveLength(2)
    // A lock on this name is taken for some 330 bytes: 119 or so fit.
    expect(ask(world, 2)).toHaveLength(6)
  })

  test('and a purge two for each other node', () => {
    const world = new Watched(3)
    const session = world.session(1)
    const purge = (): void => world.call(session, { kind: 'purge', call: 1 })
    expect(kindsOf(world, purge).toSorted()).toEqual([
      'purge-ask',
      'purge-ask',
      'purge-told',
      'purge-told',
    ])
  })
})

describe('a resource without locks', () => {
  test('stays with its master for a while: taking it again costs no lookup', () => {
    const world = new Watched(3, 1_000)
    const name = nameIndexedBy(3, 3)
    world.unlock(world.take(1, name, 'EX'))
    world.cluster.pass(500)
    expect(kindsOf(world, () => void world.take(1, name, 'EX'))).toEqual([])
    world.unlock(world.take(2, name, 'NL'))
    world.cluster.pass(500)
    expect(kindsOf(world, () => void world.take(2, name, 'NL'))).toHaveLength(2)
  })

  test('is then retired with two messages, and with none where master and directory are one', () => {
    const world = new Watched(3, 1_000)
    const far = nameIndexedBy(3, 3)
    const near = nameIndexedBy(1, 3)
    world.unlock(world.take(1, far, 'EX'))
    expect(kindsOf(world, () => world.cluster.pass(5_000))).toEqual(['retire', 'retired'])
    world.unlock(world.take(1, near, 'EX'))
    expect(kindsOf(world, () => world.cluster.pass(5_000))).toEqual([])
    expect(world.node(1).engine.idle).toBe(true)
    expect(world.node(1).engine.deadline()).toBeUndefined()
  })

  test('gives tokens above the old ones when its name is used again', () => {
    const world = new Watched(3, 1_000)
    const name = nameIndexedBy(3, 3)
    const tokens: bigint[] = []
    for (const node of [1, 2, 3, 2, 1]) {
      for (const mode of ['EX', 'PW', 'CW'] as const) {
        const lock = world.take(node, name, mode)
        tokens.push(lock.completions[0]?.token ?? -1n)
        world.unlock(lock)
        world.settle()
      }
      world.cluster.pass(5_000)
    }
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)))
    expect(new Set(tokens).size).toBe(tokens.length)
  })
})
