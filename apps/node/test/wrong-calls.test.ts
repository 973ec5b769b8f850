import { type Cluster, connect, LockRefusedError } from '@holdfast/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createNode, type Node } from '../src/index.ts'

const token = 'a-token-for-the-clients'
let node: Node
/** One session over a connection, one in this process. */
let clusters: readonly Cluster[]

beforeEach(async () => {
  node = await createNode({ name: 'n1', listen: { port: 0 }, clientToken: token })
  clusters = [await connect(node.address, { token }), await node.connect()]
})
afterEach(() => node.close())

/** How the same ends over a connection and in this process; no lock may be lost by it. */
async function endings(attempt: (cluster: Cluster) => Promise<unknown>): Promise<unknown[]> {
  const ends: unknown[] = []
  for (const [at, cluster] of clusters.entries()) {
    const kept = await cluster.lockspace('kept').acquire(`${at}`)
    ends.push(await attempt(cluster).catch((error: unknown) => error))
    // A call that cost the session would be noticed at the latest now.
    await cluster.status()
    expect(kept.held).toBe(true)
  }
  return ends
}

describe('a wrong call is refused, with the same words over a connection and in this process', () => {
  test.each([
    ['a mode in small letters', { mode: 'ex' }, 'mode: "ex" must be NL or CR'],
    ['a priority that is no number', { priority: Number.NaN }, 'priority: NaN must be'],
    [
      'a time limit without end',
      { timeoutMs: Number.POSITIVE_INFINITY },
      'timeoutMs: Infinity must',
    ],
    ['a misspelt option', { moed: 'PR' }, 'moed: unknown in request; did you mean mode?'],
    ['an owner with half a character', { owner: 'a\ud800' }, 'owner: "a?" must be a name'],
  ])('of a lock: %s', async (_, options, words) => {
    const ends = await endings((cluster) => cluster.lockspace('s').acquire('x', options as never))
    for (const end of ends) {
      expect(end).toBeInstanceOf(LockRefusedError)
      expect((end as Error).message).toContain(words)
    }
  })

  test('as data, where outcomes are data', async () => {
    const wrong = { name: 'x', mode: 'EX', alternatePr: true } as const
    const ends = await endings((cluster) => cluster.lockspace('s').enqueue(wrong).completion)
    const reason = 'alternatePr: unknown in request; did you mean alternatePR?'
    expect(ends).toMatchObject([
      { outcome: 'refused', reason },
      { outcome: 'refused', reason },
    ])
  })

  test.each<[string, (cluster: Cluster) => Promise<unknown>]>([
    [
      'a query for the lock -1',
      (cluster) => first(cluster, { filter: { session: 'n1/1', lock: -1 } }),
    ],
    ['a page of half a lock', (cluster) => first(cluster, { pageSize: 1.5 })],
    ['a purge of the node -1', (cluster) => cluster.purge({ node: -1 })],
    ['value blocks of -1 bytes', (cluster) => open(cluster, { valueBytes: -1 })],
    ['a mastering that is none', (cluster) => open(cluster, { mastering: 'x' as 'hash' })],
  ])('that names no lock: %s', async (_, attempt) => {
    const [remote, local] = await endings(attempt)
    expect(remote).toMatchObject({ code: 'call-refused' })
    expect(local).toEqual(remote)
  })
})

function first(cluster: Cluster, query: Parameters<Cluster['locks']>[0]): Promise<unknown> {
  return cluster.locks(query)[Symbol.asyncIterator]().next()
}

type Attributes = NonNullable<Parameters<Cluster['openLockspace']>[1]>['attributes']

function open(cluster: Cluster, attributes: Attributes): Promise<unknown> {
  return cluster.openLockspace('s', { ...(attributes && { attributes }) })
}
