import { type Instant, invariant } from '@holdfast/primitives'

export interface TraceEntry {
  readonly at: Instant
  /** A node's name, or what else speaks. */
  readonly who: string
  readonly what: string
  readonly detail: unknown
}

/** The last things that happened; details are kept as values and only made text when somebody reads. */
export interface Trace {
  add(at: Instant, who: string, what: string, detail: unknown): void
  /** Oldest first. */
  entries(): readonly TraceEntry[]
  /** How many entries there were before those that are kept. */
  readonly forgotten: number
}

/** @param entriesMax How many are kept; 0 keeps none and costs nothing. */
export function createTrace(entriesMax: number): Trace {
  invariant(Number.isSafeInteger(entriesMax) && entriesMax >= 0, 'a trace has a size')
  const ring: TraceEntry[] = []
  let added = 0
  return {
    add(at, who, what, detail) {
      if (entriesMax === 0) return
      ring[added % entriesMax] = { at, who, what, detail }
      added += 1
    },
    entries() {
      if (added <= entriesMax) return ring.slice()
      const oldest = added % entriesMax
      return [...ring.slice(oldest), ...ring.slice(0, oldest)]
    },
    get forgotten(): number {
      return Math.max(0, added - entriesMax)
    },
  }
}
