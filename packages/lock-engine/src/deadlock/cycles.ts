import { type Instant, invariant, type NodeId } from '@holdfast/primitives'
import { stronglyConnected } from './components.ts'
import type { Blocker, Party, Wait } from './graph.ts'

/** A queued call as its master told it. */
export interface ReadWait {
  readonly wait: Wait
  readonly master: NodeId
  /**
   * Since when it waits, on the clock of the searcher: too early by the way that the answer took, not
   * by the time between two rounds.
   */
  readonly since: Instant
  readonly blockers: readonly Blocker[]
}

/** An edge of the graph: the call waits for the blocker, so its party for the blocker's. */
export interface Step {
  readonly read: ReadWait
  readonly blocker: Blocker
}

/** Each step leads to the party of the next one, the last to that of the first. The first call loses. */
export type Cycle = readonly [Step, ...Step[]]

/**
 * One cycle for each set of parties that wait for each other: a shortest one through the call of the
 * set that loses first. So that call is also the one that loses first on the cycle. No two of these
 * cycles have a party in common.
 *
 * Choosing the call before the cycle costs one walk over the set; the shortest cycle of all would cost
 * one for each party.
 */
export function findCycles(reads: Iterable<ReadWait>): readonly Cycle[] {
  const graph = new PartyGraph(reads)
  return graph.knots().map((knot) => graph.cycleIn(knot))
}

/** Lowest priority first, then the shortest wait, then the highest (node, lock). */
function losesBefore(readA: ReadWait, readB: ReadWait): boolean {
  const [a, b] = [readA.wait, readB.wait]
  if (a.priority !== b.priority) return a.priority < b.priority
  if (readA.since !== readB.since) return readA.since > readB.since
  if (a.holder !== b.holder) return a.holder > b.holder
  return a.lock > b.lock
}

class PartyGraph {
  readonly #waitsOf = new Map<Party, ReadWait[]>()

  constructor(reads: Iterable<ReadWait>) {
    for (const read of reads) {
      const known = this.#waitsOf.get(read.wait.party)
      if (known === undefined) this.#waitsOf.set(read.wait.party, [read])
      else known.push(read)
    }
  }

  /** Sets of parties that wait for each other. */
  knots(): readonly ReadonlySet<Party>[] {
    return stronglyConnected(this.#waitsOf.keys(), (party) => this.#successors(party))
  }

  *#successors(party: Party): Iterable<Party> {
    for (const { blocker } of this.#steps(party)) {
      if (this.#waitsOf.has(blocker.party)) yield blocker.party
    }
  }

  /** What the party waits for, without itself. */
  *#steps(party: Party): Iterable<Step> {
    for (const read of this.#waitsOf.get(party) ?? []) {
      for (const blocker of read.blockers) if (blocker.party !== party) yield { read, blocker }
    }
  }

  cycleIn(knot: ReadonlySet<Party>): Cycle {
    let first: ReadWait | undefined
    for (const party of knot) {
      for (const { read, blocker } of this.#steps(party)) {
        if (!knot.has(blocker.party)) continue
        if (first === undefined || losesBefore(read, first)) first = read
      }
    }
    invariant(first !== undefined, 'parties that wait for each other wait')
    return this.#cycleThrough(first, knot)
  }

  /** A breadth-first walk from what is in the way of the call, back to its party. */
  #cycleThrough(first: ReadWait, knot: ReadonlySet<Party>): Cycle {
    const home = first.wait.party
    const cameBy = new Map<Party, Step>()
    const queue: Party[] = []
    const reach = (step: Step): void => {
      const { party } = step.blocker
      if (!knot.has(party) || cameBy.has(party)) return
      cameBy.set(party, step)
      queue.push(party)
    }
    for (const step of this.#steps(home)) if (step.read === first) reach(step)
    // The queue grows while it is walked.
    for (const party of queue) {
      if (party === home) break
      for (const step of this.#steps(party)) reach(step)
    }
    return wayBack(home, cameBy)
  }
}

function wayBack(home: Party, cameBy: ReadonlyMap<Party, Step>): Cycle {
  const steps: Step[] = []
  let party = home
  do {
    const step = cameBy.get(party)
    invariant(step !== undefined, 'each party of a knot is reached from each')
    steps.push(step)
    party = step.read.wait.party
  } while (party !== home)
  return steps.reverse() as [Step, ...Step[]]
}
