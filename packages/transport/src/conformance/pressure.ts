import { expect, it } from 'vitest'
import { numberOf, testFrame } from './probe.ts'
import type { World } from './world.ts'

/** What waits is bounded. */
export function describePressure(world: () => World): void {
  it('says full, then refused, takes twice the limit at most, and tells when it drained', async () => {
    const limits = { frameBytesMax: 8_192, queuedBytesMax: 128 * 1_024 }
    const a = await world().site('a', { limits })
    const b = await world().site('b', { limits })
    const { dialer, acceptor } = await world().join(a, b)
    const { reliable } = world().fixture.capabilities
    const length = a.transport.limits.frameBytesMax
    // In one turn nothing can be read on the other side, so what the system takes comes to an end.
    const bytesMax = 256 * 1_024 * 1_024
    const results: string[] = []
    while (results.at(-1) !== 'refused' && results.length * length < bytesMax) {
      results.push(dialer.send(testFrame(results.length, length)))
    }
    expect(results.at(-1)).toBe('refused')
    const sent = results.filter((result) => result === 'sent').length
    const full = results.filter((result) => result === 'full').length
    expect(results.indexOf('full')).toBe(sent)
    // Between the limit and twice the limit there is room for one limit's worth of frames.
    const room = a.transport.limits.queuedBytesMax / length
    expect(full).toBeGreaterThanOrEqual(Math.floor(room) - 1)
    expect(full).toBeLessThanOrEqual(Math.ceil(room) + 1)
    expect(dialer.wasReentered).toBe(false)

    await dialer.until('the drain', () => dialer.drains > 0)
    expect(dialer.drains).toBe(1)
    expect(dialer.send(testFrame(results.length, length))).not.toBe('refused')
    if (!reliable) return
    await acceptor.until('what was taken', () => acceptor.frames.length === sent + full + 1)
    const numbers = acceptor.frames.map(numberOf).toSorted((one, other) => one - other)
    expect(numbers).toEqual([...Array(sent + full).keys(), results.length])
  })
}
