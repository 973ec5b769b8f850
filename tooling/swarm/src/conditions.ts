/** Questions about a world as a whole; each answers with what is missing, or `undefined`. */

import { pathKey } from './path-key.ts'
import type { World } from './world.ts'
import type { WorldNode } from './world-node.ts'

/** One view, active, whose members are these nodes (and nobody who is dead or gone). */
export function missingView(world: World, nodes: readonly WorldNode[]): string | undefined {
  const newest = world.newestView()
  if (newest === undefined) return 'no view was installed'
  for (const node of nodes) {
    const { machine } = node
    if (node.state !== 'running' || machine === undefined) return `${node.name} does not run`
    const view = machine.view
    if (view?.epoch !== newest.epoch) {
      return `${node.name} is in epoch ${view?.epoch ?? 'none'}, the newest is ${newest.epoch}`
    }
    if (!isWitness(world, node) && !machine.membership.mayTakeOver(node.localNow())) {
      return `${node.name} may not act in epoch ${newest.epoch}`
    }
  }
  const names = new Set(nodes.map(({ name }) => name))
  const stranger = newest.members.find(({ node }) => !names.has(node))
  return stranger === undefined ? undefined : `${stranger.node} is still a member`
}

export function isWitness(world: World, node: WorldNode): boolean {
  return world.options.nodes.some(({ name, witness }) => name === node.name && witness)
}

/** Recovery has nothing left to wait for. */
export function missingRecovery(nodes: readonly WorldNode[]): string | undefined {
  for (const node of nodes) {
    const waits = node.machine?.recovery.describe()
    if (waits !== undefined) return `recovery of ${node.name} ${waits}`
  }
  return undefined
}

/** A call that has no completion, among the sessions that live. */
export function missingCompletion(world: World): string | undefined {
  for (const { client } of world.residents) {
    for (const [call, { kind, since }] of client.openCalls) {
      const forMs = Math.round(world.simulation.now - since)
      return `call ${call} (${kind}) of ${client.name} at ${client.node} waits for ${forMs} ms`
    }
  }
  return undefined
}

/** Something that is left in the tables although nobody holds or wants anything. */
export function leftInTables(nodes: readonly WorldNode[]): string | undefined {
  for (const { name, machine } of nodes) {
    if (machine === undefined) continue
    if (machine.sessionCount > 0) return `${name} still has ${machine.sessionCount} sessions`
    if (!machine.engine.idle) return `${name} still has locks in its tables`
  }
  return undefined
}

/**
 * A session, but for that of the heir, or a lock: of a session that was closed and whose client may trust
 * it for a while yet, or one that outlived its session.
 */
export function leftBehind(nodes: readonly WorldNode[]): string | undefined {
  let sessions = 0
  for (const { machine } of nodes) sessions += machine?.sessionCount ?? 0
  if (sessions > 1) return `there are still ${sessions} sessions`
  for (const { name, machine } of nodes) {
    const [left] = machine?.engine.held() ?? []
    if (left === undefined) continue
    return `${name} still has ${left.orphan ? 'an orphan' : 'a lock'} on ${pathKey(left.resource)}`
  }
  return undefined
}
