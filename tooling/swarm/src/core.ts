/** The part of a world that must serve while the rest is broken. */
import { cutBetween } from '@holdfast/simulator'
import { holdsQuorum } from './faults/lose-disk.ts'
import type { World } from './world.ts'
import type { WorldNode } from './world-node.ts'

export interface Core {
  readonly nodes: readonly WorldNode[]
  readonly isAll: boolean
}

/**
 * Takes nodes away at random as long as a quorum of the first voters is left. All nodes are the core
 * where the electorate may have changed, since then only the cluster itself knows who its quorum is.
 */
export function chooseCore(world: World): Core {
  const { options, nodes } = world
  const all: Core = { nodes, isAll: true }
  if (mayChangeElectorate(world)) return all
  const random = world.simulation.random('core')
  const electorate = { voters: options.genesis, tieBreaker: options.tieBreaker }
  const left = new Set(nodes.map(({ name }) => name))
  for (const { name } of nodes) {
    if (!random.chance(1, 2)) continue
    left.delete(name)
    if (!holdsQuorum(electorate, left)) left.add(name)
  }
  const core = nodes.filter(({ name }) => left.has(name))
  return { nodes: core, isAll: core.length === nodes.length }
}

function mayChangeElectorate({ options, counts }: World): boolean {
  const genesis = new Set(options.genesis.map(({ node }) => node))
  const lateVoter = options.nodes.some(({ name, votes }) => votes > 0 && !genesis.has(name))
  return lateVoter || (counts.faults['lost-disk'] ?? 0) > 0 || options.schedule !== undefined
}

/** Starts and connects the core, and leaves the rest dead or cut off. Returns how to mend that. */
export function breakTheRest(world: World, core: Core): () => void {
  const random = world.simulation.random('the rest')
  const coreNames = core.nodes.map(({ name }) => name)
  const rest = world.nodes.filter((node) => !core.nodes.includes(node))
  const restNames = rest.map(({ name }) => name)
  const connect = world.simulation.network.install(cutBetween(coreNames, restNames))
  for (const node of rest) {
    world.abandoned.add(node.name)
    if (random.chance(1, 2)) node.crash()
  }
  for (const node of core.nodes) node.start()
  world.reconnectPeers()
  return () => {
    world.abandoned.clear()
    connect()
  }
}
