/** Transports that reach one another inside one process, on a network that can be made bad. */
export type { MemoryNetwork, MemoryNetworkOptions } from './memory-network.ts'
export { createMemoryNetwork } from './memory-network.ts'
export type { MemoryFaults, MemoryFrame, MemoryRule } from './memory-wires.ts'
export { faultyRule } from './memory-wires.ts'
