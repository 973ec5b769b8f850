import type { NodeId } from '@holdfast/primitives'
import { World } from './world.ts'

/** Who indexes a name among nodes 1 to `nodes`: seen from where the first lookup goes. */
function directoryNodeOf(name: string, nodes: number): NodeId {
  let asked: NodeId | undefined
  const world = new World({
    nodes,
    onSend: (_from, to) => {
      asked ??= to.id
    },
  })
  world.request(world.session(1), name, 'NL')
  return asked ?? 1
}

/** A name that the given node indexes among nodes 1 to `nodes`, and `later` when the last has gone. */
export function nameIndexedBy(node: NodeId, nodes: number, later?: NodeId): string {
  for (let number = 1; number < 1000; number += 1) {
    const name = `name-${number}`
    const isLater = later === undefined || directoryNodeOf(name, nodes - 1) === later
    if (directoryNodeOf(name, nodes) === node && isLater) return name
  }
  throw new Error(`node ${node} seems to index no name`)
}
