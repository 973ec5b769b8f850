import type { PeerIdentity } from '@holdfast/transport'
import { webSocketTransport } from '@holdfast/transport-ws'
import { describe, expect, it } from 'vitest'

const tokens = { peer: 'the-token-of-all-peers', client: 'the-token-of-all-clients' }
const identity: PeerIdentity = {
  cluster: 'c1',
  node: 'n1',
  incarnation: '0123456789abcdef',
  role: 'peer',
}

describe('the WebSocket transport', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1'])('does not listen on %s without TLS', async (host) => {
    const transport = webSocketTransport({ identity, tokens, listen: { host, port: 0 } })
    await expect(transport.listen()).rejects.toMatchObject({
      code: 'listen-failed',
      message: expect.stringContaining('TLS is needed'),
    })
    await transport.close()
  })

  it('listens off-host without TLS when that was asked for', async () => {
    const listen = { host: '0.0.0.0', port: 0 }
    const transport = webSocketTransport({ identity, tokens, listen, allowInsecure: true })
    expect(await transport.listen()).toMatch(/^ws:\/\/0\.0\.0\.0:\d+$/)
    await transport.close()
  })

  it('does not listen without a token for peers', async () => {
    const listen = { host: '127.0.0.1', port: 0 }
    const transport = webSocketTransport({ identity, tokens: {}, listen })
    await expect(transport.listen()).rejects.toMatchObject({ code: 'listen-failed' })
    await transport.close()
  })

  it('tells when the port is taken', async () => {
    const one = webSocketTransport({ identity, tokens, listen: { host: '127.0.0.1', port: 0 } })
    const { port } = new URL(await one.listen())
    const listen = { host: '127.0.0.1', port: Number(port) }
    const two = webSocketTransport({ identity, tokens, listen })
    await expect(two.listen()).rejects.toMatchObject({ code: 'listen-failed' })
    await Promise.all([one.close(), two.close()])
  })

  it.each([
    ['a short token', { peer: 'short' }],
    ['one token for both', { peer: tokens.peer, client: tokens.peer }],
    ['a token with a line break', { peer: 'the-token-of-all\r\npeers' }],
  ])('refuses %s', (_name, wrong) => {
    expect(() => webSocketTransport({ identity, tokens: wrong })).toThrow(/token/)
  })

  it.each([
    ['unreachable', 'http://127.0.0.1:1'],
    ['unreachable', 'nonsense'],
    ['unreachable', 'ws://127.0.0.1:1/path'],
    ['unreachable', 'ws://user:word@127.0.0.1:1'],
    ['refused', 'ws://192.0.2.1:7400'],
  ])('answers %s to a dial of %s', async (code, address) => {
    const transport = webSocketTransport({ identity, tokens })
    await expect(transport.dial({ address })).rejects.toMatchObject({ code, address })
    await transport.close()
  })

  it('is refused by a node that wants another token, and says so', async () => {
    const listen = { host: '127.0.0.1', port: 0 }
    const node = webSocketTransport({ identity, tokens, listen })
    const address = await node.listen()
    const stranger = webSocketTransport({ identity, tokens: { peer: 'another-token-of-peers' } })
    await expect(stranger.dial({ address })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('401'),
    })
    await Promise.all([node.close(), stranger.close()])
  })

  it('serves no client when it has no token for clients', async () => {
    const listen = { host: '127.0.0.1', port: 0 }
    const node = webSocketTransport({ identity, tokens: { peer: tokens.peer }, listen })
    const address = await node.listen()
    const client = webSocketTransport({ identity: { ...identity, role: 'client' }, tokens })
    await expect(client.dial({ address })).rejects.toMatchObject({ code: 'refused' })
    await Promise.all([node.close(), client.close()])
  })
})
