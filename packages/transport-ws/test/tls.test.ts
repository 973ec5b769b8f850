import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { PeerIdentity } from '@holdfast/transport'
import { describeTransport } from '@holdfast/transport/conformance'
import { type TlsSettings, webSocketTransport } from '@holdfast/transport-ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const tokens = { peer: 'the-token-of-all-peers', client: 'the-token-of-all-clients' }
const listen = { host: '127.0.0.1', port: 0 }
const pem = (name: string): string =>
  readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8')

// Certificates for these tests only, valid for a hundred years; the authority's key was thrown away.
const ca = pem('authority')
const tls: TlsSettings = { cert: pem('n1-cert'), key: pem('n1-key'), ca }
const strange: TlsSettings = { cert: pem('stranger-cert'), key: pem('stranger-key'), ca }

describeTransport('the WebSocket transport over TLS', {
  capabilities: { ordered: true, reliable: true },
  createTransport: (identity, limits) =>
    webSocketTransport({
      identity,
      tokens,
      tls,
      listen,
      ...(limits === undefined ? {} : { limits }),
    }),
})

const identity = (node: string, role: PeerIdentity['role'] = 'peer'): PeerIdentity => ({
  cluster: 'c1',
  node,
  incarnation: '0123456789abcdef',
  role,
})

describe('over TLS', () => {
  let server: ReturnType<typeof webSocketTransport>
  let address: string

  beforeEach(async () => {
    server = webSocketTransport({ identity: identity('n1'), tokens, tls, listen })
    address = await server.listen()
  })

  afterEach(() => server.close())

  it('the address says so', () => {
    expect(address).toMatch(/^wss:\/\/127\.0\.0\.1:\d+$/)
  })

  it('who has shaken hands is no stranger any more, and stays when the patience with strangers is over', async () => {
    const refused: string[] = []
    const handshakeMs = 250
    const brisk = webSocketTransport({
      identity: identity('n3'),
      tokens,
      tls,
      listen,
      limits: { handshakeMs },
      onRefusal: ({ reason }) => refused.push(reason),
    })
    brisk.onChannel((accepted) =>
      accepted.receive({ onFrame: () => undefined, onClose: () => undefined }),
    )
    const peer = webSocketTransport({ identity: identity('n2'), tokens, tls })
    const channel = await peer.dial({ address: await brisk.listen() })
    const ended = new Promise((resolve) =>
      channel.receive({ onFrame: () => undefined, onClose: resolve }),
    )
    const stayed = delay(2 * handshakeMs, 'stayed')
    expect(await Promise.race([ended, stayed])).toBe('stayed')
    expect(refused).toEqual([])
    await Promise.all([peer.close(), brisk.close()])
  })

  it('a peer with the token but with the certificate of a stranger is refused', async () => {
    const peer = webSocketTransport({ identity: identity('n2'), tokens, tls: strange })
    await expect(peer.dial({ address })).rejects.toMatchObject({ code: 'refused' })
    await peer.close()
  })

  it('a client needs no certificate of the authority', async () => {
    const client = webSocketTransport({
      identity: identity('client-1', 'client'),
      tokens,
      tls: strange,
    })
    expect((await client.dial({ address })).remote.node).toBe('n1')
    await client.close()
  })

  it('a server with the certificate of a stranger is not trusted', async () => {
    const impostor = webSocketTransport({
      identity: identity('n1'),
      tokens,
      tls: { cert: strange.cert, key: strange.key },
      listen,
    })
    const target = await impostor.listen()
    const peer = webSocketTransport({ identity: identity('n2'), tokens, tls })
    await expect(peer.dial({ address: target })).rejects.toMatchObject({ code: 'unreachable' })
    await Promise.all([impostor.close(), peer.close()])
  })

  it('who does not speak TLS is cut off', async () => {
    const plain = webSocketTransport({ identity: identity('n2'), tokens })
    const target = address.replace('wss:', 'ws:')
    await expect(plain.dial({ address: target })).rejects.toMatchObject({ name: 'TransportError' })
    await plain.close()
  })
})
