/**
 * Queries and purges over the cluster.
 *
 *   session ── query ──► asking ── query-ask ──► answering, at each member in turn
 *                           └◄──── query-told ────┘
 *   session ── purge ──► purges ── purge-ask ──► every member at once
 *
 * All that is under way ends with the view: what a session waits for is refused, with words.
 */
import { type Instant, type NodeId, unreachable } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { MasterTable } from '../master/master-table.ts'
import { Answering } from './answering.ts'
import { Asking } from './asking.ts'
import { NodeNames } from './node-names.ts'
import { type PurgeCall, Purges } from './purges.ts'
import type { QueryCall } from './query-call.ts'
import type { QueryMessage } from './query-messages.ts'

export interface QueryOrders {
  /** To another member, or to this node itself; handled after the present input, in order. */
  send(to: NodeId, message: QueryMessage): void
  /** Frees the orphans of this node, in one lockspace or all. Returns how many. */
  purge(space: string | undefined): number
}

export class Queries {
  readonly #orders: QueryOrders
  readonly #core: Core
  readonly #names = new NodeNames()
  readonly #answering: Answering
  readonly #asking: Asking
  readonly #purges: Purges

  constructor(core: Core, masters: MasterTable, orders: QueryOrders) {
    const send = (to: NodeId, message: QueryMessage): void => orders.send(to, message)
    this.#core = core
    this.#orders = orders
    this.#answering = new Answering(core, masters, send)
    this.#asking = new Asking(core, this.#names, send)
    this.#purges = new Purges(core, send)
  }

  install(): void {
    this.#names.install(this.#core.view)
    this.#answering.install()
    this.#asking.install()
    this.#purges.install()
  }

  /** Before each input: what waited for its turn goes on. */
  newTurn(): void {
    this.#answering.newTurn()
  }

  deadline(): Instant | undefined {
    return this.#answering.deadline()
  }

  call(session: number, call: QueryCall | PurgeCall): void {
    if (call.kind === 'query') this.#asking.call(session, call)
    else this.#purges.call(session, call)
  }

  sessionEnded(session: number): void {
    this.#asking.sessionEnded(session)
    this.#purges.sessionEnded(session)
  }

  /** From a member of the installed view, in its epoch. */
  onMessage(from: NodeId, message: QueryMessage): void {
    switch (message.kind) {
      case 'query-ask':
        this.#answering.onAsk(from, message)
        break
      case 'query-told':
        this.#asking.onTold(from, message)
        break
      case 'purge-ask': {
        const count = this.#orders.purge(message.space)
        this.#orders.send(from, { kind: 'purge-told', ask: message.ask, count })
        break
      }
      case 'purge-told':
        this.#purges.onTold(from, message)
        break
      default:
        unreachable(message)
    }
  }
}
