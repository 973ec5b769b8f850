import type { Cluster, LockReport } from '@holdfast/client'
import { createMemoryNetwork } from '@holdfast/transport/memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNode, type Node } from '../src/index.ts'

const names = ['n1', 'n2', 'n3']
let nodes: readonly Node[]
let clusters: readonly Cluster[]

/** Three whole nodes, with frames between them as on a network. */
beforeAll(async () => {
  const network = createMemoryNetwork()
  nodes = await Promise.all(
    names.map((name, index) => {
      const peers = names
        .map((node, at) => ({ node, address: `memory:${at + 1}` }))
        .filter((_, at) => at !== index)
      return createNode({
        name,
        peers,
        timing: 'default',
        transport: (identity) => network.transport(identity),
      })
    }),
  )
  clusters = await Promise.all(nodes.map((node) => node.connect()))
})
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()))
})

async function find(
  cluster: Cluster | undefined,
  filter: Parameters<Cluster['locks']>[0]['filter'] = {},
  pageSize = 1_000,
): Promise<readonly LockReport[]> {
  const found: LockReport[] = []
  for await (const lock of cluster?.locks({ filter, pageSize }) ?? []) found.push(lock)
  return found
}

describe('queries at real nodes', () => {
  test('tell who holds, who waits, and why, from any node', async () => {
    const [first, second, third] = clusters
    const held = await first?.lockspace('q').acquire('a', { mode: 'PR' })
    const waiting = second?.lockspace('q').acquire('a', { mode: 'EX' })
    const resource = { space: 'q', name: 'a' }
    const filter = { resource, details: true }
    await expect.poll(async () => (await find(third, filter)).length).toBe(2)
    for (const cluster of clusters) {
      const [holder, waiter] = await find(cluster, filter)
      expect(holder).toMatchObject({ node: 'n1', queue: 'granted', granted: 'PR', blockedBy: [] })
      expect(holder?.blocks).toMatchObject([{ node: 'n2', queue: 'waiting', mode: 'EX' }])
      expect(waiter).toMatchObject({ node: 'n2', queue: 'waiting', wanted: 'EX', position: 0 })
      expect(waiter?.blockedBy).toMatchObject([{ node: 'n1', queue: 'granted', mode: 'PR' }])
      expect(waiter?.counts).toMatchObject({ granted: 1, waiting: 1 })
      const { master, directory = '' } = holder ?? {}
      expect([master, names.includes(directory)]).toEqual(['n1', true])
    }
    expect(await find(third, { ...filter, node: 'n2' })).toHaveLength(1)
    await held?.unlock()
    await (await waiting)?.unlock()
  })

  test('go through many locks of long names, in pages, in frames that fit', async () => {
    const [first, second] = clusters
    const space = first?.lockspace('\u00ff'.repeat(100))
    const locks = Array.from({ length: 700 }, (_, count) =>
      space?.enqueue({ name: `${count}`.padEnd(100, '\u00ff'), mode: 'NL', owner: 'ö'.repeat(64) }),
    )
    await Promise.all(locks.map((lock) => lock?.completion))
    const found = await find(second, { details: true }, 300)
    expect(found.filter(({ owner }) => owner !== undefined)).toHaveLength(700)
    expect(new Set(found.map(({ session, lock }) => `${session}#${lock}`)).size).toBe(found.length)
    expect((await second?.status())?.members).toHaveLength(3)
  })

  test('are refused with words when they make no sense', async () => {
    await expect(find(clusters[0], { node: 'n9' })).rejects.toThrow('no node n9')
  })

  test('give all that one node masters, however much it is, and nothing of others', async () => {
    const [first, second] = clusters
    const space = first?.lockspace('many')
    const locks = Array.from({ length: 1_200 }, (_, count) =>
      space?.enqueue({ name: `${count}`, mode: 'NL' }),
    )
    await Promise.all(locks.map((lock) => lock?.completion))
    await second?.lockspace('many').acquire('elsewhere')
    const all = await first?.locks()
    const many = all?.filter(({ resource }) => resource.space === 'many') ?? []
    expect([many.length, new Set(many.map(({ lock }) => lock)).size]).toEqual([1_200, 1_200])
    expect(new Set(all?.map(({ master }) => master))).toEqual(new Set(['n1']))
    expect((await second?.locks())?.map(({ resource }) => resource.name)).toContain('elsewhere')
  })

  test('of one node have no filter, and those for a status nothing of the kind', async () => {
    const [first] = clusters
    const filter = { resource: { space: 'q', name: 'a' } }
    const plain = first?.locks({ scope: 'node', filter })[Symbol.asyncIterator]().next()
    await expect(plain).rejects.toMatchObject({ code: 'call-refused' })
    await expect(plain).rejects.toThrow('say `scope` cluster')
  })

  test('find what sessions left behind, and a purge frees it on every node', async () => {
    for (const node of nodes) {
      const dying = await node.connect()
      await dying.lockspace('left').acquire(`at ${node.address}`, { persistent: true })
      await dying.close()
    }
    const orphans = async (): Promise<number> =>
      (await find(clusters[1])).filter(({ orphan }) => orphan === true).length
    await expect.poll(orphans).toBe(3)
    expect(await clusters[2]?.purge()).toBe(3)
    await expect.poll(orphans).toBe(0)
  })
})
