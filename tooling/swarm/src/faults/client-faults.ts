/** Faults of the clients' own processes. */
import type { Fault } from './fault.ts'

export const clientCrash: Fault = (world, random) => {
  const { client } = random.pick(world.residents)
  if (!client.connected) return undefined
  // The host may die with the process, and then nobody tells the node.
  client.crash(random.chance(2, 3) ? random.below(50) : undefined)
  return () => undefined
}

/** It does not run, so it does not ping; its clock goes on. */
export const clientHang: Fault = (world, random) => {
  const { client } = random.pick(world.residents)
  const { sessionLeaseMs } = world.options.nodeLimits
  const lengthMs = sessionLeaseMs * random.pick([0.1, 0.9, 1.5])
  client.hang(world.simulation.now + lengthMs)
  return () => undefined
}
