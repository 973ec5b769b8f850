import { createMemoryNetwork, type MemoryNetwork } from '@holdfast/transport/memory'
import { afterEach, expect, test } from 'vitest'
import { createNode, type Node, type NodeEvent } from '../src/index.ts'

const names = ['n1', 'n2', 'n3']
const running: Node[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.close()))
})

interface World {
  readonly network: MemoryNetwork
  readonly nodes: ReadonlyMap<string, Node>
  readonly events: (readonly [node: string, event: NodeEvent])[]
}

/** Three whole nodes in this process, over a transport that is not the default one. */
async function startWorld(): Promise<World> {
  const network = createMemoryNetwork()
  const events: [string, NodeEvent][] = []
  const nodes = new Map<string, Node>()
  for (const [index, name] of names.entries()) {
    const peers = names.flatMap((node, at) =>
      at === index ? [] : [{ node, address: `memory:${at + 1}` }],
    )
    const node = await createNode({
      name,
      peers,
      timing: 'fast',
      transport: (identity) => network.transport(identity),
      onEvent: (event) => events.push([name, event]),
    })
    nodes.set(name, node)
    running.push(node)
  }
  return { network, nodes, events }
}

const memberNames = async (node: Node | undefined): Promise<readonly string[] | undefined> =>
  (await node?.status())?.members.map((member) => member.node).toSorted()

const lasting = { timeout: 15_000, interval: 50 }

test('three nodes over a custom transport share locks', async () => {
  const { nodes } = await startWorld()
  const clusters = await Promise.all([...nodes.values()].map((node) => node.connect()))
  const order: bigint[] = []
  await Promise.all(
    clusters.map(async (cluster) => {
      for (let round = 0; round < 10; round += 1) {
        await cluster.lockspace('a').request('b', (lock) => void order.push(lock.token ?? 0n))
      }
    }),
  )
  expect(order).toHaveLength(30)
  expect(order).toEqual(order.toSorted((a, b) => (a < b ? -1 : 1)))
  await Promise.all(clusters.map((cluster) => cluster.close()))
})

test('a node that leaves hands over what it masters: no lock is lost, no value is doubted', async () => {
  const { nodes } = await startWorld()
  const [first, second] = [...nodes.values()]
  const leaving = await first?.connect()
  const staying = await second?.connect()
  // The first user of a name becomes its master.
  const mine = await leaving?.lockspace('a').acquire('b', { mode: 'EX', useValue: true })
  await mine?.convert('NL', { value: new Uint8Array([7]) })
  const theirs = await staying?.lockspace('a').acquire('b', { mode: 'PR', useValue: true })
  await leaving?.close()
  await first?.leave()
  expect(await first?.stopped).toMatchObject({ why: 'left' })
  await expect.poll(() => memberNames(second), lasting).toEqual(['n2', 'n3'])
  expect(theirs?.held).toBe(true)
  await theirs?.convert('EX')
  expect(theirs?.value).toMatchObject({ valid: true })
  expect(theirs?.value?.bytes[0]).toBe(7)
  await staying?.close()
})

test('a node that is cut off loses its locks, is evicted, and comes back by itself as a new start', async () => {
  const { network, nodes, events } = await startWorld()
  const [first, second] = [...nodes.values()]
  const cut = await first?.connect()
  const staying = await second?.connect()
  const lost = await cut?.lockspace('a').acquire('b')
  network.setRule(({ from, to }) => (from.node === 'n1' || to.node === 'n1' ? [] : [0]))
  const lostAt = new Promise((resolve) =>
    lost?.signal.addEventListener('abort', () => resolve(performance.now())),
  )
  const next = await staying?.lockspace('a').acquire('b')
  const grantedAt = performance.now()
  expect(lost?.signal.aborted).toBe(true)
  expect(await lostAt).toBeLessThan(grantedAt)
  expect(next?.token ?? 0n).toBeGreaterThan(lost?.token ?? 0n)
  network.setRule(() => [0])
  await expect.poll(() => memberNames(second), lasting).toEqual(names)
  const said = events.filter(([node]) => node === 'n1').map(([, { kind }]) => kind)
  expect(said).toContain('restarting')
  await next?.unlock()
  await cut?.lockspace('a').request('b', (lock) => expect(lock.held).toBe(true))
  await cut?.close()
  await staying?.close()
})
