import type { Millis } from '@holdfast/primitives'
import type { Clock, ClockReadings } from './clock.ts'

/**
 * Notices that the process was suspended although its monotonic clock did not.
 *
 * On Linux the monotonic clock stands still while the machine sleeps, and a virtual machine that was
 * paused may not see it either. A lease measured across that is longer than it looks. Two other
 * clocks know: the time since boot, and the time of day. When one of them has gone on by more than
 * `jumpMs` further than the monotonic one, time was lost. A time of day that was set forward looks
 * the same; that costs a lease and never safety. One that was set back tells nothing.
 */
export interface ClockGuard {
  /** How much time was lost since the last call, ms; `undefined` when none was. */
  check(): Millis | undefined
}

/** Above the resolution of the boot clock (10 ms), far below any lease. */
export const CLOCK_JUMP_MS: Millis = 250

/** The time of day is read in each turn; the boot clock, which costs a system call, this seldom. */
const BOOT_CLOCK_MS: Millis = 100

/** Over this long the time of day cannot be slewed by as much as a jump (500 ppm at most). */
const WALL_BASE_MS: Millis = 10_000

export function createClockGuard(clock: Clock, jumpMs: Millis = CLOCK_JUMP_MS): ClockGuard {
  let bootBase = uptimeLead(clock.readings())
  let bootReadAt = clock.readings().monotonic
  let wallBase = wallLead(clock.readings())
  let wallBasedAt = bootReadAt

  const restart = (readings: ClockReadings): void => {
    bootBase = uptimeLead(readings)
    bootReadAt = readings.monotonic
    wallBase = wallLead(readings)
    wallBasedAt = readings.monotonic
  }

  return {
    check() {
      const readings = clock.readings()
      const { monotonic } = readings
      const wallLostMs = wallLead(readings) - wallBase
      const wallJumped = wallLostMs > jumpMs
      if (!wallJumped && monotonic - bootReadAt < BOOT_CLOCK_MS) return undefined
      bootReadAt = monotonic
      const lostMs = Math.max(wallLostMs, uptimeLead(readings) - bootBase)
      if (lostMs > jumpMs) {
        restart(readings)
        return lostMs
      }
      // The base follows a time of day that is slewed, or was set back.
      if (wallLostMs < 0 || monotonic - wallBasedAt > WALL_BASE_MS) {
        wallBase = wallLead(readings)
        wallBasedAt = monotonic
      }
      return undefined
    },
  }
}

function uptimeLead(readings: ClockReadings): Millis {
  return readings.uptime() - readings.monotonic
}

function wallLead(readings: ClockReadings): Millis {
  return readings.wall - readings.monotonic
}
