import { expect, it } from 'vitest'
import { createPacketCodec } from '../codec/packet.ts'
import { createLink, type Link } from '../link/index.ts'
import type { Channel } from '../transport.ts'
import { bounded } from './probe.ts'
import type { World } from './world.ts'

const MESSAGES = 2_000

/** The contract is enough for the link: in order and exactly once, whatever the adapter does. */
export function describeLinkOnTop(world: () => World): void {
  it('is enough for a link to deliver in order and exactly once, in both directions', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const dialed = await a.transport.dial({ address: b.address })
    const accepted = await b.nextChannel()
    const { frameBytesMax } = a.transport.limits
    const ends = [attach(dialed, frameBytesMax), attach(accepted, frameBytesMax)] as const
    for (let n = 1; n <= MESSAGES; n += 1) {
      for (const end of ends) end.link.push(1, n)
    }
    try {
      for (const end of ends) end.pump()
      await bounded('all messages', Promise.all(ends.map((end) => end.complete)))
    } finally {
      for (const end of ends) end.stop()
    }
    const expected = Array.from({ length: MESSAGES }, (_, n) => n + 1)
    for (const end of ends) expect(end.messages).toEqual(expected)
  })
}

interface LinkEnd {
  readonly link: Link
  readonly messages: readonly unknown[]
  readonly complete: Promise<void>
  /** Sends what is due, and wakes up when more is. */
  pump(): void
  stop(): void
}

function attach(channel: Channel, frameBytesMax: number): LinkEnd {
  const link = createLink({ resendMs: 50 })
  const codec = createPacketCodec({ limits: { frameBytesMax } })
  const messages: unknown[] = []
  const { promise: complete, resolve } = Promise.withResolvers<void>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const pump = (): void => {
    const now = performance.now()
    const segment = link.flush(now)
    if (segment !== undefined) {
      const { frames } = codec.encode({ datagrams: [], link: segment })
      for (const frame of frames) channel.send(frame)
    }
    clearTimeout(timer)
    const at = link.deadline()
    if (at !== undefined) timer = setTimeout(pump, Math.max(0, at - now))
  }
  const consume = (): void => {
    for (let item = link.peek(); item !== undefined; item = link.peek()) {
      messages.push(item.message)
      link.consume()
    }
    if (messages.length >= MESSAGES) resolve()
  }
  channel.receive({
    onFrame(frame) {
      const decoded = codec.decode(frame)
      if (!decoded.ok || decoded.value.link === undefined) return
      link.receive(decoded.value.link, performance.now())
      consume()
      pump()
    },
    onClose: () => clearTimeout(timer),
  })
  return { link, messages, complete, pump, stop: () => clearTimeout(timer) }
}
