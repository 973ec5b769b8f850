import type { Incarnation, Instant, Machine, NodeName, Random } from '@holdfast/primitives'

/** What the simulation must carry out for an output of a machine. */
export type Effect<Packet> =
  /** Each packet travels by itself. */
  | { readonly kind: 'send'; readonly to: NodeName; readonly packets: readonly Packet[] }
  /** Answered by `stored` or `storeFailed` with the same number. */
  | { readonly kind: 'store'; readonly write: number; readonly record: unknown }
  /** The process ends; nothing after this output is carried out. */
  | { readonly kind: 'stop' }
  /** Nothing: the observer has seen it. */
  | { readonly kind: 'none' }

/** One start of a node. */
export interface NodeStart {
  readonly node: NodeName
  /** Drawn for this start; no two starts have the same. */
  readonly incarnation: Incarnation
  /** What the disk gave back; `undefined` on the first start and after a lost disk. */
  readonly record: unknown
  /** A stream of this start alone. */
  readonly random: Random
  /** By the clock of the node. */
  readonly now: Instant
}

/** Who sent a packet. */
export interface Sender {
  readonly node: NodeName
  readonly incarnation: Incarnation
}

/** How the simulation speaks to a kind of machine: the whole binding between the two. */
export interface Program<Input, Output, Packet, Subject extends Machine<Input, Output>> {
  create(start: NodeStart): Subject
  effect(output: Output, node: NodeName): Effect<Packet>
  tick(): Input
  /** What a packet means to the machine; none when it is thrown away, as a bad frame is. */
  received(from: Sender, packet: Packet, node: NodeName): readonly Input[]
  stored(write: number): Input
  storeFailed(write: number, reason: string): Input
}
