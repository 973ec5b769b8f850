import { expect, it } from 'vitest'
import { codeOf } from './failure.ts'
import { deliver, probe, testFrame } from './probe.ts'
import type { World } from './world.ts'

/** What was begun can be given up. */
export function describeCancellation(world: () => World): void {
  it('gives up a dial with the reason of its signal', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const reason = new Error('no longer wanted')
    const before = a.transport.dial({ address: b.address }, { signal: AbortSignal.abort(reason) })
    await expect(before).rejects.toBe(reason)
    const controller = new AbortController()
    const during = a.transport.dial({ address: b.address }, { signal: controller.signal })
    controller.abort(reason)
    await expect(during).rejects.toBe(reason)
  })

  it('gives up a listen with the reason of its signal', async () => {
    const a = await world().transport('a')
    const reason = new Error('no longer wanted')
    await expect(a.listen({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('keeps a channel whose signal fires after it opened', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const controller = new AbortController()
    const dialing = a.transport.dial({ address: b.address }, { signal: controller.signal })
    const dialer = probe(await dialing)
    controller.abort()
    const acceptor = probe(await b.nextChannel())
    const { reliable } = world().fixture.capabilities
    await deliver(dialer, acceptor, testFrame(1, 100), reliable)
    expect(dialer.closes).toEqual([])
  })

  it('gives up a dial when the transport is closed', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const failure = codeOf(a.transport.dial({ address: b.address }))
    await a.transport.close()
    expect(await failure).toBe('closed')
  })
}
