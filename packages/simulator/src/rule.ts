import type { Instant, Millis, NodeName } from '@holdfast/primitives'

/**
 * What a rule decides about one packet. `pass`: no opinion, the next rule is asked. Anything else is
 * a decision, and the first decision wins.
 */
export type Verdict =
  | 'pass'
  | 'drop'
  /** Delivered by the path's own latency, whatever its loss says. */
  | 'deliver'
  /** Delivered once after each of these delays: one for a delay, several for repeats. */
  | { readonly delaysMs: readonly Millis[] }

export interface Flight<Packet> {
  readonly packet: Packet
  readonly from: NodeName
  readonly to: NodeName
  readonly sentAt: Instant
}

export type Rule<Packet> = (flight: Flight<Packet>) => Verdict

/** Nothing gets from any of `from` to any of `to`; the other direction is open. */
export function cutOneWay(from: Iterable<NodeName>, to: Iterable<NodeName>): Rule<unknown> {
  const sources = new Set(from)
  const targets = new Set(to)
  return (flight) => (sources.has(flight.from) && targets.has(flight.to) ? 'drop' : 'pass')
}

/** Nothing passes between the two sides, in either direction. */
export function cutBetween(sideA: Iterable<NodeName>, sideB: Iterable<NodeName>): Rule<unknown> {
  const a = new Set(sideA)
  const b = new Set(sideB)
  return ({ from, to }) =>
    (a.has(from) && b.has(to)) || (b.has(from) && a.has(to)) ? 'drop' : 'pass'
}

/** One node hears nobody and is heard by nobody. */
export function isolate(node: NodeName): Rule<unknown> {
  return ({ from, to }) => (from === node || to === node ? 'drop' : 'pass')
}

/** Two sides that meet only in one node. */
export function bridge(
  sideA: Iterable<NodeName>,
  sideB: Iterable<NodeName>,
  through: NodeName,
): Rule<unknown> {
  const without = (side: Iterable<NodeName>): NodeName[] =>
    [...side].filter((node) => node !== through)
  return cutBetween(without(sideA), without(sideB))
}

/**
 * Each node hears only those within `reach` places of it on a circle. With a reach that makes each
 * neighbourhood a majority, no two nodes see the same majority.
 */
export function ring(nodes: readonly NodeName[], reach: number): Rule<unknown> {
  const places = new Map(nodes.map((node, place) => [node, place]))
  return ({ from, to }) => {
    const a = places.get(from)
    const b = places.get(to)
    if (a === undefined || b === undefined) return 'pass'
    const steps = Math.abs(a - b)
    return Math.min(steps, nodes.length - steps) <= reach ? 'pass' : 'drop'
  }
}
