/**
 * A point on the monotonic clock of one process, in milliseconds; fractions are allowed.
 * Instants of two processes must never be compared: only lengths may cross a wire.
 */
export type Instant = number

/** A length of time in milliseconds. */
export type Millis = number
