import type { Millis } from '@holdfast/primitives'

/** When trees move. The numbers of VMS, where they are known. */
export interface MasteryTuning {
  /** How often trees are looked at; what was counted before then counts 7/8 of what it did. Default 8,000 ms. */
  readonly periodMs: Millis
  /** How long a tree is left alone after it has moved. Default 30,000 ms. */
  readonly restMs: Millis
  /** Trees that one node gives away in a period. Default 100. */
  readonly movesMax: number
  /** Locks of a tree that still moves; with more it stays where it is. Default 10,000. */
  readonly locksMax: number
}

export const defaultTuning: MasteryTuning = {
  periodMs: 8_000,
  restMs: 30_000,
  movesMax: 100,
  locksMax: 10_000,
}
