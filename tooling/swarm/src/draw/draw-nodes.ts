import type { NodeName, Random } from '@holdfast/primitives'
import type { NodeSetup, SwarmOptions } from '../options.ts'

/** 1 to 7 nodes: equal votes, weights, a tie breaker, a witness, nodes without a vote, late ones. */
export function drawNodes(
  random: Random,
  rho: number,
): Pick<SwarmOptions, 'nodes' | 'genesis' | 'tieBreaker'> {
  const votersCount = random.pick([1, 2, 3, 3, 3, 3, 3, 4, 4, 5])
  const weighted = random.chance(1, 4)
  const voters = Array.from({ length: votersCount }, (_, index) =>
    drawNode(random, { index, rho, votes: weighted ? 1 + random.below(3) : 1 }),
  )
  const others = Array.from({ length: random.pick([0, 0, 0, 1, 1, 2]) }, (_, index) =>
    drawNode(random, { index: votersCount + index, rho, votes: random.pick([0, 0, 1]) }),
  )
  const withWitness = voters.length >= 3 && random.chance(1, 6)
  const nodes = [
    ...voters.map((node, index) => witness(node, withWitness && index === 2)),
    ...others,
  ]
  const genesis = voters.map(({ name, votes }) => ({ node: name, votes }))
  const total = genesis.reduce((sum, { votes }) => sum + votes, 0)
  const tieBreaker = total % 2 === 0 && random.chance(2, 3) ? 'n1' : undefined
  return { nodes, genesis, tieBreaker }
}

function witness(node: NodeSetup, is: boolean): NodeSetup {
  return is ? { ...node, witness: true } : node
}

function drawNode(
  random: Random,
  given: { readonly index: number; readonly rho: number; readonly votes: number },
): NodeSetup {
  const { index, rho, votes } = given
  const name: NodeName = `n${index + 1}`
  return {
    name,
    votes,
    witness: false,
    clockRate: drawRate(random, rho),
    clockOffsetMs: random.below(1_000_000),
    startsAtMs: random.pick([0, 5, 500]),
  }
}

/** Exactly at the bound, because a rate inside it hides a missing factor. */
export function drawRate(random: Random, rho: number): number {
  return random.pick([1 - rho, 1 - rho, 1, 1 + rho, 1 + rho])
}
