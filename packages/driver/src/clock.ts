import type { Instant, Millis } from '@holdfast/primitives'

/** Undoes a `Clock.after` that has not run yet; otherwise does nothing. */
export type Cancel = () => void

/** What the clocks of the machine show, in milliseconds, each from an origin of its own. */
export interface ClockReadings {
  /** Never set, never goes back; stands still while the machine is suspended (on Linux). */
  readonly monotonic: Millis
  /** Since the machine booted, suspends included. Read only when asked for: it costs a system call. */
  readonly uptime: () => Millis
  /** The time of day, which somebody may set. */
  readonly wall: Millis
}

/** The one source of time for everything that a driver runs. */
export interface Clock {
  now(): Instant
  /** Runs `task` once, not before `delayMs` passed. */
  after(delayMs: Millis, task: () => void): Cancel
  /** Runs `task` at the end of this turn of the event loop, when the sockets have been read. */
  soon(task: () => void): void
  readings(): ClockReadings
}
