import { createClockGuard, createSystemClock } from '@holdfast/driver'
import type { SessionClock } from './session-driver.ts'

/** The clocks of this machine. */
export function systemClock(): SessionClock {
  const clock = createSystemClock()
  const guard = createClockGuard(clock)
  return { now: () => clock.now(), jumped: () => guard.check() !== undefined }
}
