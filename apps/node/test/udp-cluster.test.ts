import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { PeerIdentity, Transport } from '@holdfast/transport'
import { expect, test } from 'vitest'
import { createNode, type Node } from '../src/index.ts'

/** The example of the transport package: an adapter written from the contract's documentation. */
interface UdpExample {
  udpTransport(options: { readonly identity: PeerIdentity; readonly port: number }): Transport
}

const example = new URL('../../../packages/transport/examples/udp-transport.ts', import.meta.url)

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

test('three whole nodes run over UDP, which is not ordered and loses what it likes', async () => {
  const { udpTransport } = (await import(example.href)) as UdpExample
  const places = new Map<string, number>()
  for (const name of ['n1', 'n2', 'n3']) places.set(name, await freePort())
  const nodes: Node[] = []
  for (const [name, port] of places) {
    const others = [...places].filter(([other]) => other !== name)
    const node = await createNode({
      name,
      peers: others.map(([other, at]) => ({ node: other, address: `udp://127.0.0.1:${at}` })),
      timing: 'fast',
      transport: (identity) => udpTransport({ identity, port }),
    })
    nodes.push(node)
  }
  const clusters = await Promise.all(nodes.map((node) => node.connect()))
  const tokens: bigint[] = []
  await Promise.all(
    clusters.map(async (cluster) => {
      for (let round = 0; round < 20; round += 1) {
        await cluster.lockspace('a').request('b', (lock) => void tokens.push(lock.token ?? 0n))
      }
    }),
  )
  expect(tokens).toHaveLength(60)
  expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)))
  expect(new Set(tokens).size).toBe(60)
  await Promise.all(nodes.map((node) => node.close()))
})
