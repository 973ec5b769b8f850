import type { PeerFact } from '@holdfast/driver'
import type { Incarnation } from '@holdfast/primitives'
import type { NodeFact } from './machine/index.ts'

/** What an embedding program or a log may want to know. Nothing depends on events being read. */
export type NodeEvent =
  /** A start of the node listens and looks for its cluster. */
  | { readonly kind: 'started'; readonly address: string; readonly incarnation: Incarnation }
  /** What the machine observed. */
  | NodeFact
  /** What became of the connections to another node. */
  | { readonly kind: 'peer'; readonly fact: PeerFact }
  | { readonly kind: 'client-turned-away'; readonly client: string; readonly reason: string }
  /** Programs of the same user do not find the way in by themselves; they must be given the token. */
  | { readonly kind: 'token-not-published'; readonly reason: string }
  /** The record of this node could not be written; it does not vote until it can. */
  | { readonly kind: 'store-failed'; readonly reason: string }
  /** One of the two copies of the record was not whole, and has been made good from the other. */
  | { readonly kind: 'store-repaired'; readonly reason: string }
  /** The external fence that was asked for could not be run. */
  | { readonly kind: 'fence-failed'; readonly node: string; readonly reason: string }
  /** This start is over, and a new one with a new incarnation follows. */
  | { readonly kind: 'restarting'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly why: string; readonly reason: string }
