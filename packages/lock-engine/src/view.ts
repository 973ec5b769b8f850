import type { Epoch, NodeId, NodeName } from '@holdfast/primitives'

/** What the lock tables need to know of an agreed view. */
export interface EngineView {
  readonly epoch: Epoch
  /** `epoch - 1` when that view was known to be active, otherwise the `settled` of that view. */
  readonly settled: Epoch
  readonly self: NodeId
  readonly members: readonly EngineMember[]
}

export interface EngineMember {
  readonly id: NodeId
  /** Epoch of the view that admitted this start: another value is another process. */
  readonly joined: Epoch
  /** May master resources and index names: false while it hands over. */
  readonly eligible: boolean
  /** What reports call it. Default: `node` and its id. */
  readonly name?: NodeName
}

/** Where a resource is mastered, and since which takeover (0: appointed by its directory). */
export interface Mastery {
  readonly master: NodeId
  readonly takenOver: Epoch
}
