import { expect, it } from 'vitest'
import { deliver, isSame, numberOf, testFrame } from './probe.ts'
import type { World } from './world.ts'

/** Lengths around which framings change the form of their length field. */
const LENGTHS = [1, 2, 3, 125, 126, 127, 128, 255, 256, 1_023, 1_024]

const BURST = 500

/** What becomes of frames: whole, unchanged, as promised. */
export function describeFrames(world: () => World): void {
  it('carries frames of every length whole and unchanged, in both directions', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { dialer, acceptor } = await world().join(a, b)
    const { reliable } = world().fixture.capabilities
    const longest = a.transport.limits.frameBytesMax
    for (const [n, length] of [...LENGTHS, longest - 1, longest].entries()) {
      await deliver(dialer, acceptor, testFrame(n, length), reliable)
      await deliver(acceptor, dialer, testFrame(n + 100, length), reliable)
    }
    expect(dialer.wasReentered || acceptor.wasReentered).toBe(false)
  })

  it('refuses a frame that is too long or empty, and goes on', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { dialer, acceptor } = await world().join(a, b)
    const { reliable } = world().fixture.capabilities
    const tooLong = a.transport.limits.frameBytesMax + 1
    expect(dialer.send(new Uint8Array(tooLong))).toBe('refused')
    expect(dialer.send(new Uint8Array())).toBe('refused')
    const good = testFrame(1, 10)
    await deliver(dialer, acceptor, good, reliable)
    expect(acceptor.frames.every((frame) => isSame(frame, good))).toBe(true)
  })

  it('gives each receiver bytes of its own', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { dialer, acceptor } = await world().join(a, b)
    const { reliable } = world().fixture.capabilities
    const [first, second] = [testFrame(1, 200), testFrame(2, 200)]
    await deliver(dialer, acceptor, first, reliable)
    const kept = acceptor.frames.findLast((frame) => isSame(frame, first))
    await deliver(dialer, acceptor, second, reliable)
    expect(kept).toEqual(first)
    acceptor.frames[0]?.fill(0)
    expect(isSame(first, testFrame(1, 200))).toBe(true)
  })

  it('carries a burst as it promises: in order, each once', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { dialer, acceptor } = await world().join(a, b)
    const { ordered, reliable } = world().fixture.capabilities
    for (let n = 0; n < BURST; n += 1) dialer.send(testFrame(n, 4 + (n % 300)))
    const got = (): number[] => acceptor.frames.map(numberOf)
    if (reliable) {
      await acceptor.until('the burst', () => acceptor.frames.length >= BURST)
      expect(got().toSorted((one, other) => one - other)).toEqual([...Array(BURST).keys()])
    } else {
      await deliver(dialer, acceptor, testFrame(BURST, 4), false)
    }
    if (ordered) expect(got()).toEqual(got().toSorted((one, other) => one - other))
    const changed = acceptor.frames.filter((frame) => {
      return !isSame(frame, testFrame(numberOf(frame), frame.length))
    })
    expect(changed).toEqual([])
  })
}
