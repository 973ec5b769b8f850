import type { NodeId } from '@holdfast/primitives'
import type { HolderMessage } from '../lock-messages.ts'
import type { Resource } from './resource.ts'

export interface StashedMessage {
  readonly from: NodeId
  readonly message: HolderMessage
}

/** What waits for trees to open, in order; and in which tree a lock waits that has no copy yet. */
export class Stash {
  readonly #byRoot = new Map<Resource, StashedMessage[]>()
  readonly #roots = new Map<string, Resource>()

  add(root: Resource, stashed: StashedMessage): void {
    const messages = this.#byRoot.get(root) ?? []
    messages.push(stashed)
    this.#byRoot.set(root, messages)
    if (stashed.message.kind === 'request') this.#roots.set(nameOf(stashed), root)
  }

  /** Where the request of a lock waits, so that what follows it waits behind it. */
  rootOf(holder: NodeId, lock: number): Resource | undefined {
    return this.#roots.get(`${holder}/${lock}`)
  }

  take(root: Resource): readonly StashedMessage[] {
    const messages = this.#byRoot.get(root) ?? []
    this.#byRoot.delete(root)
    for (const stashed of messages) this.#roots.delete(nameOf(stashed))
    return messages
  }
}

function nameOf({ from, message }: StashedMessage): string {
  return `${from}/${message.lock}`
}
