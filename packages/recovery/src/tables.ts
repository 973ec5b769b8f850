import type { Epoch, Instant, NodeId, NodeName } from '@holdfast/primitives'

/** What recovery needs to know of a view. */
export interface RecoveryView {
  readonly epoch: Epoch
  /** Newest epoch that is known to have been active when this view was proposed. */
  readonly settled: Epoch
  readonly self: NodeId
  readonly members: readonly RecoveryMember[]
  /** What the layers above agreed with the view; recovery hands it on to the tables. */
  readonly notes: readonly string[]
  /** Members that were removed after `settled` without having said goodbye; recovery hands it on to the tables. */
  readonly evicted?: readonly NodeId[]
}

export interface RecoveryMember {
  readonly id: NodeId
  /** Epoch of the view that admitted this start of the node: another value is another process. */
  readonly joined: Epoch
  /** May master resources and hold directory parts: false while it hands over, and for witnesses. */
  readonly eligible: boolean
  /** How much it draws to itself beside the others; recovery hands it on to the tables. */
  readonly weight: number
  /** What it is called. */
  readonly name?: NodeName
}

/** One thing that one node must know of another's locks in the installed view. */
export interface TableTransfer {
  readonly to: NodeId
  readonly record: unknown
}

/**
 * The lock tables of one node, as recovery drives them. Each call is synchronous and total. The lock
 * engine has this shape; so may any other owner of state that follows the membership.
 */
export interface LockTables {
  /** Takes the view over: stops what the change touches and nothing else. Says nothing to anybody. */
  install(view: RecoveryView, now: Instant): void
  /** What others, or this node itself, must know of this node's locks in the installed view. */
  transfers(): readonly TableTransfer[]
  /** Sends pending calls again, to whoever now answers for them. */
  resume(): void
  /** Takes one transfer of the installed view. Doing it twice changes nothing. */
  accept(from: NodeId, record: unknown): void
  /** The view is active: frees what lost members held on resources that stayed where they were. */
  activate(now: Instant): void
  /** Everybody's transfers are here and the view is active: opens what this node took over. */
  open(now: Instant): void
}
