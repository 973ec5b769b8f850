import type { Millis } from '@holdfast/primitives'

/**
 * What one search looks at, at most. A batch that reaches a limit goes no further, judges what it has
 * read, and says so (`cut`); nothing is taken for a deadlock because of it.
 */
export interface SearchLimits {
  /** Queued calls that one batch reads. Default 4,096. */
  readonly waitsPerBatchMax: number
  /** Parties whose calls one batch asks for. Default 4,096. */
  readonly partiesPerBatchMax: number
  /**
   * Rounds of questions of one batch, of each kind. From a call to the next one on a cycle takes two, so
   * half of this is the longest cycle that is found even if no two of its calls are due together.
   * Default 1,000.
   */
  readonly roundsPerBatchMax: number
  /**
   * How long a batch waits for more calls after the first one, and a node before it names again what is
   * due, ms: what becomes due meanwhile goes together. A deadlock lasts that much longer. Default 100.
   */
  readonly pauseMs: Millis
  /** Calls that wait for a batch to look at them. What comes beyond is dropped, to come again. Default 65,536. */
  readonly waitsQueuedMax: number
}

export const defaultSearchLimits: SearchLimits = {
  waitsPerBatchMax: 4_096,
  partiesPerBatchMax: 4_096,
  roundsPerBatchMax: 1_000,
  pauseMs: 100,
  waitsQueuedMax: 65_536,
}
