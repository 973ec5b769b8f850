import { createRandom } from '@holdfast/primitives'
import {
  type Channel,
  createCodec,
  helloFrame,
  type PeerIdentity,
  type Transport,
} from '@holdfast/transport'
import { type Refusal, webSocketTransport } from '@holdfast/transport-ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { rawSocket, upgradeRequest, webSocketFrame } from './raw-socket.ts'

const tokens = { peer: 'the-token-of-all-peers', client: 'the-token-of-all-clients' }
const BINARY = 2
const TEXT = 1
const CONTINUATION = 0

const identity = (node: string, role: 'peer' | 'client' = 'peer'): PeerIdentity => ({
  cluster: 'c1',
  node,
  incarnation: '0123456789abcdef',
  role,
})

let server: Transport
let address: string
let accepted: Channel[]
let refusals: Refusal[]

const start = async (
  limits: { handshakeMs?: number; frameBytesMax?: number },
  admission: { strangersMax?: number; strangersPerAddressMax?: number } = {},
): Promise<void> => {
  accepted = []
  refusals = []
  server = webSocketTransport({
    identity: identity('n1'),
    tokens,
    listen: { host: '127.0.0.1', port: 0 },
    limits,
    admission,
    onRefusal: (refusal) => void refusals.push(refusal),
  })
  server.onChannel((channel) => void accepted.push(channel))
  address = await server.listen()
}

/** The server is alive: a peer with the right token still gets in. */
const expectAlive = async (): Promise<void> => {
  const peer = webSocketTransport({ identity: identity('n2'), tokens })
  const channel = await peer.dial({ address })
  expect(channel.remote.node).toBe('n1')
  await peer.close()
}

const openRaw = async (role: 'peer' | 'client' = 'peer') => {
  const protocol = role === 'peer' ? 'holdfast.v1' : 'holdfast-client.v1'
  const request = upgradeRequest(address, tokens[role], { 'Sec-WebSocket-Protocol': protocol })
  const raw = await rawSocket(address, request)
  await raw.until('101 Switching Protocols')
  return raw
}

beforeEach(() => start({}))

afterEach(async () => {
  await expectAlive()
  await server.close()
})

describe('a request to upgrade is refused', () => {
  it.each<[string, number, Record<string, string | undefined>]>([
    ['with an Origin', 403, { Origin: 'https://example.org' }],
    ['with the Origin null', 403, { Origin: 'null' }],
    ['with the Origin of this very host', 403, { Origin: 'http://127.0.0.1' }],
    ['with the fetch metadata of a browser', 403, { 'Sec-Fetch-Mode': 'websocket' }],
    ['with the host of a rebound DNS name', 403, { Host: 'evil.example' }],
    ['with a host that only begins like loopback', 403, { Host: '127.0.0.1.evil.example' }],
    ['without a token', 401, { Authorization: undefined }],
    ['with a wrong token', 401, { Authorization: 'Bearer the-token-of-all-peerz' }],
    ['with the token in another scheme', 401, { Authorization: `Basic ${tokens.peer}` }],
    ['with the token of clients', 401, { Authorization: `Bearer ${tokens.client}` }],
    [
      'as a client with the token of peers',
      401,
      { 'Sec-WebSocket-Protocol': 'holdfast-client.v1' },
    ],
    ['without a subprotocol', 400, { 'Sec-WebSocket-Protocol': undefined }],
    ['with an unknown subprotocol', 400, { 'Sec-WebSocket-Protocol': 'chat' }],
    ['with two subprotocols', 400, { 'Sec-WebSocket-Protocol': 'holdfast.v1, holdfast-client.v1' }],
    ['that offers compression', 400, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }],
    ['of an old version', 400, { 'Sec-WebSocket-Version': '8' }],
    ['without a key', 400, { 'Sec-WebSocket-Key': undefined }],
  ])('%s', async (_name, status, changes) => {
    const raw = await rawSocket(address, upgradeRequest(address, tokens.peer, changes))
    expect(await raw.ended).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(accepted).toEqual([])
  })

  it('with more headers than anybody needs', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`X-${n}`, 'x']))
    const raw = await rawSocket(address, upgradeRequest(address, tokens.peer, many))
    expect(await raw.ended).toMatch(/^HTTP\/1.1 431 /)
  })

  it('with a header that never ends', async () => {
    const request = upgradeRequest(address, tokens.peer, { 'X-Long': 'x'.repeat(1 << 20) })
    const raw = await rawSocket(address, request)
    expect(await raw.ended).not.toContain('101 Switching')
  })

  it('with another path', async () => {
    const request = upgradeRequest(address, tokens.peer).replace('GET / ', 'GET /admin ')
    expect(await (await rawSocket(address, request)).ended).toMatch(/^HTTP\/1.1 404 /)
  })

  it('when it is no request to upgrade at all', async () => {
    const raw = await rawSocket(address, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    expect(await raw.ended).toMatch(/^HTTP\/1.1 426 /)
  })

  it('by a client library that offers compression', async () => {
    const webSocket = new WebSocket(address, ['holdfast.v1'], {
      headers: { authorization: `Bearer ${tokens.peer}` },
      perMessageDeflate: true,
    })
    const error = await new Promise<Error>((resolve) => void webSocket.once('error', resolve))
    expect(error.message).toContain('400')
  })
})

describe('garbage', () => {
  it('instead of a request ends its connection only', async () => {
    const random = createRandom('garbage')
    for (let run = 0; run < 20; run += 1) {
      const bytes = Uint8Array.from({ length: 1 + random.below(2_000) }, () => random.below(256))
      const raw = await rawSocket(address, bytes)
      raw.socket.end()
      expect(await raw.ended).not.toContain('101 Switching')
    }
  })

  it.each<[string, () => Uint8Array]>([
    ['as first frame', () => webSocketFrame(BINARY, new Uint8Array(100).fill(0xc1))],
    ['as text', () => webSocketFrame(TEXT, Buffer.from('{"hello":1}'))],
    ['as a nested bomb', () => webSocketFrame(BINARY, Buffer.alloc(3_000, 'dcffff', 'hex'))],
    ['with reserved bits', () => Buffer.from([0xf2, 0x80, 0, 0, 0, 0])],
    ['without a mask', () => Buffer.from([0x82, 0x01, 0x00])],
    ['as a control frame of 200 bytes', () => webSocketFrame(9, new Uint8Array(200))],
  ])('after the upgrade ends its connection only: %s', async (_name, build) => {
    const raw = await openRaw()
    raw.socket.write(build())
    await raw.ended
    expect(accepted).toEqual([])
  })

  it('in a hello of another role than its token ends the connection', async () => {
    const raw = await openRaw('client')
    raw.socket.write(webSocketFrame(BINARY, helloFrame(identity('evil', 'peer'))))
    await raw.ended
    expect(accepted).toEqual([])
    expect(refusals.map((refusal) => refusal.reason)).toContain('the token is not that of a peer')
  })

  it.each<[string, unknown]>([
    ['an unknown field', { ...identity('n2'), admin: true }],
    ['a name that is none', { ...identity('n2'), node: '../n2' }],
    ['an incarnation that is none', { ...identity('n2'), incarnation: 'x' }],
    ['a role that is none', { ...identity('n2'), role: 'root' }],
  ])('in a hello is refused: %s', async (_name, who) => {
    const raw = await openRaw()
    const hello = createCodec().encode({ kind: 'hello', version: 1, identity: who })
    raw.socket.write(webSocketFrame(BINARY, hello))
    await raw.ended
    expect(accepted).toEqual([])
  })
})

describe('a peer that got in is cut off', () => {
  const opened = async () => {
    const raw = await openRaw()
    raw.socket.write(webSocketFrame(BINARY, helloFrame(identity('n2'))))
    await raw.until('n1')
    const channel = accepted[0] as Channel
    const frames: number[] = []
    const end = new Promise<string>((resolve) => {
      channel.receive({ onFrame: (frame) => void frames.push(frame.length), onClose: resolve })
    })
    return { raw, frames, end }
  }

  it('when a frame is larger than the limit, by its header alone', async () => {
    const { raw, frames, end } = await opened()
    raw.socket.write(webSocketFrame(BINARY, new Uint8Array(65_537)).subarray(0, 14))
    await end
    expect(frames).toEqual([])
  })

  it('when a frame claims 2^53 bytes', async () => {
    const { raw, frames, end } = await opened()
    raw.socket.write(Buffer.from([0x82, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    await end
    expect(frames).toEqual([])
  })

  it('when it sends one byte a fragment', async () => {
    const { raw, frames, end } = await opened()
    const fragments = [webSocketFrame(BINARY, new Uint8Array(1), false)]
    for (let n = 0; n < 20; n += 1) {
      fragments.push(webSocketFrame(CONTINUATION, new Uint8Array(1), false))
    }
    raw.socket.write(Buffer.concat(fragments))
    await end
    expect(frames).toEqual([])
  })

  it('when it sends text', async () => {
    const { raw, end } = await opened()
    raw.socket.write(webSocketFrame(TEXT, Buffer.from('text')))
    expect(await end).toBe('the other side sent text')
  })

  it('when it goes away without a goodbye', async () => {
    const { raw, end } = await opened()
    raw.socket.destroy()
    expect(await end).toContain('the connection ended')
  })

  it('when nobody reads what it sends', async () => {
    await server.close()
    await start({ frameBytesMax: 1_024 })
    const small = webSocketTransport({
      identity: identity('n3'),
      tokens,
      listen: { host: '127.0.0.1', port: 0 },
      limits: { queuedBytesMax: 10_000 },
    })
    const held: Channel[] = []
    small.onChannel((channel) => void held.push(channel))
    const target = await small.listen()
    const peer = webSocketTransport({ identity: identity('n4'), tokens })
    const channel = await peer.dial({ address: target })
    for (let n = 0; n < 50; n += 1) channel.send(new Uint8Array(1_000))
    await new Promise<string>((onClose) => channel.receive({ onFrame: () => undefined, onClose }))
    await Promise.all([small.close(), peer.close()])
  })
})

describe('strangers that say nothing', () => {
  it('are cut off when their time is over: silent, slow, or without a hello', async () => {
    await server.close()
    await start({ handshakeMs: 200 })
    const silent = await rawSocket(address)
    const slow = await rawSocket(address, 'GET / HTTP/1.1\r\nHost: 127')
    const body = await rawSocket(
      address,
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n',
    )
    const upgraded = await openRaw()
    await Promise.all([silent.ended, slow.ended, body.ended, upgraded.ended])
    const reasons = new Set(refusals.map((refusal) => refusal.reason))
    expect(reasons).toContain('no handshake within 200 ms')
  })

  it.each([
    [{ strangersMax: 4 }, 'too many connections without a handshake'],
    [{ strangersPerAddressMax: 4 }, 'too many connections without a handshake from this address'],
  ])('are few, and the others are turned away at once: %o', async (admission, reason) => {
    await server.close()
    await start({}, admission)
    const strangers = await Promise.all(Array.from({ length: 4 }, () => rawSocket(address)))
    const late = await rawSocket(address)
    expect(await late.ended).toBe('')
    expect(refusals.at(-1)?.reason).toBe(reason)
    for (const stranger of strangers) stranger.socket.destroy()
    await Promise.all(strangers.map((stranger) => stranger.ended))
  })

  it('do not keep the transport from closing', async () => {
    const stranger = await rawSocket(address)
    const upgraded = await openRaw()
    await server.close()
    await Promise.all([stranger.ended, upgraded.ended])
    await start({})
  })
})
