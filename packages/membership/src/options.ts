import type { Incarnation, NodeName, Random } from '@holdfast/primitives'
import type { MembershipTiming } from './timing.ts'

export interface MembershipOptions {
  /** The operator's name of the cluster; messages of another one are ignored. */
  readonly cluster: string
  readonly self: {
    readonly node: NodeName
    readonly incarnation: Incarnation
    readonly address: string
    /** 0 = a member without vote, which needs no disk. */
    readonly votes: number
    /**
     * How large a part of the work of the layer above this node asks for, 0 to 10: with 2 it asks for
     * twice as much as a node with 1. Default 1.
     */
    readonly weight?: number
  }
  /**
   * The first voters, written alike on all of them. Epoch 1 is decided by all of them, so two half
   * lists cannot make two clusters. A node that is not in the list only joins.
   */
  readonly genesis: readonly { readonly node: NodeName; readonly votes: number }[]
  /** Whom to ask for admission. */
  readonly seeds: readonly { readonly node: NodeName; readonly address: string }[]
  /** Wins an even split of the votes; agreed in the first view. */
  readonly tieBreaker?: NodeName
  readonly timing: MembershipTiming
  /** What the disk gave back; `undefined` = no record yet. Checked here, a bad one halts. */
  readonly record?: unknown
  readonly random: Random
  /** 'witness' votes and holds no locks. Default 'member'. */
  readonly joinAs?: 'member' | 'witness'
  /** An external fencing hook is asked about every ghost. Default false. */
  readonly fencing?: boolean
}
