import { type Instant, invariant, type Millis } from '@holdfast/primitives'

/**
 * The monotonic clock of one machine: `offset + rate * virtual time`. Two machines differ in both, so
 * an instant that leaks from one to the other is noticed as nonsense.
 */
export interface SimClock {
  readonly rate: number
  local(virtual: Instant): Instant
  /** The virtual time at which this clock shows `local`. */
  virtual(local: Instant): Instant
  /** The clock stood still for that long in virtual time, as it does while a machine is suspended. */
  stoodStill(length: Millis): void
}

export function createSimClock(options: { rate: number; offsetMs: Millis }): SimClock {
  invariant(options.rate > 0, 'a clock runs forwards')
  const { rate } = options
  let offset = options.offsetMs
  return {
    rate,
    local: (virtual) => offset + rate * virtual,
    virtual: (local) => (local - offset) / rate,
    stoodStill(length) {
      invariant(length >= 0, 'a clock stands still for a length of time')
      offset -= rate * length
    },
  }
}
