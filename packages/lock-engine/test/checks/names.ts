import type { NodeId } from '@holdfast/primitives'
import { Cluster } from '../harness/cluster.ts'
import { ViewChain } from '../harness/view-chain.ts'

const known = new Map<number, ReadonlyMap<NodeId, readonly string[]>>()

/** Different names that the given node indexes among nodes 1 to `nodes`. */
export function namesIndexedBy(node: NodeId, nodes: number): readonly string[] {
  const byNode = known.get(nodes) ?? findNames(nodes)
  known.set(nodes, byNode)
  const names = byNode.get(node) ?? []
  if (names.length < 4) throw new Error(`node ${node} of ${nodes} indexes ${names.length} names`)
  return names
}

/** Seen from node 1: its first message about a new name goes to the node that indexes it. */
function findNames(nodes: number): ReadonlyMap<NodeId, readonly string[]> {
  const sentTo: NodeId[] = []
  const cluster = new Cluster({ onSend: (_from, to) => sentTo.push(to.id) })
  const first = cluster.boot(1)
  while (cluster.processes.length < nodes) cluster.boot(cluster.processes.length + 1)
  const view = new ViewChain().next(cluster.processes, false)
  for (const process of cluster.processes) cluster.install(process, view)
  for (const process of cluster.processes) cluster.activate(process)
  cluster.settle()
  cluster.give(first, { kind: 'session-opened', session: 1, label: 's1' })

  const byNode = new Map<NodeId, string[]>(cluster.processes.map(({ id }) => [id, []]))
  for (let number = 1; number <= 24 * nodes; number += 1) {
    const resource = { space: 'test', name: `name-${number}` }
    const asked = { mode: 'NL', noQueue: false, useValue: false, notify: false } as const
    sentTo.length = 0
    cluster.call(first, 1, { kind: 'request', call: number, lock: number, resource, ...asked })
    byNode.get(sentTo[0] ?? first.id)?.push(resource.name)
    cluster.settle()
  }
  return byNode
}
