import type { Instant, Millis, NodeName, Random } from '@holdfast/primitives'
import { drawLatency, type Latency } from './latency.ts'
import type { Flight, Rule, Verdict } from './rule.ts'

/** How one direction between two nodes behaves when no rule decides. */
export interface Path {
  readonly latency: Latency
  /** Packets of a thousand that never arrive. */
  readonly lossPerMille: number
  /** Packets of a thousand that arrive twice, each with a latency of its own. */
  readonly repeatPerMille: number
  /** True: packets arrive in the order they were sent, as over one connection. */
  readonly ordered: boolean
}

export interface NetworkCounts {
  readonly sent: number
  readonly dropped: number
  readonly repeated: number
  readonly delivered: number
}

export interface SimNetwork<Packet> {
  /** Asks this rule too, after those installed before it. Returns its remover. */
  install(rule: Rule<Packet>): () => void
  /** Sets one direction; without it the default path is used. */
  setPath(from: NodeName, to: NodeName, path: Path): void
  setDefaultPath(path: Path): void
  readonly counts: NetworkCounts
}

export interface Router<Packet> extends SimNetwork<Packet> {
  /** Gives the arrival times of one packet, none when it is lost. */
  route(flight: Flight<Packet>): readonly Instant[]
  delivered(): void
}

export const defaultPath: Path = {
  latency: { kind: 'uniform', minMs: 0.2, maxMs: 1 },
  lossPerMille: 0,
  repeatPerMille: 0,
  ordered: false,
}

export function createNetwork<Packet>(random: Random): Router<Packet> {
  const rules = new Set<{ readonly rule: Rule<Packet> }>()
  const paths = new Map<string, Path>()
  const lastArrivals = new Map<string, Instant>()
  const counts = { sent: 0, dropped: 0, repeated: 0, delivered: 0 }
  let fallback = defaultPath

  const decide = (flight: Flight<Packet>): Verdict => {
    for (const { rule } of rules) {
      const verdict = rule(flight)
      if (verdict !== 'pass') return verdict
    }
    return 'pass'
  }
  const delaysOf = (verdict: Verdict, path: Path): readonly Millis[] => {
    if (verdict === 'drop') return []
    if (typeof verdict === 'object') return verdict.delaysMs
    if (verdict === 'pass' && random.chance(path.lossPerMille, 1_000)) return []
    const delay = drawLatency(path.latency, random)
    if (!random.chance(path.repeatPerMille, 1_000)) return [delay]
    return [delay, drawLatency(path.latency, random)]
  }
  const inOrder = (key: string, arrival: Instant): Instant => {
    const ordered = Math.max(arrival, lastArrivals.get(key) ?? arrival)
    lastArrivals.set(key, ordered)
    return ordered
  }

  return {
    install(rule) {
      const installed = { rule }
      rules.add(installed)
      return () => void rules.delete(installed)
    },
    setPath: (from, to, path) => void paths.set(`${from}>${to}`, path),
    setDefaultPath(path) {
      fallback = path
    },
    counts,
    delivered() {
      counts.delivered += 1
    },
    route(flight) {
      const key = `${flight.from}>${flight.to}`
      const path = paths.get(key) ?? fallback
      const delays = delaysOf(decide(flight), path)
      counts.sent += 1
      if (delays.length === 0) counts.dropped += 1
      if (delays.length > 1) counts.repeated += 1
      const arrivals = delays.map((delay) => flight.sentAt + delay)
      return path.ordered ? arrivals.map((arrival) => inOrder(key, arrival)) : arrivals
    },
  }
}
