import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, ConnectError, connect, LockDeniedError } from '@holdfast/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createNode, type Node, NodeError, type NodeOptions } from '../src/index.ts'

const running: Node[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.close()))
  await Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true })))
})

const clientToken = 'a-token-for-the-clients'

async function startAlone(options: Partial<NodeOptions> = {}): Promise<Node> {
  const node = await createNode({ name: 'n1', listen: { port: 0 }, clientToken, ...options })
  running.push(node)
  return node
}

function dial({ address }: Node, token = clientToken): Promise<Cluster> {
  return connect(address, { token })
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-node-'))
  folders.push(path)
  return path
}

describe.each(['in process', 'over a WebSocket'] as const)('a session %s', (way) => {
  const open = (node: Node): Promise<Cluster> =>
    way === 'in process' ? node.connect() : dial(node)

  test('is granted locks with tokens that rise', async () => {
    await using cluster = await open(await startAlone())
    const orders = cluster.lockspace('orders')
    const tokens: bigint[] = []
    for (let round = 0; round < 3; round += 1) {
      await orders.request('o/1', (lock) => void tokens.push(lock.token ?? 0n))
    }
    expect(tokens).toHaveLength(3)
    expect(tokens).toEqual(tokens.toSorted((a, b) => Number(a - b)))
    expect(new Set(tokens).size).toBe(3)
  })

  test('waits for its turn, or is denied when it does not want to', async () => {
    const node = await startAlone()
    await using first = await open(node)
    await using second = await open(node)
    const held = await first.lockspace('a').acquire('b')
    await expect(second.lockspace('a').acquire('b', { noQueue: true })).rejects.toThrow(
      LockDeniedError,
    )
    expect(await second.lockspace('a').tryAcquire('b')).toBeUndefined()
    const waiting = second.lockspace('a').acquire('b')
    const wanted = await new Promise((resolve) => held.onBlocking(resolve))
    expect(wanted).toBe('EX')
    await held.unlock()
    expect((await waiting).held).toBe(true)
  })

  test('passes a value from a writer to a reader', async () => {
    const node = await startAlone()
    await using writer = await open(node)
    await using reader = await open(node)
    const written = await writer.lockspace('a').acquire('b', { mode: 'EX', useValue: true })
    await written.convert('CR', { value: new TextEncoder().encode('news') })
    const read = await reader.lockspace('a').acquire('b', { mode: 'PR', useValue: true })
    expect(read.value?.valid).toBe(true)
    expect(new TextDecoder().decode(read.value?.bytes).replaceAll('\0', '')).toBe('news')
  })

  test('frees its locks when it is closed', async () => {
    const node = await startAlone()
    const first = await open(node)
    await using second = await open(node)
    await first.lockspace('a').acquire('b')
    const waiting = second.lockspace('a').acquire('b')
    await first.close()
    expect((await waiting).held).toBe(true)
  })

  test('an aborted wait leaves nothing behind', async () => {
    const node = await startAlone()
    await using first = await open(node)
    await using second = await open(node)
    const held = await first.lockspace('a').acquire('b')
    const signal = AbortSignal.timeout(20)
    await expect(second.lockspace('a').acquire('b', { signal })).rejects.toThrow(/timeout/)
    await held.unlock()
    expect(await first.lockspace('a').tryAcquire('b')).toBeDefined()
  })

  test('tells what the node knows', async () => {
    const node = await startAlone()
    await using cluster = await open(node)
    await using lock = await cluster.lockspace('a').acquire('b', { mode: 'PR' })
    expect(await cluster.status()).toMatchObject({ node: 'n1', state: 'member', active: true })
    expect(await cluster.locks()).toMatchObject([
      { resource: lock.resource, granted: 'PR', queue: 'granted', master: 'n1' },
    ])
  })

  test('ends with the node, and says so', async () => {
    const node = await startAlone()
    const cluster = await open(node)
    const lock = await cluster.lockspace('a').acquire('b')
    await node.close()
    await expect.poll(() => lock.signal.aborted).toBe(true)
    await cluster.close()
  })
})

describe('a node', () => {
  test('turns strangers away', async () => {
    const node = await startAlone()
    const wrongToken = await dial(node, 'not-the-right-token').catch((error: unknown) => error)
    expect(ConnectError.is(wrongToken) && wrongToken.attempts).toMatchObject([{ code: 'refused' }])
    const other = await connect(node.address, { token: clientToken, cluster: 'other' }).catch(
      (error: unknown) => error,
    )
    expect(ConnectError.is(other) && other.attempts).toMatchObject([{ code: 'wrong-cluster' }])
  })

  test('is found by programs of the same user without a token', async () => {
    const node = await createNode({ name: 'n1', listen: { port: 0 } })
    running.push(node)
    await using cluster = await connect(node.address)
    expect(cluster.node).toBe('n1')
  })

  test('keeps its token in its folder, for its user only', async () => {
    const dataDir = await folder()
    const first = await createNode({ name: 'n1', listen: { port: 0 }, dataDir })
    await first.close()
    const second = await createNode({ name: 'n1', listen: { port: 0 }, dataDir })
    running.push(second)
    expect((await stat(join(dataDir, 'client-token'))).mode & 0o777).toBe(0o600)
    await using cluster = await connect(second.address)
    expect(cluster.node).toBe('n1')
  })

  test('goes on with its folder as another incarnation, with higher tokens', async () => {
    const dataDir = await folder()
    const grant = async (): Promise<bigint> => {
      const node = await createNode({ name: 'n1', listen: { port: 0 }, dataDir })
      await using cluster = await node.connect()
      const { token = 0n } = await cluster.lockspace('a').acquire('b')
      await node.close()
      return token
    }
    const first = await grant()
    expect(await grant()).toBeGreaterThan(first)
  })

  test.each([
    ['a wrong name', { name: 'not a name' }, 'bad-options'],
    [
      'peers without a token',
      { peers: [{ node: 'n2', address: 'ws://127.0.0.1:9' }] },
      'bad-options',
    ],
    ['itself as a peer', { peers: [{ node: 'n1', address: 'x' }] }, 'bad-options'],
    ['a weight beyond 10', { weight: 11 }, 'bad-options'],
    ['a short token', { clientToken: 'short' }, 'bad-options'],
    ['one token for both', { peerToken: clientToken }, 'bad-options'],
    ['an address of another machine', { listen: { host: '192.0.2.1', port: 0 } }, 'bad-options'],
    ['every address without TLS', { listen: { host: '0.0.0.0', port: 0 } }, 'bad-options'],
  ] as const)('refuses %s', async (_, options, code) => {
    const error = await startAlone(options).catch((reason: unknown) => reason)
    expect(NodeError.is(error) && error.code).toBe(code)
  })

  test('refuses a port and a folder that are in use', async () => {
    const dataDir = await folder()
    const first = await startAlone({ dataDir })
    const port = Number(new URL(first.address).port)
    await expect(startAlone({ dataDir })).rejects.toMatchObject({ code: 'store-unusable' })
    await expect(startAlone({ listen: { port } })).rejects.toMatchObject({ code: 'listen-failed' })
  })

  test('can be closed twice, and answers nothing afterwards', async () => {
    const node = await startAlone()
    await Promise.all([node.close(), node.close()])
    expect(await node.stopped).toMatchObject({ why: 'closed' })
    await expect(node.connect()).rejects.toMatchObject({ code: 'stopped' })
    await expect(node.leave()).rejects.toMatchObject({ code: 'stopped' })
  })
})

test('a node runs even where it cannot leave its token for others to find', async () => {
  const blocked = join(await folder(), 'a-file')
  await writeFile(blocked, '')
  vi.stubEnv('XDG_RUNTIME_DIR', blocked)
  const kinds: string[] = []
  const node = await startAlone({ onEvent: ({ kind }) => kinds.push(kind) })
  vi.unstubAllEnvs()
  expect(kinds).toContain('token-not-published')
  await using cluster = await dial(node)
  expect(cluster.node).toBe('n1')
})
