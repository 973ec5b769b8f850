/**
 * A whole Holdfast node. `createNode` runs one in this process; `@holdfast/node/machine` is the pure
 * machine inside, for simulations; `@holdfast/node/daemon` runs one as a process of its own.
 */
export type { LocalConnectOptions, Node } from './create-node.ts'
export { createNode } from './create-node.ts'
export type { NodeErrorCode } from './errors.ts'
export { NodeError } from './errors.ts'
export type { NodeEvent } from './events.ts'
export type { GatewayLimits } from './gateway/gateway.ts'
export type { NodeLimits } from './machine/index.ts'
export type { NodeOptions, NodePeer, NodeTls } from './options.ts'
export type { StartEnd } from './start.ts'
