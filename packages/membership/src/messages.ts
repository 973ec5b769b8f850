import type { Epoch, Incarnation, Millis, NodeName } from '@holdfast/primitives'
import type { Ballot } from './ballot.ts'
import type { View } from './view.ts'

/**
 * The datagrams between membership machines. Each may be lost, repeated, reordered or late: every
 * handler is idempotent. The sender's name and incarnation come from the transport.
 */
export interface Envelope {
  readonly cluster: string
  /** Absent while the sender belongs to no cluster yet. */
  readonly clusterId?: string
  /** The newest decided view the sender knows; 0 before the first. */
  readonly epoch: Epoch
  readonly address: string
  /** The identity of the sender's disk; absent for a node without one. */
  readonly storageId?: string
}

/** What a voter proposed or accepted for the epoch after its view. */
export interface AcceptedView {
  readonly ballot: Ballot
  readonly view: View
}

/**
 * How long this voter's promises still run, by its own clock. `everyoneMs` holds for every process
 * anywhere ("restart quarantine": it does not know whom it supported before its start).
 */
export interface Outstanding {
  readonly everyoneMs: Millis
  readonly members: readonly {
    readonly node: NodeName
    readonly incarnation: Incarnation
    readonly ms: Millis
  }[]
}

/** Who a process is, for the first view. */
export interface Introduction {
  readonly role: 'member' | 'witness'
  readonly votes: number
  readonly weight: number
}

export type MessageBody =
  | {
      readonly kind: 'heartbeat'
      /** Echoed by supporters; the sender alone knows when it sent it. */
      readonly sequence: number
      readonly active: Epoch
      /** The sender's ballot while it leads. */
      readonly leading?: Ballot
      /** Peers of its view that the sender does not hear. */
      readonly suspects: readonly NodeName[]
      /** Own-health score, 0 (well) to 8. */
      readonly health: number
    }
  /** The voter supports the sender of that heartbeat for D from now. */
  | {
      readonly kind: 'support'
      /** The very process that is supported: a later start of the name counts its own heartbeats. */
      readonly supported: Incarnation
      readonly echo: number
      readonly active: Epoch
    }
  | { readonly kind: 'pre-vote'; readonly ballot: Ballot }
  | { readonly kind: 'pre-vote-granted'; readonly ballot: Ballot }
  | {
      readonly kind: 'prepare'
      readonly ballot: Ballot
      /** Present in epoch 0 only: what all first voters must agree on. */
      readonly founding?: string
    }
  | {
      readonly kind: 'promise'
      readonly ballot: Ballot
      readonly accepted?: AcceptedView
      readonly outstanding: Outstanding
      readonly introduction: Introduction
    }
  | { readonly kind: 'propose'; readonly ballot: Ballot; readonly view: View }
  | { readonly kind: 'accepted'; readonly ballot: Ballot; readonly outstanding: Outstanding }
  /** The voter has promised a higher ballot. */
  | { readonly kind: 'overtaken'; readonly promised: Ballot }
  /** A decided view; for voters also a `prepare` of the same ballot for the epoch after it. */
  | { readonly kind: 'commit'; readonly ballot: Ballot; readonly view: View }
  | { readonly kind: 'installed'; readonly installed: Epoch }
  | { readonly kind: 'activate'; readonly active: Epoch }
  /** A decided view, for somebody who is behind. */
  | { readonly kind: 'view'; readonly view: View; readonly active: Epoch }
  /** The sender knows an older view than the receiver: please send yours. */
  | { readonly kind: 'behind' }
  | {
      readonly kind: 'join'
      readonly role: 'member' | 'witness'
      readonly votes: number
      readonly weight: number
      readonly settings: string
      /** Members of the sender's view that it has not heard since it began to ask. */
      readonly unheard: readonly NodeName[]
    }
  | {
      readonly kind: 'join-answer'
      readonly outcome: 'ask-leader' | 'wait' | 'duplicate' | 'refused'
      readonly leader?: { readonly node: NodeName; readonly address: string }
      readonly reason: string
    }
  /** Answers the heartbeat of a process that is not in the view: it was heard. */
  | { readonly kind: 'heard' }
  | { readonly kind: 'leave'; readonly stage: 'leaving' | 'goodbye'; readonly permanent: boolean }
  /** What the sender wants the next view to bring. A higher number replaces what it wanted before. */
  | { readonly kind: 'notes'; readonly number: number; readonly notes: readonly string[] }
  /** A leader that leaves asks this voter to take over without waiting. */
  | { readonly kind: 'nominate' }

export type MembershipMessage = Envelope & MessageBody

/** The message of one kind. */
export type MessageOf<Kind extends MessageBody['kind']> = Envelope &
  Extract<MessageBody, { readonly kind: Kind }>
