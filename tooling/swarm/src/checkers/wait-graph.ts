import type { BlockerFact, WaitFact } from '../facts.ts'

export interface Edge {
  readonly wait: WaitFact
  readonly blocker: BlockerFact
}

/** Edges between parties, by the party that waits. Nobody waits for itself here. */
export function edgesByParty(
  waits: Iterable<WaitFact>,
  counts: (edge: Edge) => boolean,
): ReadonlyMap<string, readonly Edge[]> {
  const found = new Map<string, Edge[]>()
  for (const wait of waits) {
    for (const blocker of wait.blockers) {
      const edge = { wait, blocker }
      if (blocker.party === wait.party || !counts(edge)) continue
      const known = found.get(wait.party)
      if (known === undefined) found.set(wait.party, [edge])
      else known.push(edge)
    }
  }
  return found
}

/** Whether the party is reached from these parties. */
export function reaches(
  edges: ReadonlyMap<string, readonly Edge[]>,
  from: Iterable<string>,
  party: string,
): boolean {
  const seen = new Set(from)
  for (const next of seen) {
    if (next === party) return true
    for (const { blocker } of edges.get(next) ?? []) seen.add(blocker.party)
  }
  return false
}
