import type { NodeName, Random } from '@holdfast/primitives'
import type { NodeSetup, SwarmOptions } from '../options.ts'
import type { World } from '../world.ts'

/** A hand-written script of faults for one rule of the protocol; its details are left to chance. */
export interface Schedule {
  readonly name: string
  /** Makes the world fit the script. */
  prepare(options: SwarmOptions): SwarmOptions
  /** Plays it again and again until the faults end; returns how to end it before. */
  run(world: World, random: Random): () => void
}

/** A good network and disks, all datagrams by themselves, and these nodes. */
export function staged(options: SwarmOptions, nodes: readonly StagedNode[]): SwarmOptions {
  const { heartbeatMs } = options.timing
  return {
    ...options,
    nodes: nodes.map((node, index) => stage(node, options.nodes[index])),
    genesis: nodes
      .filter(({ late, votes }) => late !== true && votes > 0)
      .map(({ name, votes }) => ({ node: name, votes })),
    tieBreaker: undefined,
    path: {
      latency: { kind: 'uniform', minMs: heartbeatMs / 200, maxMs: heartbeatMs / 50 },
      lossPerMille: 0,
      repeatPerMille: 0,
      ordered: false,
    },
    disk: { latency: { kind: 'constant', ms: 0.5 }, failurePerMille: 0 },
    timerLateMs: 0.1,
    codec: false,
    split: true,
    faultMs: Math.max(options.faultMs, 9 * options.timing.promiseMs),
  }
}

export interface StagedNode {
  readonly name: NodeName
  readonly votes: number
  readonly witness?: boolean
  /** Joins later and is not in the first list of voters. */
  readonly late?: boolean
}

function stage(node: StagedNode, drawn: NodeSetup | undefined): NodeSetup {
  return {
    name: node.name,
    votes: node.votes,
    witness: node.witness ?? false,
    clockRate: drawn?.clockRate ?? 1,
    clockOffsetMs: drawn?.clockOffsetMs ?? 0,
    startsAtMs: node.late === true ? Number.POSITIVE_INFINITY : 0,
  }
}

/** As many equal voters. */
export function voters(count: number): readonly StagedNode[] {
  return Array.from({ length: count }, (_, index) => ({ name: `n${index + 1}`, votes: 1 }))
}
