/** The pure composition of a node: what the daemon, embedded nodes and the simulator run. */
export type { NodeInput, Packet, PacketSource, SessionNumber } from './inputs.ts'
export type { NodeMachine } from './node-machine.ts'
export { createNodeMachine } from './node-machine.ts'
export type { NodeLimits, NodeMachineOptions } from './options.ts'
export type { NodeFact, NodeOutput } from './outputs.ts'
