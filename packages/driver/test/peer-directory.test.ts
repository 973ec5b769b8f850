import { createPeerDirectory, type PeerDirectory, type PeerFact } from '@holdfast/driver'
import {
  type Channel,
  createPacketCodec,
  type Packet,
  type PeerIdentity,
  type Transport,
} from '@holdfast/transport'
import { createMemoryNetwork, type MemoryNetwork } from '@holdfast/transport/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

interface Node {
  readonly identity: PeerIdentity
  readonly transport: Transport
  readonly directory: PeerDirectory
  readonly address: string
  readonly packets: string[]
  readonly ups: string[]
  readonly facts: PeerFact[]
  readonly channels: Channel[]
}

let clock: FakeClock
let network: MemoryNetwork
let starts: number

beforeEach(() => {
  clock = createFakeClock()
  starts = 0
  network = createMemoryNetwork({
    defer: (task) => clock.soon(task),
    wait: (ms, task) => clock.after(ms, task),
  })
})

async function createNode(node: string, limits: { queuedBytesMax?: number } = {}): Promise<Node> {
  starts += 1
  const incarnation = starts.toString(16).padStart(16, '0')
  const identity: PeerIdentity = { cluster: 'c1', node, incarnation, role: 'peer' }
  const transport = network.transport(identity, limits)
  const packets: string[] = []
  const ups: string[] = []
  const facts: PeerFact[] = []
  const channels: Channel[] = []
  const directory = createPeerDirectory({
    transport,
    clock,
    codec: createPacketCodec(),
    onPacket: (from, packet) => void packets.push(`${from.node}: ${packet.datagrams.join(' ')}`),
    onUp: (peer) => void ups.push(`${peer.node}/${peer.incarnation}`),
    observe: (fact) => void facts.push(fact),
  })
  transport.onChannel((channel) => {
    channels.push(channel)
    directory.accept(channel)
  })
  const address = await transport.listen()
  return { identity, transport, directory, address, packets, ups, facts, channels }
}

const say = (word: string): Packet => ({ datagrams: [word] })
const to = (node: Node) => ({ node: node.identity.node, address: node.address })
const kinds = (node: Node, kind: PeerFact['kind']): number =>
  node.facts.filter((fact) => fact.kind === kind).length

/** Both nodes say something each 400 ms, as heartbeats do. */
async function beat(nodes: readonly [Node, Node], ms: number): Promise<void> {
  const [a, b] = nodes
  for (let passed = 0; passed < ms; passed += 400) {
    a.directory.send(to(b), say('beat'))
    b.directory.send(to(a), say('beat'))
    await clock.advance(400)
  }
}

describe('a peer directory', () => {
  it('dials the peer at the first packet, and carries the ones that follow', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('lost'))
    await clock.advance(100)
    expect(a.directory.connected()).toEqual(['b'])
    expect(a.ups).toEqual([`b/${b.identity.incarnation}`])
    expect(b.ups).toEqual([`a/${a.identity.incarnation}`])
    a.directory.send(to(b), say('hello'))
    b.directory.send(to(a), say('you'))
    await clock.advance(10)
    expect(b.packets).toEqual(['a: hello'])
    expect(a.packets).toEqual(['b: you'])
    expect(kinds(a, 'dropped')).toBe(1)
  })

  it('uses a channel in both directions: who was dialed does not dial', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    await beat([a, b], 4_000)
    expect(b.channels.length).toBe(1)
    expect(a.channels.length).toBe(0)
    expect(a.packets.length).toBe(10)
    expect(b.packets.length).toBe(10)
  })

  it('works when both dial at once', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    await beat([a, b], 4_000)
    expect([a.channels.length, b.channels.length]).toEqual([1, 1])
    expect(a.packets.length).toBe(9)
    expect(b.packets.length).toBe(9)
    expect(kinds(a, 'silent')).toBe(0)
  })

  it('answers a peer whose address it does not know', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    b.directory.send({ node: 'a', address: 'a' }, say('nowhere'))
    await clock.advance(1_000)
    expect(kinds(b, 'dial-failed')).toBe(0)
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    b.directory.send({ node: 'a', address: 'a' }, say('reply'))
    await clock.advance(10)
    expect(a.packets).toEqual(['b: reply'])
  })

  it('dials again each 250 ms while nobody answers, and connects at once when somebody does', async () => {
    const a = await createNode('a')
    const target = { node: 'b', address: 'memory:2' }
    for (let n = 0; n < 10; n += 1) {
      a.directory.send(target, say('x'))
      await clock.advance(250)
    }
    expect(kinds(a, 'dial-failed')).toBeGreaterThanOrEqual(9)
    expect(kinds(a, 'dial-failed')).toBeLessThanOrEqual(11)
    const b = await createNode('b')
    expect(b.address).toBe('memory:2')
    await clock.advance(300)
    expect(a.directory.connected()).toEqual(['b'])
  })

  it('gives up a dial that is not answered within 500 ms', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    network.setRule((frame) => (frame.kind === 'handshake' ? [] : [0]))
    a.directory.send(to(b), say('x'))
    await clock.advance(499)
    expect(kinds(a, 'dial-failed')).toBe(0)
    await clock.advance(1)
    expect(kinds(a, 'dial-failed')).toBe(1)
  })

  it('dials less often when it is refused', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    const wrong = { node: 'c', address: b.address }
    for (let n = 0; n < 35; n += 1) {
      a.directory.send(wrong, say('x'))
      await clock.advance(100)
    }
    expect(kinds(a, 'dial-failed')).toBe(2)
  })

  it('closes a silent channel after a second and dials anew at once', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    network.setRule((frame) => (frame.kind === 'handshake' ? [0] : []))
    await beat([a, b], 800)
    expect(kinds(a, 'silent') + kinds(b, 'silent')).toBe(0)
    await beat([a, b], 400)
    expect(kinds(a, 'silent') + kinds(b, 'silent')).toBeGreaterThan(0)
    network.setRule(() => [0])
    await beat([a, b], 2_000)
    expect(a.directory.connected()).toEqual(['b'])
    expect(a.packets.at(-1)).toBe('b: beat')
    expect(a.ups.length).toBeGreaterThanOrEqual(2)
  })

  it('does not call a peer silent to which nothing was sent', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    await clock.advance(5_000)
    expect(kinds(a, 'silent') + kinds(b, 'silent')).toBe(0)
    expect(a.directory.connected()).toEqual(['b'])
  })

  it('forgets a peer to which nothing is sent any more', async () => {
    const a = await createNode('a')
    a.directory.send({ node: 'b', address: 'memory:9' }, say('x'))
    await clock.advance(20_000)
    const failed = kinds(a, 'dial-failed')
    await clock.advance(60_000)
    expect(kinds(a, 'dial-failed')).toBe(failed)
    expect(clock.alarms).toBe(0)
  })

  it('does not dial a peer again to which nothing was sent for long', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(30_000)
    expect(a.directory.connected()).toEqual(['b'])
    const closed = b.transport.close()
    await clock.advance(1_000)
    await closed
    expect(a.directory.connected()).toEqual([])
    expect(kinds(a, 'dial-failed')).toBe(0)
  })

  it('goes over to a peer that started again', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    const closed = b.transport.close()
    await clock.advance(10)
    await closed
    const again = await createNode('b')
    a.directory.send(to(again), say('x'))
    await clock.advance(600)
    expect(a.ups).toEqual([`b/${b.identity.incarnation}`, `b/${again.identity.incarnation}`])
    a.directory.send(to(again), say('hello'))
    await clock.advance(10)
    expect(again.packets).toEqual(['a: hello'])
  })

  it('closes the channel of a peer that sends a bad frame', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    const dialing = a.transport.dial({ address: b.address })
    await clock.advance(10)
    const channel = await dialing
    const ends: string[] = []
    channel.receive({ onFrame: () => undefined, onClose: (reason) => void ends.push(reason) })
    channel.send(new Uint8Array([0xc1]))
    await clock.advance(10)
    expect(b.facts).toContainEqual({ kind: 'bad-frame', node: 'a', reason: 'type-refused' })
    expect(ends.length).toBe(1)
    expect(b.directory.connected()).toEqual([])
  })

  it('keeps four channels to a peer at most, and uses the newest', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    const got: number[] = []
    for (let n = 0; n < 10; n += 1) {
      const dialing = a.transport.dial({ address: b.address })
      await clock.advance(10)
      const channel = await dialing
      channel.receive({ onFrame: () => void got.push(n), onClose: () => undefined })
    }
    expect(kinds(b, 'channel-closed')).toBe(6)
    b.directory.send(to(a), say('x'))
    await clock.advance(10)
    expect(got).toEqual([9])
  })

  it('lets heartbeats pass while a channel is full, and tells when the rest may be repeated', async () => {
    const [a, b] = [await createNode('a', { queuedBytesMax: 10_000 }), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    const messages = Array.from({ length: 200 }, () => ({ epoch: 1, message: 'y'.repeat(60) }))
    const big: Packet = { datagrams: [], link: { ack: 0, first: 1, messages } }
    a.directory.send(to(b), big)
    a.directory.send(to(b), { ...big, datagrams: ['beat'] })
    expect(a.ups.length).toBe(1)
    await clock.advance(10)
    expect(b.packets).toEqual(['a: ', 'a: beat'])
    expect(a.ups.length).toBe(2)
    expect(kinds(a, 'dropped')).toBe(2)
  })

  it('tells of a message that fits into no frame', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    a.directory.send(to(b), { datagrams: ['z'.repeat(70_000), 'small'] })
    await clock.advance(10)
    expect(kinds(a, 'oversized')).toBe(1)
    expect(b.packets).toEqual(['a: small'])
  })

  it('does not hold its own absence against its peers', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    a.directory.send(to(b), say('unanswered'))
    await clock.settle()
    clock.stall(5_000)
    await clock.advance(100)
    expect(kinds(a, 'silent')).toBe(0)
    expect(a.directory.connected()).toEqual(['b'])
  })

  it('closes everything when it is closed', async () => {
    const [a, b] = [await createNode('a'), await createNode('b')]
    a.directory.send(to(b), say('x'))
    await clock.advance(100)
    a.directory.close()
    await clock.advance(100)
    expect(b.directory.connected()).toEqual([])
    a.directory.send(to(b), say('x'))
    await clock.advance(5_000)
    expect(a.directory.connected()).toEqual([])
  })
})
