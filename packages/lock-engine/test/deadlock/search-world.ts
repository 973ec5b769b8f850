/**
 * The deadlock searches of several nodes over one board, with links that deliver in order, after a
 * delay. Virtual time; nothing happens between two events.
 */
import type { Instant, NodeId, Random } from '@holdfast/primitives'
import { createRandom } from '@holdfast/primitives'
import type { DeadlockMessage } from '../../src/deadlock/deadlock-messages.ts'
import { isDeadlockMessage } from '../../src/deadlock/deadlock-messages.ts'
import { DeadlockSearch, type SearchFact } from '../../src/deadlock/deadlock-search.ts'
import type { WaitGraph } from '../../src/deadlock/graph.ts'
import type { SearchLimits } from '../../src/deadlock/search-limits.ts'
import { Board, type BoardLock, callsOnCycles, nameOfCall } from './board.ts'

interface Event {
  readonly at: Instant
  readonly serial: number
  readonly run: () => void
}

export interface WorldOptions {
  readonly nodes: number
  readonly seed?: string
  readonly deadlockMs?: number
  /** Of each message, ms: from 1 to this. Default 10. */
  readonly delayMax?: number
  readonly limits?: Partial<SearchLimits>
  /** Changes what is delivered: for planted bugs and lying nodes. */
  readonly bend?: (message: DeadlockMessage, from: NodeId, to: NodeId) => DeadlockMessage
  /** Changes what a node knows: for planted bugs. */
  readonly bendGraph?: (graph: WaitGraph, board: Board) => WaitGraph
}

export interface Victim {
  readonly lock: BoardLock
  readonly at: Instant
  /** The call was on a cycle when the last check before was sent. */
  readonly wasOnCycle: boolean
  /** It still was when it was denied. */
  readonly isOnCycle: boolean
}

export class SearchWorld {
  readonly board: Board
  readonly random: Random
  readonly victims: Victim[] = []
  readonly facts: SearchFact[] = []
  /** What went over links, by kind. */
  readonly sent = new Map<string, number>()
  readonly #options: WorldOptions
  readonly #searches = new Map<NodeId, DeadlockSearch>()
  readonly #arrivals = new Map<string, Instant>()
  #members: readonly NodeId[] = []
  #epoch = 0
  #events: Event[] = []
  #serial = 0
  #checked: ReadonlySet<string> = new Set()

  constructor(options: WorldOptions) {
    this.#options = options
    this.board = new Board(options.deadlockMs ?? 1000)
    this.random = createRandom(options.seed ?? 'search')
    for (let node = 1; node <= options.nodes; node += 1) this.#addSearch(node)
    this.install([...this.#searches.keys()])
  }

  #addSearch(node: NodeId): void {
    const real = this.#watched(this.board.graphOf(node))
    const graph = this.#options.bendGraph?.(real, this.board) ?? real
    const orders = {
      send: (to: NodeId, message: DeadlockMessage) => this.#send(node, to, message),
      observe: (fact: SearchFact) => void this.facts.push(fact),
    }
    const limits = { pauseMs: 1, ...this.#options.limits }
    this.#searches.set(node, new DeadlockSearch(graph, orders, limits))
  }

  #watched(graph: WaitGraph): WaitGraph {
    return {
      ...graph,
      deny: (name, cycle) => {
        const onCycles = callsOnCycles(this.board)
        const denied = graph.deny(name, cycle)
        const lock = this.board.find(name)
        if (!denied || lock === undefined) return denied
        const call = nameOfCall(name)
        const wasOnCycle = this.#checked.has(call)
        const isOnCycle = onCycles.has(call)
        this.victims.push({ lock, at: this.board.now, wasOnCycle, isOnCycle })
        return denied
      },
    }
  }

  /** A new view of these nodes; those in `handingOver` are not eligible. */
  install(members: readonly NodeId[], handingOver: readonly NodeId[] = []): void {
    this.#epoch += 1
    this.#members = members
    for (const self of members) {
      this.search(self).install({
        epoch: this.#epoch,
        settled: this.#epoch - 1,
        self,
        members: members.map((id) => ({
          id,
          joined: 1,
          eligible: !handingOver.includes(id),
          weight: 1,
        })),
        notes: [],
      })
    }
  }

  search(node: NodeId): DeadlockSearch {
    return this.#searches.get(node) as DeadlockSearch
  }

  get epoch(): number {
    return this.#epoch
  }

  get messages(): number {
    return [...this.sent.values()].reduce((sum, count) => sum + count, 0)
  }

  #send(from: NodeId, to: NodeId, message: DeadlockMessage): void {
    if (!isDeadlockMessage(message)) throw new Error(`not a message: ${JSON.stringify(message)}`)
    if (message.kind === 'deadlock-check') this.#checked = callsOnCycles(this.board)
    const delay = from === to ? 0 : 1 + this.random.below(this.#options.delayMax ?? 10)
    if (from !== to) this.sent.set(message.kind, (this.sent.get(message.kind) ?? 0) + 1)
    const link = `${from}>${to}`
    const at = Math.max(this.board.now + delay, this.#arrivals.get(link) ?? 0)
    this.#arrivals.set(link, at)
    const epoch = this.#epoch
    this.at(at, () => this.#deliver({ from, to, epoch, message }))
  }

  #deliver(parcel: {
    readonly from: NodeId
    readonly to: NodeId
    readonly epoch: number
    readonly message: DeadlockMessage
  }): void {
    const { from, to, epoch, message } = parcel
    if (epoch !== this.#epoch || !this.#members.includes(to)) return
    const bent = this.#options.bend?.(message, from, to) ?? message
    this.search(to).onMessage(from, bent, this.board.now)
  }

  at(at: Instant, run: () => void): void {
    this.#serial += 1
    this.#events.push({ at, serial: this.#serial, run })
  }

  /** Lets everything happen up to that instant. */
  runUntil(end: Instant): void {
    for (;;) {
      const event = this.#events.reduce<Event | undefined>(earlier, undefined)
      const due = Math.min(...this.#members.map((id) => this.search(id).deadline() ?? end + 1))
      const at = Math.min(event?.at ?? end + 1, due)
      if (at > end) break
      this.board.now = Math.max(this.board.now, at)
      if (event !== undefined && event.at <= due) {
        this.#events = this.#events.filter((other) => other !== event)
        event.run()
      } else {
        for (const id of this.#members) this.search(id).tick(this.board.now)
      }
    }
    this.board.now = end
  }

  runFor(ms: number): void {
    this.runUntil(this.board.now + ms)
  }
}

function earlier(a: Event | undefined, b: Event): Event {
  if (a === undefined || b.at < a.at) return b
  return b.at === a.at && b.serial < a.serial ? b : a
}
