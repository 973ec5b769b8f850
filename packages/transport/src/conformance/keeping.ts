import { expect, it } from 'vitest'
import { bounded, deliver, numberOf, probe, testFrame } from './probe.ts'
import { roundTrip } from './settle.ts'
import type { World } from './world.ts'

/** Events wait for their receiver, and none comes after the end. */
export function describeKeeping(world: () => World): void {
  const reliable = (): boolean => world().fixture.capabilities.reliable

  it('keeps what arrives before anybody receives', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const dialed = await a.transport.dial({ address: b.address })
    const accepted = await b.nextChannel()
    const numbers = [...Array(20).keys()]
    for (const n of numbers) dialed.send(testFrame(n, 50))
    await roundTrip(world())
    const acceptor = probe(accepted)
    if (reliable()) {
      await acceptor.until('what was kept', () => acceptor.frames.length === numbers.length)
      const got = acceptor.frames.map(numberOf)
      expect(got.toSorted((one, other) => one - other)).toEqual(numbers)
      if (world().fixture.capabilities.ordered) expect(got).toEqual(numbers)
    } else {
      await deliver(probe(dialed), acceptor, testFrame(99, 50), false)
    }
  })

  it('keeps the end of a channel until somebody receives', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const dialer = probe(await a.transport.dial({ address: b.address }))
    const accepted = await b.nextChannel()
    dialer.close()
    await dialer.until('the end here', () => dialer.closes.length > 0)
    await roundTrip(world())
    const acceptor = probe(accepted)
    await acceptor.until('the end there', () => acceptor.closes.length > 0)
    expect(acceptor.closes.length).toBe(1)
  })

  it('delivers nothing after the end', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const dialed = await a.transport.dial({ address: b.address })
    const accepted = await b.nextChannel()
    const order: string[] = []
    const acceptedEnd = new Promise<void>((resolve) => {
      accepted.receive({
        onFrame: () => void order.push('frame'),
        onClose() {
          order.push('close')
          resolve()
        },
      })
    })
    const dialer = probe(dialed)
    for (let n = 0; n < 50; n += 1) dialer.send(testFrame(n, 500))
    dialer.close()
    await bounded('the end', acceptedEnd)
    await roundTrip(world())
    expect(order.indexOf('close')).toBe(order.length - 1)
  })
}
