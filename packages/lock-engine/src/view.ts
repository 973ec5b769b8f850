import type { Epoch, NodeId, NodeName } from '@holdfast/primitives'

/** What the lock tables need to know of an agreed view. */
export interface EngineView {
  readonly epoch: Epoch
  /** `epoch - 1` when that view was known to be active, otherwise the `settled` of that view. */
  readonly settled: Epoch
  readonly self: NodeId
  readonly members: readonly EngineMember[]
  /**
   * The notes that were brought by the views after `settled` up to this one, the oldest first: so all
   * that a member may have missed. Some of them say which trees are to move.
   */
  readonly notes: readonly string[]
  /**
   * Those that were removed by the views after `settled` up to this one without having said goodbye.
   * Needed for members that were handing over: all others that are gone count as lost anyway.
   */
  readonly evicted?: readonly NodeId[]
}

export interface EngineMember {
  readonly id: NodeId
  /** Epoch of the view that admitted this start: another value is another process. */
  readonly joined: Epoch
  /** May master resources and index names: false while it hands over. */
  readonly eligible: boolean
  /**
   * How large a part of the names it indexes, and how much it draws mastery to itself, beside the
   * others; 0 to 10. Without weight it indexes nothing and masters nothing new.
   */
  readonly weight: number
  /** What reports call it. Default: `node` and its id. */
  readonly name?: NodeName
}

/** Where a resource is mastered, and since which takeover (0: appointed by its directory). */
export interface Mastery {
  readonly master: NodeId
  readonly takenOver: Epoch
}
