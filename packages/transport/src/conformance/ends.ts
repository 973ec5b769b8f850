import { expect, it } from 'vitest'
import { codeOf } from './failure.ts'
import { bounded, deliver, testFrame } from './probe.ts'
import { bothEnd, roundTrip } from './settle.ts'
import type { World } from './world.ts'

/** How channels and transports end. */
export function describeEnds(world: () => World): void {
  const reliable = (): boolean => world().fixture.capabilities.reliable

  it.each(['dialer', 'acceptor'] as const)(
    'ends once on both sides when the %s closes',
    async (side) => {
      const [a, b] = [await world().site('a'), await world().site('b')]
      const { dialer, acceptor } = await world().join(a, b)
      const [closer, other] = side === 'dialer' ? [dialer, acceptor] : [acceptor, dialer]
      closer.close()
      closer.close()
      expect(closer.send(testFrame(1, 10))).toBe('refused')
      await bothEnd(dialer, acceptor)
      closer.close()
      other.close()
      await roundTrip(world())
      expect([dialer.closes.length, acceptor.closes.length]).toEqual([1, 1])
      expect(other.send(testFrame(1, 10))).toBe('refused')
      expect(dialer.wasReentered || acceptor.wasReentered).toBe(false)
    },
  )

  it('ends both sides when both close at once', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { dialer, acceptor } = await world().join(a, b)
    dialer.close()
    acceptor.close()
    await bothEnd(dialer, acceptor)
    await roundTrip(world())
    expect([dialer.closes.length, acceptor.closes.length]).toEqual([1, 1])
  })

  it('leaves other channels alone when one ends', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const first = await world().join(a, b)
    const second = await world().join(a, b)
    first.dialer.close()
    await bothEnd(first.dialer, first.acceptor)
    await deliver(second.dialer, second.acceptor, testFrame(1, 10), reliable())
    await deliver(second.acceptor, second.dialer, testFrame(2, 10), reliable())
  })

  it('ends every channel when the transport is closed', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const first = await world().join(a, b)
    const second = await world().join(b, a)
    await bounded('the close', Promise.all([b.transport.close(), b.transport.close()]))
    await bothEnd(first.dialer, first.acceptor)
    await bothEnd(second.dialer, second.acceptor)
    expect(await codeOf(b.transport.dial({ address: a.address }))).toBe('closed')
    expect(await codeOf(b.transport.listen())).toBe('closed')
    const open = [...a.accepted, ...b.accepted].map((channel) => channel.send(testFrame(1, 10)))
    expect(open).toEqual(['refused', 'refused'])
  })
}
