import { randomBytes } from 'node:crypto'
import { type Cluster, connect } from '@holdfast/client'
import { createCallWriter, createEventWriter } from '@holdfast/client/wire'
import { createNode } from '@holdfast/node'
import { WebSocket } from 'ws'
import { startFarProcess } from './far-process.ts'
import { findFreePort } from './free-port.ts'
import type { Pair } from './measure.ts'

export const IN_FLIGHT: readonly number[] = [1, 16, 128]
const LANES = Math.max(...IN_FLIGHT)

/** One thing that is measured; made and taken down by itself. */
export interface BenchCase {
  readonly name: string
  /** Names the case that this one is compared with. */
  readonly against?: string
  open(): Promise<{ readonly pair: Pair; close(): Promise<void> }>
}

export const cases: readonly BenchCase[] = [
  { name: 'raw WebSocket echo', open: openEcho },
  { name: 'lock through the client', against: 'raw WebSocket echo', open: openClient },
  { name: 'lock mastered by another node', against: 'raw WebSocket echo', open: openPeer },
  { name: 'lock mastered in this process', against: 'raw WebSocket echo', open: openLocal },
]

type OpenCase = Awaited<ReturnType<BenchCase['open']>>

/** Two echoes one after the other, each as long as the longer of a call and its answer. */
async function openEcho(): Promise<OpenCase> {
  const far = startFarProcess('echo', '')
  const socket = new WebSocket(await far.hear(), { perMessageDeflate: false })
  await new Promise((resolve) => socket.once('open', resolve))
  const waiting: (() => void)[] = []
  socket.on('message', () => waiting.shift()?.())
  const frames = frameLengths().map((length) => randomBytes(length))
  return {
    pair: async () => {
      for (const frame of frames) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve)
          socket.send(frame)
        })
      }
    },
    async close() {
      socket.terminate()
      await far.end()
    },
  }
}

/** How long the frames of one lock and one unlock are. */
function frameLengths(): readonly number[] {
  const calls = createCallWriter({ frameBytesMax: 65_536 })
  const events = createEventWriter({ frameBytesMax: 65_536 })
  const call = 1_000_000
  const lock = 1_000_001
  const resource = { space: 'bench', name: 'lane/100' }
  const request = { kind: 'request', call, lock, resource, mode: 'EX' } as const
  const flags = { noQueue: false, useValue: false, notify: false }
  const done = { kind: 'completion', call, lock } as const
  const longest = (frames: readonly Uint8Array[]): number =>
    Math.max(...frames.map(({ length }) => length))
  return [
    longest([
      ...calls.encode([{ ...request, ...flags }]),
      ...events.encode([{ ...done, outcome: 'granted', mode: 'EX', token: 1n << 41n }]),
    ]),
    longest([
      ...calls.encode([{ kind: 'unlock', call, lock }]),
      ...events.encode([{ ...done, outcome: 'unlocked' }]),
    ]),
  ]
}

function lockPair(cluster: Cluster): Pair {
  const space = cluster.lockspace('bench')
  return async (lane) => {
    const lock = await space.acquire(`lane/${lane}`, { mode: 'EX', notify: false })
    await lock.unlock()
  }
}

async function openLocal(): Promise<OpenCase> {
  const node = await createNode({ name: 'near', listen: { port: 0 } })
  const cluster = await node.connect()
  return {
    pair: lockPair(cluster),
    async close() {
      await cluster.close()
      await node.close()
    },
  }
}

async function openClient(): Promise<OpenCase> {
  const secret = randomBytes(12).toString('hex')
  const far = startFarProcess('client', secret)
  const cluster = await connect(await far.hear(), { token: `${secret}-client` })
  return {
    pair: lockPair(cluster),
    async close() {
      await cluster.close()
      await far.end()
    },
  }
}

async function openPeer(): Promise<OpenCase> {
  const secret = randomBytes(12).toString('hex')
  const far = startFarProcess('peer', secret, LANES)
  const port = await findFreePort()
  far.say(`ws://127.0.0.1:${port}`)
  const farAddress = await far.hear()
  const node = await createNode({
    name: 'near',
    listen: { port },
    clientToken: `${secret}-client`,
    peerToken: `${secret}-peer`,
    peers: [{ node: 'far', address: farAddress }],
  })
  const cluster = await node.connect()
  if ((await far.hear()) !== 'mastered') throw new Error('the far node did not become master')
  return {
    pair: lockPair(cluster),
    async close() {
      await cluster.close()
      await node.close()
      await far.end()
    },
  }
}
