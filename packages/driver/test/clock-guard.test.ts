import { createClockGuard, createSystemClock } from '@holdfast/driver'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from './fake-clock.ts'

describe('the clock guard', () => {
  it('is quiet while the clocks go together', async () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    for (let n = 0; n < 100; n += 1) {
      await clock.advance(500)
      expect(guard.check()).toBeUndefined()
    }
  })

  it('notices a suspend at the first look, once, by how much', async () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    clock.suspend(3_000)
    expect(guard.check()).toBe(3_000)
    expect(guard.check()).toBeUndefined()
    await clock.advance(1_000)
    expect(guard.check()).toBeUndefined()
  })

  it('notices a suspend that the time of day hides', async () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    await clock.advance(200)
    clock.suspend(3_000)
    clock.setWall(-3_000)
    expect(guard.check()).toBe(3_000)
  })

  it('notices short suspends that add up, by the boot clock', async () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    const found: (number | undefined)[] = []
    for (let n = 0; n < 30; n += 1) {
      await clock.advance(11_000)
      clock.suspend(20)
      found.push(guard.check())
    }
    expect(found.filter((lost) => lost !== undefined)).toEqual([260, 260])
  })

  it('takes a time of day that is set forward for lost time', () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    clock.setWall(251)
    expect(guard.check()).toBe(251)
  })

  it('is quiet when the time of day is set back, and still awake', () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    clock.setWall(-60_000)
    expect(guard.check()).toBeUndefined()
    clock.suspend(3_000)
    // The boot clock is looked at again only after 100 ms; the time of day tells nothing yet.
    expect([undefined, 3_000]).toContain(guard.check())
  })

  it('is quiet when the time of day is slewed', async () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    for (let n = 0; n < 1_000; n += 1) {
      await clock.advance(1_000)
      clock.setWall(0.5)
      expect(guard.check()).toBeUndefined()
    }
  })

  it('seldom reads the boot clock', async () => {
    const clock = createFakeClock()
    const guard = createClockGuard(clock)
    const before = clock.bootReads
    for (let n = 0; n < 1_000; n += 1) {
      await clock.advance(1)
      guard.check()
    }
    expect(clock.bootReads - before).toBeLessThanOrEqual(11)
  })

  it('is quiet on the clocks of this machine', () => {
    const guard = createClockGuard(createSystemClock())
    for (let n = 0; n < 1_000; n += 1) expect(guard.check()).toBeUndefined()
  })
})
