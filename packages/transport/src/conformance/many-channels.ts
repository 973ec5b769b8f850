import { expect, it } from 'vitest'
import { deliver, numberOf, testFrame } from './probe.ts'
import type { World } from './world.ts'

const CHANNELS = 32

/** Two processes may have several channels. */
export function describeManyChannels(world: () => World): void {
  it('opens two channels when both sides dial at once, and both carry frames', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { reliable } = world().fixture.capabilities
    const [ab, ba] = await Promise.all([world().join(a, b), world().join(b, a)])
    const pairs = [
      [ab.dialer, ab.acceptor],
      [ab.acceptor, ab.dialer],
      [ba.dialer, ba.acceptor],
      [ba.acceptor, ba.dialer],
    ] as const
    for (const [n, [from, to]] of pairs.entries()) {
      await deliver(from, to, testFrame(n, 64), reliable)
    }
    expect([a.accepted.length, b.accepted.length]).toEqual([1, 1])
  })

  it('opens many channels at once', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { reliable } = world().fixture.capabilities
    const ends = await Promise.all(Array.from({ length: CHANNELS }, () => world().join(a, b)))
    const send = (): void => {
      for (const [n, { dialer }] of ends.entries()) dialer.send(testFrame(n, 64))
    }
    send()
    const repeating = reliable ? undefined : setInterval(send, 20)
    const waits = ends.map(({ acceptor }) =>
      acceptor.until('the frame of its channel', () => acceptor.frames.length > 0),
    )
    await Promise.all(waits).finally(() => clearInterval(repeating))
    // Which accepted end belongs to which dial is not promised, but each end hears one dialer only.
    const heard = ends.map(({ acceptor }) => [...new Set(acceptor.frames.map(numberOf))])
    expect(heard.flat().toSorted((one, other) => one - other)).toEqual([...ends.keys()])
  })

  it('opens a channel to a process that started again, and tells that it is another', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const first = await world().join(a, b)
    await b.transport.close()
    await first.dialer.until('the end', () => first.dialer.closes.length > 0)
    const again = await world().site('b')
    const second = await world().join(a, again)
    expect(second.dialer.channel.remote.node).toBe('b')
    const { incarnation } = first.dialer.channel.remote
    expect(second.dialer.channel.remote.incarnation).not.toBe(incarnation)
  })
}
