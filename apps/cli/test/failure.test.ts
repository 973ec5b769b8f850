import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlayCluster, startPlayCluster } from './play-cluster.ts'

const LEASE_MS = 3_000
const holderFile = new URL('./holder.ts', import.meta.url)
let cluster: PlayCluster

beforeAll(async () => {
  cluster = await startPlayCluster({ nodes: 3, sessionLeaseMs: LEASE_MS })
})
afterAll(() => cluster.end())

/** How long it takes until the lock can be had by somebody else. */
async function handOverMs(name: string, node = 0): Promise<number> {
  const since = performance.now()
  await using other = await cluster.connect(node)
  await using lock = await other.lockspace('test').acquire(name)
  expect(lock.held).toBe(true)
  return performance.now() - since
}

describe('a client that dies', () => {
  test('frees its lock at once, long before its lease is over', async () => {
    const holder = cluster.script(holderFile, ['killed'])
    await holder.said('held')
    holder.child.kill('SIGKILL')
    expect(await handOverMs('killed', 1)).toBeLessThan(LEASE_MS / 2)
  })

  test('frees its lock when it stands still for its lease, and knows when it wakes up', async () => {
    const holder = cluster.script(holderFile, ['stopped'])
    await holder.said('held')
    holder.child.kill('SIGSTOP')
    const took = await handOverMs('stopped', 1)
    // Its last ping may be a sixth of the lease old when it is stopped.
    expect(took).toBeGreaterThan(LEASE_MS * 0.7)
    holder.child.kill('SIGCONT')
    await holder.said('lost')
    expect(holder.stdout).toMatch(/lost \S+ held=false/)
    holder.child.kill('SIGKILL')
  })
})

describe('a node that is asked to stop', () => {
  test('hands over and ends with 0; its clients go on elsewhere, and nobody loses a lock', async () => {
    await using leaving = await cluster.connect(2)
    await using staying = await cluster.connect(1)
    expect([leaving.node, staying.node]).toEqual(['n3', 'n2'])
    // The first user of a name becomes its master.
    await using _first = await leaving.lockspace('test').acquire('handed-over', { mode: 'NL' })
    const kept = await staying.lockspace('test').acquire('handed-over')
    const node = cluster.nodes.get('n3')
    node?.kill('SIGTERM')
    expect(await node?.gone).toBe('exit code 0')
    expect(kept.held).toBe(true)
    const next = leaving.lockspace('test').acquire('handed-over')
    const wanted = await new Promise((resolve) => kept.onBlocking(resolve))
    expect(wanted).toBe('EX')
    await kept.unlock()
    await using other = await next
    expect(other.token ?? 0n).toBeGreaterThan(kept.token ?? 0n)
    cluster.startNode('n3')
    await cluster.gathered(['n1', 'n2', 'n3'])
  })
})

describe('a node that dies', () => {
  test('takes the locks that it mastered nowhere: others master them, tokens rise, holders keep theirs', async () => {
    await using first = await cluster.connect(0)
    await using second = await cluster.connect(1)
    const kept = await second.lockspace('test').acquire('kept', { mode: 'PR' })
    const before = await first.lockspace('test').acquire('mastered')
    const master = (await first.locks()).find(({ resource }) => resource.name === 'mastered')
    expect(master?.master).toBe(first.node)
    const waiting = second.lockspace('test').acquire('mastered')
    cluster.nodes.get(first.node ?? '')?.kill('SIGKILL')
    await using after = await waiting
    expect(before.signal.aborted).toBe(true)
    expect(after.token ?? 0n).toBeGreaterThan(before.token ?? 0n)
    expect(kept.held).toBe(true)
    await kept.unlock()
  })

  test('comes back and takes part again', async () => {
    cluster.startNode('n1')
    await cluster.gathered(['n1', 'n2', 'n3'])
    await using back = await cluster.connect(0)
    expect(back.node).toBe('n1')
    const { members } = await back.status()
    expect(members.find(({ node }) => node === 'n1')?.joined).toBeGreaterThan(1)
    await back.lockspace('test').request('again', (lock) => expect(lock.held).toBe(true))
  })
})
