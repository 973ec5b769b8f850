import type { SessionEvent } from '@holdfast/lock-engine/messages'
import type { Epoch, Incarnation, NodeName } from '@holdfast/primitives'
import type { Packet, SessionNumber } from './inputs.ts'

export type NodeOutput =
  | {
      readonly kind: 'send'
      readonly to: { readonly node: NodeName; readonly address: string }
      readonly packet: Packet
    }
  /** To be answered by `stored` or `store-failed` with the same number. */
  | { readonly kind: 'store'; readonly write: number; readonly record: unknown }
  | { readonly kind: 'session'; readonly session: SessionNumber; readonly event: SessionEvent }
  /** Asks an external fence to make sure that this start of that node can do no harm. */
  | { readonly kind: 'fence'; readonly node: NodeName; readonly incarnation: Incarnation }
  | { readonly kind: 'observed'; readonly fact: NodeFact }
  /** This incarnation is over. Its sessions were closed before; packets of this turn may follow. */
  | {
      readonly kind: 'stopped'
      readonly why: 'left' | 'evicted' | 'halted'
      readonly reason: string
    }

/** What happened, for logs, metrics, events and the simulator's trace. */
export type NodeFact =
  | { readonly kind: 'installed'; readonly epoch: Epoch; readonly members: readonly string[] }
  | { readonly kind: 'activated'; readonly epoch: Epoch }
  | { readonly kind: 'recovered'; readonly epoch: Epoch }
  | { readonly kind: 'authority-lost' }
  | { readonly kind: 'authority-regained' }
  | { readonly kind: 'membership'; readonly fact: unknown }
  | { readonly kind: 'locks'; readonly fact: unknown }
  | { readonly kind: 'rejected'; readonly from: NodeName; readonly reason: string }
