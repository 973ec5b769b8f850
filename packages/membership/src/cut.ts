import type { NodeName } from '@holdfast/primitives'

/** A pair of nodes that cannot talk to each other, in at least one direction. */
export type BadLink = readonly [NodeName, NodeName]

export interface CutQuestion {
  readonly links: readonly BadLink[]
  /** Lower is removed first among equally small sets. */
  readonly worth: (node: NodeName) => number
  /** False for a set whose removal would leave too few votes. */
  readonly isAllowed: (removed: readonly NodeName[]) => boolean
}

/** Above this many nodes with a bad link the search is greedy instead of exact. */
const EXACT_MAX = 12

/**
 * The smallest set of nodes to remove so that the rest is fully connected (a minimum vertex cover of
 * the bad links), or `undefined` when none is allowed.
 */
export function smallestCut(question: CutQuestion): readonly NodeName[] | undefined {
  const nodes = [...new Set(question.links.flat())].sort()
  if (nodes.length === 0) return []
  return nodes.length <= EXACT_MAX ? exact(question, nodes) : greedy(question, nodes)
}

function covers(links: readonly BadLink[], removed: readonly NodeName[]): boolean {
  return links.every(([a, b]) => removed.includes(a) || removed.includes(b))
}

function exact(question: CutQuestion, nodes: readonly NodeName[]): readonly NodeName[] | undefined {
  let best: readonly NodeName[] | undefined
  let bestWorth = Number.POSITIVE_INFINITY
  for (let mask = 1; mask < 2 ** nodes.length; mask += 1) {
    const removed = nodes.filter((_, index) => (mask >> index) % 2 === 1)
    if (best !== undefined && removed.length > best.length) continue
    const worth = removed.reduce((sum, node) => sum + question.worth(node), 0)
    const isBetter = best === undefined || removed.length < best.length || worth < bestWorth
    if (!isBetter || !covers(question.links, removed) || !question.isAllowed(removed)) continue
    best = removed
    bestWorth = worth
  }
  return best
}

function greedy(
  question: CutQuestion,
  nodes: readonly NodeName[],
): readonly NodeName[] | undefined {
  const removed: NodeName[] = []
  const degree = (node: NodeName): number =>
    question.links.filter(
      (link) => link.includes(node) && !removed.some((out) => link.includes(out)),
    ).length
  while (!covers(question.links, removed)) {
    const candidates = nodes.filter((node) => degree(node) > 0)
    candidates.sort((a, b) => degree(b) - degree(a) || question.worth(a) - question.worth(b))
    const worst = candidates[0]
    if (worst === undefined) return undefined
    removed.push(worst)
  }
  return question.isAllowed(removed) ? removed : undefined
}
