import type { Epoch, Incarnation, NodeName } from '@holdfast/primitives'
import type { DurableRecord } from './durable-record.ts'
import type { MembershipFact } from './facts.ts'
import type { MembershipMessage } from './messages.ts'
import type { View } from './view.ts'

export type MembershipOutput =
  | {
      readonly kind: 'send'
      /** `address` is the node's name when no address is known. */
      readonly to: { readonly node: NodeName; readonly address: string }
      readonly message: MembershipMessage
    }
  /** Write this, replacing what was there; at most one write is under way at a time. */
  | { readonly kind: 'store'; readonly write: number; readonly record: DurableRecord }
  /** Views come in rising epoch order and may skip. */
  | { readonly kind: 'installed'; readonly view: View }
  /** At most once per installed view. */
  | { readonly kind: 'activated'; readonly epoch: Epoch }
  /** Removed from the cluster: everything this incarnation held is void. Terminal. */
  | { readonly kind: 'evicted'; readonly reason: string }
  /** Gone on purpose. Terminal. */
  | { readonly kind: 'left' }
  /** Cannot go on (bad record, failed disk, impossible options). Terminal. */
  | { readonly kind: 'halted'; readonly reason: string }
  /** Asks the external device; the ghost wait goes on unless `fenced` comes. */
  | { readonly kind: 'fence'; readonly node: NodeName; readonly incarnation: Incarnation }
  | { readonly kind: 'observed'; readonly fact: MembershipFact }
