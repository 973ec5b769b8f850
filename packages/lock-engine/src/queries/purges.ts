/** Purges over the cluster: every member frees the orphans that its sessions have left behind. */
import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { nameBytesMax } from '../limits.ts'
import { refusalOf, type SessionCall } from '../messages.ts'
import type { QueryMessage } from './query-messages.ts'

export type PurgeCall = Extract<SessionCall, { readonly kind: 'purge' }>
type Told = Extract<QueryMessage, { readonly kind: 'purge-told' }>

interface Pending {
  readonly session: number
  readonly call: PurgeCall
  readonly waitsFor: Set<NodeId>
  count: number
}

const changedMeanwhile =
  'the cluster has changed meanwhile, and not every node has answered: purge again'

export class Purges {
  readonly #core: Core
  readonly #send: (to: NodeId, message: QueryMessage) => void
  readonly #pending = new Map<number, Pending>()
  #asks = 0

  constructor(core: Core, send: (to: NodeId, message: QueryMessage) => void) {
    this.#core = core
    this.#send = send
  }

  install(): void {
    for (const { session, call } of this.#pending.values()) {
      this.#core.event(session, refusalOf(call, changedMeanwhile))
    }
    this.#pending.clear()
  }

  sessionEnded(session: number): void {
    for (const [ask, pending] of this.#pending) {
      if (pending.session === session) this.#pending.delete(ask)
    }
  }

  call(session: number, call: PurgeCall): void {
    const { space, node } = call
    const { purgesMax } = this.#core.limits
    const members = this.#core.view.members.map(({ id }) => id)
    const asked = node === undefined ? members : members.filter((id) => id === node)
    const fault = spaceFault(space)
    if (fault !== undefined) this.#core.event(session, refusalOf(call, fault))
    else if (asked.length === 0) {
      const reason = `node ${node} is no member, and the orphans of a node go with it`
      this.#core.event(session, refusalOf(call, reason))
    } else if (this.#pending.size >= purgesMax) {
      const reason = `this node makes ${purgesMax} purges already: try again later`
      this.#core.event(session, refusalOf(call, reason))
    } else {
      this.#asks += 1
      const ask = this.#asks
      this.#pending.set(ask, { session, call, waitsFor: new Set(asked), count: 0 })
      for (const to of asked) {
        this.#send(to, { kind: 'purge-ask', ask, ...(space === undefined ? {} : { space }) })
      }
    }
  }

  onTold(from: NodeId, { ask, count }: Told): void {
    const pending = this.#pending.get(ask)
    if (pending?.waitsFor.delete(from) !== true) return
    pending.count += count
    if (pending.waitsFor.size > 0) return
    this.#pending.delete(ask)
    const { session, call } = pending
    this.#core.event(session, { kind: 'purged', call: call.call, count: pending.count })
  }
}

function spaceFault(space: string | undefined): string | undefined {
  if (space === undefined || (space.length > 0 && space.length <= nameBytesMax)) return undefined
  return `a lockspace name has 1 to ${nameBytesMax} bytes`
}
