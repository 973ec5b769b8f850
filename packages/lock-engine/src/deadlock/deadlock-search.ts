/**
 * The deadlock search of one node.
 *
 * One node searches for all, the lowest-numbered eligible member of the view, so that no two searches
 * judge one cycle at once. Every node tells it which calls have waited long, and answers its questions.
 * All that is under way ends with the view.
 */
import { type Instant, type NodeId, unreachable } from '@holdfast/primitives'
import type { EngineView } from '../view.ts'
import { changedOf, tell } from './answers.ts'
import { Batch, type BatchTally } from './batch.ts'
import { type DeadlockMessage, waitsPerMessageMax } from './deadlock-messages.ts'
import { keyOfLock, type LockRef, type WaitGraph } from './graph.ts'
import type { MasteredLock } from './reading.ts'
import { defaultSearchLimits, type SearchLimits } from './search-limits.ts'

/** A batch is over. */
export type SearchFact = { readonly kind: 'deadlock-search' } & BatchTally

/** What the search orders. */
export interface SearchOrders {
  /** To another member, or to this node itself; handled after the present input, in order. */
  send(to: NodeId, message: DeadlockMessage): void
  observe(fact: SearchFact): void
}

export class DeadlockSearch {
  readonly #graph: WaitGraph
  readonly #orders: SearchOrders
  readonly #limits: SearchLimits
  #self: NodeId = 0
  #members: readonly NodeId[] = []
  #searcher: NodeId | undefined
  #asks = 0
  /** At the searcher: what no batch has looked at yet, oldest first. */
  readonly #queued = new Map<string, MasteredLock>()
  #batch: Batch | undefined
  /** Something that was due found no place in the queue. */
  #dropped = false
  /** When this node may name again what is due, and when it may start a batch. */
  #nextDueAt: Instant = 0
  #nextBatchAt: Instant = 0

  constructor(graph: WaitGraph, orders: SearchOrders, limits: Partial<SearchLimits> = {}) {
    this.#graph = graph
    this.#orders = orders
    this.#limits = { ...defaultSearchLimits, ...limits }
  }

  install({ self, members }: EngineView): void {
    const eligible = members.filter((member) => member.eligible).map(({ id }) => id)
    this.#self = self
    this.#members = members.map(({ id }) => id)
    this.#searcher = eligible.length === 0 ? undefined : Math.min(...eligible)
    this.#queued.clear()
    this.#batch = undefined
  }

  /** Nothing happens before the deadline. */
  tick(now: Instant): void {
    if (now >= this.#nextDueAt) this.#nameDue(now)
    this.#goOn(now)
  }

  /** When to tick: something is due, or a batch can start. */
  deadline(): Instant | undefined {
    const due = this.#graph.deadline()
    const dueAt = due === undefined ? undefined : Math.max(due, this.#nextDueAt)
    if (this.#batch !== undefined || this.#queued.size === 0) return dueAt
    return Math.min(this.#nextBatchAt, dueAt ?? this.#nextBatchAt)
  }

  /** One message: what does not fit goes into the next, after a pause. */
  #nameDue(now: Instant): void {
    const waits = this.#graph.due(now, waitsPerMessageMax)
    if (waits.length === 0) return
    this.#nextDueAt = now + this.#limits.pauseMs
    if (this.#searcher === undefined) return
    this.#orders.send(this.#searcher, { kind: 'deadlock-due', waits })
  }

  /** From a member of the installed view, in its epoch. */
  onMessage(from: NodeId, message: DeadlockMessage, now: Instant): void {
    switch (message.kind) {
      case 'deadlock-due':
        if (this.#self === this.#searcher) this.#onDue(from, message.waits, now)
        break
      case 'deadlock-ask':
      case 'deadlock-check':
      case 'deadlock-victim':
        if (from === this.#searcher) this.#answer(from, message)
        break
      case 'deadlock-told':
        this.#batch?.onTold(from, message, now)
        break
      case 'deadlock-checked':
        this.#batch?.onChecked(from, message)
        break
      case 'deadlock-ended':
        this.#batch?.onEnded(from, message)
        break
      default:
        unreachable(message)
    }
    this.#goOn(now)
  }

  #answer(
    to: NodeId,
    question: Extract<
      DeadlockMessage,
      { readonly kind: 'deadlock-ask' | 'deadlock-check' | 'deadlock-victim' }
    >,
  ): void {
    const { ask } = question
    if (question.kind === 'deadlock-ask') {
      for (const told of tell(this.#graph, question)) this.#orders.send(to, told)
    } else if (question.kind === 'deadlock-check') {
      const changed = changedOf(this.#graph, question)
      this.#orders.send(to, { kind: 'deadlock-checked', ask, changed })
    } else {
      const denied = this.#graph.deny(question.wait, question.cycle)
      this.#orders.send(to, { kind: 'deadlock-ended', ask, denied })
    }
  }

  #onDue(master: NodeId, waits: readonly LockRef[], now: Instant): void {
    if (this.#queued.size === 0) this.#nextBatchAt = now + this.#limits.pauseMs
    for (const { holder, lock } of waits) {
      const call = { holder, lock, master }
      if (this.#queued.size < this.#limits.waitsQueuedMax) this.#queued.set(keyOfLock(call), call)
      else this.#dropped = true
    }
  }

  /** Ends a batch that is over, and starts the next one when it is time and something waits for it. */
  #goOn(now: Instant): void {
    if (this.#batch?.isOver === true) {
      const { tally } = this.#batch
      this.#orders.observe({ kind: 'deadlock-search', ...tally, cut: tally.cut || this.#dropped })
      this.#batch = undefined
      this.#dropped = false
    }
    if (this.#batch !== undefined || this.#queued.size === 0 || now < this.#nextBatchAt) return
    // Half, so that there is room for the calls that they lead to.
    const startMax = Math.ceil(this.#limits.waitsPerBatchMax / 2)
    const start = [...this.#queued.values()].slice(0, startMax)
    for (const call of start) this.#queued.delete(keyOfLock(call))
    this.#batch = new Batch(
      {
        members: this.#members,
        limits: this.#limits,
        nextAsk: () => this.#nextAsk(),
        send: (to, message) => this.#orders.send(to, message),
      },
      start,
    )
  }

  #nextAsk(): number {
    this.#asks += 1
    return this.#asks
  }
}
