import { uptime } from 'node:os'
import type { Clock } from './clock.ts'

/** Timers of Node.js take no more than this; a longer wait is cut, and looked at again. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** The clocks and timers of this process: the only place that reads them. */
export function createSystemClock(): Clock {
  return {
    now: () => performance.now(),
    after(delayMs, task) {
      // Rounded up: a timer that fires early would find nothing due, and be set again.
      const timer = setTimeout(task, Math.min(Math.ceil(Math.max(0, delayMs)), DELAY_MS_MAX))
      return () => clearTimeout(timer)
    },
    soon: (task) => void setImmediate(task),
    readings: () => ({
      monotonic: performance.now(),
      uptime: () => uptime() * 1_000,
      // biome-ignore lint/style/noRestrictedGlobals: the guard compares the time of day, nothing else sees it
      wall: Date.now(),
    }),
  }
}
