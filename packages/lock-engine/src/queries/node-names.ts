import type { NodeId, NodeName } from '@holdfast/primitives'
import type { EngineView } from '../view.ts'

/** What nodes are called: members, and those that were members while this node was one. */
export class NodeNames {
  readonly #names = new Map<NodeId, NodeName>()
  readonly #ids = new Map<NodeName, NodeId>()

  install({ members }: EngineView): void {
    for (const { id, name = `node ${id}` } of members) {
      this.#names.set(id, name)
      this.#ids.set(name, id)
    }
  }

  nameOf(id: NodeId): NodeName {
    return this.#names.get(id) ?? `node ${id}`
  }

  idOf(name: NodeName): NodeId | undefined {
    return this.#ids.get(name)
  }
}
