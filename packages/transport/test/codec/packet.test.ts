import { createRandom, isText } from '@holdfast/primitives'
import { createCodec, createPacketCodec, type Packet } from '@holdfast/transport'
import { createLink, type Link, type LinkSegment } from '@holdfast/transport/link'
import { describe, expect, it } from 'vitest'

const segment = (first: number, messages: readonly unknown[]): LinkSegment => ({
  ack: 4,
  first,
  messages: messages.map((message) => ({ epoch: 7, message })),
})

const roundTrip = (packet: Packet, frameBytesMax = 65_536): Packet[] => {
  const codec = createPacketCodec({ limits: { frameBytesMax } })
  const { frames, oversized } = codec.encode(packet)
  expect(oversized).toEqual([])
  return frames.map((frame) => {
    expect(frame.length).toBeLessThanOrEqual(frameBytesMax)
    const decoded = codec.decode(frame)
    if (!decoded.ok) throw new Error(decoded.reason)
    return decoded.value
  })
}

const consumeAll = (link: Link): unknown[] => {
  const taken: unknown[] = []
  for (let item = link.peek(); item !== undefined; item = link.peek()) {
    taken.push(item.message)
    link.consume()
  }
  return taken
}

describe('a packet', () => {
  it.each<[string, Packet]>([
    ['datagrams only', { datagrams: [{ kind: 'beat' }, { kind: 'vote' }] }],
    ['a link segment only', { datagrams: [], link: segment(9, ['x', { y: 1 }]) }],
    ['both', { datagrams: [{ kind: 'beat' }], link: segment(1, ['x']) }],
    [
      'a link segment for one start of the receiver',
      { datagrams: [{ kind: 'beat' }], to: '0123456789abcdef', link: segment(3, ['x', 'y']) },
    ],
    ['an acknowledgement', { datagrams: [], link: segment(12, []) }],
    ['nothing', { datagrams: [] }],
  ])('comes back whole: %s', (_name, packet) => {
    expect(roundTrip(packet)).toEqual([packet])
  })

  it('is cut into frames that are small enough and mean the same to a link', () => {
    const random = createRandom('cuts')
    for (let run = 0; run < 50; run += 1) {
      const count = random.below(700)
      const messages = Array.from(
        { length: count },
        (_, n) => `${n}/${'x'.repeat(random.below(80))}`,
      )
      const sender = createLink()
      for (const message of messages) sender.push(1, message)
      const link = sender.flush(0)
      const datagrams = Array.from({ length: random.below(40) }, (_, n) => ({ n }))
      const packets = roundTrip(link === undefined ? { datagrams } : { datagrams, link }, 1_024)
      expect(packets.flatMap((packet) => packet.datagrams)).toEqual(datagrams)
      const receiver = createLink()
      const segments = packets.toReversed().flatMap((packet) => packet.link ?? [])
      for (const piece of segments) receiver.receive(piece, 0)
      expect(consumeAll(receiver)).toEqual(messages)
      expect(receiver.ignored).toBe(0)
    }
  })

  it('with more messages than a list may have is cut by number', () => {
    const messages = Array.from({ length: 1_024 }, (_, n) => n)
    const packets = roundTrip({ datagrams: [], link: segment(1, messages) })
    expect(packets.length).toBe(3)
    expect(packets.flatMap((packet) => packet.link?.messages.map((item) => item.message))).toEqual(
      messages,
    )
  })

  it('keeps in every piece for whom its link part is meant', () => {
    const messages = Array.from({ length: 100 }, (_, n) => `${n}/${'x'.repeat(100)}`)
    const to = '0123456789abcdef'
    const packets = roundTrip({ datagrams: ['d'], to, link: segment(1, messages) }, 1_024)
    const withLink = packets.filter((packet) => packet.link !== undefined)
    expect(withLink.length).toBeGreaterThan(5)
    expect(withLink.every((packet) => packet.to === to)).toBe(true)
  })

  it('names the messages that fit into no frame, and sends the rest', () => {
    const codec = createPacketCodec({ limits: { frameBytesMax: 1_024 } })
    const huge = 'x'.repeat(2_000)
    const { frames, oversized } = codec.encode({
      datagrams: ['small', huge],
      link: segment(1, ['a', huge, 'b']),
    })
    expect(oversized).toEqual([huge, huge])
    const firsts = frames.flatMap((frame) => {
      const decoded = codec.decode(frame)
      return decoded.ok && decoded.value.link !== undefined ? [decoded.value.link.first] : []
    })
    expect(firsts).toEqual([1, 3])
  })

  it('of the wrong shape is refused', () => {
    const raw = createCodec()
    const wrong: unknown[] = [
      1,
      {},
      [],
      [1],
      [[], 1],
      [[], null, 1],
      [[], null, 1, 0, 5],
      [[], null, -1, 1],
      [[], null, 1, 1.5],
      [[], null, 'a', 1],
      [[], null, 1, 1, -1, 'm'],
      [[], null, 1, 1, 'epoch', 'm'],
      [[], null, 1n, 1],
      [{}, null, 1, 1],
      [[], null, 0, Number.MAX_SAFE_INTEGER],
      [[], 'no-incarnation', 1, 1],
      [[], 7, 1, 1],
    ]
    for (const value of wrong) {
      expect(createPacketCodec().decode(raw.encode(value)), JSON.stringify(String(value))).toEqual({
        ok: false,
        reason: 'shape-refused',
      })
    }
  })

  it('with a message that the given check refuses is refused', () => {
    const picky = createPacketCodec({ isDatagram: isText(5), isMessage: isText(5) })
    const verdict = (packet: Packet): boolean =>
      createPacketCodec()
        .encode(packet)
        .frames.every((frame) => picky.decode(frame).ok)
    expect(verdict({ datagrams: ['ok'], link: segment(1, ['ok']) })).toBe(true)
    expect(verdict({ datagrams: ['much too long'] })).toBe(false)
    expect(verdict({ datagrams: [], link: segment(1, [7]) })).toBe(false)
  })
})
