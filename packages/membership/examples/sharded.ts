// examples/sharded.ts
// 64 shards, each worked on by at most one node at a time. No locks, no network: three machines in
// one loop, to show what a program has to do. A real one carries the messages over sockets.
import { createMembership, type Membership, TIMING_FAST } from '@holdfast/membership'
import { createRandom, fnv1a } from '@holdfast/primitives'

const SHARDS = 64
const NAMES = ['ann', 'bob', 'cid']

interface Node {
  readonly name: string
  readonly incarnation: string
  readonly machine: Membership
  disk: unknown
}

/** The member with the highest score owns the shard: everybody computes the same one. */
function ownerOf(shard: number, members: readonly { readonly node: string }[]): string | undefined {
  const scored = members.map(({ node }) => ({ node, score: fnv1a(`${shard} ${node}`) }))
  return scored.sort((a, b) => b.score - a.score)[0]?.node
}

/** The shards a node may work on now: none, unless it may act in an active view. */
export function shardsOf(node: Node, now: number): readonly number[] {
  const { view } = node.machine
  if (view === undefined || !node.machine.mayTakeOver(now)) return []
  const all = Array.from({ length: SHARDS }, (_, shard) => shard)
  return all.filter((shard) => ownerOf(shard, view.members) === node.name)
}

function createNode(name: string): Node {
  // A real program draws the incarnation from the operating system, anew for each start.
  const random = createRandom(name)
  const incarnation = random.hex16()
  const machine = createMembership({
    cluster: 'shards',
    self: { node: name, incarnation, address: name, votes: 1 },
    genesis: NAMES.map((node) => ({ node, votes: 1 })),
    seeds: NAMES.map((node) => ({ node, address: node })),
    timing: TIMING_FAST,
    random,
  })
  return { name, incarnation, machine, disk: undefined }
}

/** Runs the nodes for a while, one millisecond at a time; returns how often a shard had two owners. */
export function run(nodes: readonly Node[], from: number, forMs: number): number {
  let clashes = 0
  for (let now = from; now < from + forMs; now += 1) {
    for (const node of nodes) {
      const deadline = node.machine.deadline()
      if (deadline !== undefined && deadline <= now) node.machine.handle({ kind: 'tick' }, now)
      obey(node, nodes, now)
    }
    const owned = nodes.flatMap((node) => shardsOf(node, now))
    if (new Set(owned).size < owned.length) clashes += 1
  }
  return clashes
}

/** Carries out what a machine orders: its records go to the disk, its messages to the others. */
function obey(node: Node, nodes: readonly Node[], now: number): void {
  const from = { node: node.name, incarnation: node.incarnation }
  for (const output of node.machine.drain()) {
    if (output.kind === 'store') {
      node.disk = output.record
      node.machine.handle({ kind: 'stored', write: output.write }, now)
    }
    if (output.kind !== 'send') continue
    const target = nodes.find(({ name }) => name === output.to.node)
    target?.machine.handle({ kind: 'received', from, message: output.message }, now)
  }
}

/** Founds a cluster of three, lets one die, and reports who owns how much before and after. */
export function story(): { before: number[]; after: number[]; clashes: number } {
  const nodes = NAMES.map((name) => createNode(name))
  let clashes = run(nodes, 0, 2000)
  const before = nodes.map((node) => shardsOf(node, 2000).length)
  const survivors = nodes.slice(0, 2)
  clashes += run(survivors, 2000, 3000)
  const after = survivors.map((node) => shardsOf(node, 5000).length)
  return { before, after, clashes }
}
