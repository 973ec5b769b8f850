import type { Incarnation, NodeName } from '@holdfast/primitives'
import type { ProcessId } from './view.ts'

export type MembershipInput =
  | { readonly kind: 'tick' }
  /** A datagram from an authenticated peer; the message is checked here. */
  | { readonly kind: 'received'; readonly from: ProcessId; readonly message: unknown }
  /** The record of this write, and all before it, are safe on the disk. */
  | { readonly kind: 'stored'; readonly write: number }
  /** The disk failed: this process votes no more and halts. */
  | { readonly kind: 'store-failed'; readonly write: number; readonly reason: string }
  /**
   * Asks to become `leaving`. With `permanent` the votes go too; without it they stay in the
   * electorate, so that the rest keeps the quorum of the full cluster (default false).
   */
  | { readonly kind: 'leave'; readonly permanent?: boolean }
  /** Everything is handed over: stop acting now, then say goodbye. */
  | { readonly kind: 'handed-over' }
  /**
   * Notes of the layer above that the next view should bring; they replace what was proposed before
   * and is in no view yet. Given on a member; elsewhere, and beyond the limits, nothing comes of it.
   */
  | { readonly kind: 'propose'; readonly notes: readonly string[] }
  /** The three-clock guard saw a suspend: the lease is void, nobody is judged yet. */
  | { readonly kind: 'clock-jumped' }
  /** Evidence that this process cannot work with the node any more (such as a full link). */
  | { readonly kind: 'unreachable'; readonly node: NodeName }
  /** An external device confirmed that this process cannot act any more. */
  | {
      readonly kind: 'fenced'
      readonly node: NodeName
      readonly incarnation: Incarnation
    }
