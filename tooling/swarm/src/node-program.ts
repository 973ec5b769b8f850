import type { NodeInput, NodeMachine, NodeOutput } from '@holdfast/node/machine'
import { createNodeMachine } from '@holdfast/node/machine'
import type { NodeName } from '@holdfast/primitives'
import type { Effect, Program } from '@holdfast/simulator'
import type { SwarmOptions } from './options.ts'
import type { Carried, PacketPath } from './packet-path.ts'

/** Nodes are dialled by their names. */
function addressOf(node: NodeName): string {
  return `sim://${node}`
}

/** How the simulator runs the composition that production runs. */
export function createNodeProgram(
  options: SwarmOptions,
  path: PacketPath,
): Program<NodeInput, NodeOutput, Carried, NodeMachine> {
  const seeds = options.nodes.map(({ name }) => ({ node: name, address: addressOf(name) }))
  return {
    create({ node, incarnation, record, random }) {
      const own = options.nodes.find(({ name }) => name === node)
      return createNodeMachine({
        membership: {
          cluster: 'swarm',
          self: { node, incarnation, address: addressOf(node), votes: own?.votes ?? 0 },
          genesis: options.genesis,
          seeds: seeds.filter((seed) => seed.node !== node),
          ...(options.tieBreaker === undefined ? {} : { tieBreaker: options.tieBreaker }),
          timing: options.timing,
          record,
          random,
          joinAs: own?.witness === true ? 'witness' : 'member',
        },
        limits: options.nodeLimits,
      })
    },
    effect: (output) => effectOf(output, path),
    tick: () => ({ kind: 'tick' }),
    received: (from, carried) =>
      path.unpack(carried).map((packet) => ({ kind: 'packet', from, packet })),
    stored: (write) => ({ kind: 'stored', write }),
    storeFailed: (write, reason) => ({ kind: 'store-failed', write, reason }),
  }
}

function effectOf(output: NodeOutput, path: PacketPath): Effect<Carried> {
  switch (output.kind) {
    case 'send':
      return { kind: 'send', to: output.to.node, packets: path.pack(output.packet) }
    case 'store':
      return output
    case 'stopped':
      return { kind: 'stop' }
    default:
      return { kind: 'none' }
  }
}
