import { randomBytes } from 'node:crypto'
import type { PeerIdentity } from '@holdfast/transport'
import { webSocketTransport } from '@holdfast/transport-ws'

/** A server that sends back what a client says; resolves to what the client heard. */
export async function echo(text: string): Promise<string> {
  const hex16 = (): string => randomBytes(8).toString('hex')
  const tokens = { peer: randomBytes(32).toString('hex'), client: randomBytes(32).toString('hex') }
  const identity = (node: string, role: PeerIdentity['role']): PeerIdentity => {
    return { cluster: 'demo', node, incarnation: hex16(), role }
  }

  const server = webSocketTransport({
    identity: identity('n1', 'peer'),
    listen: { host: '127.0.0.1', port: 0 },
    tokens,
  })
  server.onChannel((channel) => {
    // The role is proven by the token that was shown.
    if (channel.remote.role !== 'client') return
    channel.receive({
      onFrame: (frame) => void channel.send(frame),
      onClose: () => undefined,
    })
  })

  const client = webSocketTransport({
    identity: identity(`client-${hex16()}`, 'client'),
    tokens: { client: tokens.client },
  })
  const channel = await client.dial({ address: await server.listen(), node: 'n1' })
  const heard = new Promise<string>((resolve) => {
    channel.receive({
      onFrame: (frame) => resolve(new TextDecoder().decode(frame)),
      onClose: resolve,
    })
  })
  channel.send(new TextEncoder().encode(text))
  const result = await heard
  await Promise.all([client.close(), server.close()])
  return result
}
