/** Several nodes whose sessions open and leave lockspaces: a session has the number of its node. */
import type { NodeId } from '@holdfast/primitives'
import type {
  LockCall,
  PlainCall,
  SessionCall,
  SessionEvent,
  SpaceAttributes,
} from '../../src/messages.ts'
import { Cluster, type Process } from '../harness/cluster.ts'
import { type View, ViewChain } from '../harness/view-chain.ts'

type OpenCall = Extract<SessionCall, { readonly kind: 'open-space' }>
type LeaveCall = Extract<SessionCall, { readonly kind: 'leave-space' }>
type Request = Extract<LockCall, { readonly kind: 'request' }>
type Convert = Extract<LockCall, { readonly kind: 'convert' }>
type LockMode = Request['mode']

/** How an open or a leave was answered. */
export interface Answer {
  readonly said: string
  readonly attributes?: SpaceAttributes
}

export class SpacesCluster {
  readonly cluster: Cluster
  readonly heard: { readonly node: NodeId; readonly event: SessionEvent }[] = []
  readonly #onEvent: (node: NodeId, event: SessionEvent) => void
  readonly #nodes = new Map<NodeId, Process>()
  readonly #chain = new ViewChain()
  readonly #leaving = new Set<NodeId>()
  #calls = 0

  constructor(
    ids: readonly NodeId[],
    seed: number | string = 1,
    onEvent: (node: NodeId, event: SessionEvent) => void = () => undefined,
  ) {
    this.#onEvent = onEvent
    this.cluster = new Cluster({
      seed,
      onEvent: ({ id }, _session, event) => this.#hear(id, event),
    })
    for (const id of ids) this.#nodes.set(id, this.cluster.boot(id))
    for (const [id, process] of this.#nodes) {
      this.cluster.give(process, { kind: 'session-opened', session: id, label: `of ${id}` })
    }
    this.change()
  }

  #hear(node: NodeId, event: SessionEvent): void {
    this.heard.push({ node, event })
    this.#onEvent(node, event)
  }

  /** The number that the next call will have: it may be answered at once. */
  get nextCall(): number {
    return this.#calls + 1
  }

  // --- calls: each returns its number, and nothing is delivered yet ------------------------------

  open(id: NodeId, options: Partial<OpenCall> = {}): number {
    return this.call(id, (call) => ({ kind: 'open-space', call, space: 's', ...options }))
  }

  leave(id: NodeId, force: LeaveCall['force'] = 'unused'): number {
    return this.call(id, (call) => ({ kind: 'leave-space', call, space: 's', force }))
  }

  request(id: NodeId, lock: number, mode: LockMode, options: Partial<Request> = {}): number {
    const resource = { space: 's', name: 'n' }
    const how = { resource, noQueue: false, useValue: true, notify: false, ...options }
    return this.call(id, (call) => ({ kind: 'request', call, lock, mode, ...how }))
  }

  convert(id: NodeId, lock: number, mode: LockMode, options: Partial<Convert> = {}): number {
    const how = { noQueue: false, queueFair: false, useValue: false, ...options }
    return this.call(id, (call) => ({ kind: 'convert', call, lock, mode, ...how }))
  }

  call(id: NodeId, toCall: (call: number) => LockCall | PlainCall): number {
    this.#calls += 1
    const call = this.#calls
    this.cluster.give(this.#node(id), { kind: 'call', session: id, call: toCall(call) })
    return call
  }

  endSession(id: NodeId): void {
    this.cluster.give(this.#node(id), { kind: 'session-closed', session: id })
  }

  // --- nodes and views ----------------------------------------------------------------------------

  /** Stops a node. What it has sent arrives, all of it or nothing. */
  die(id: NodeId, { mute = false }: { readonly mute?: boolean } = {}): void {
    const process = this.#node(id)
    if (mute) this.cluster.cut(process)
    this.cluster.halt(process)
    this.#nodes.delete(id)
  }

  nextView(knowsLastActive = true): View {
    const candidates = [...this.#nodes.values()].map(({ id, serial }) => {
      return { id, serial, leaving: this.#leaving.has(id) }
    })
    return this.#chain.next(candidates, knowsLastActive)
  }

  install(view: View): void {
    for (const { id } of view.members) this.cluster.install(this.#node(id), view)
  }

  activate(view: View): void {
    for (const { id } of view.members) this.cluster.activate(this.#node(id))
  }

  /** From the next view on it hands over. */
  handOver(id: NodeId): void {
    this.#leaving.add(id)
  }

  /** The whole change to a view of those that live. */
  change(evicted: readonly NodeId[] = []): void {
    const view = { ...this.nextView(), evicted }
    this.install(view)
    this.activate(view)
    this.cluster.settle()
  }

  // --- what came of it ----------------------------------------------------------------------------

  answer(call: number): Answer | undefined {
    const answers = this.heard.flatMap(({ event }) =>
      'call' in event && event.call === call ? [event] : [],
    )
    if (answers.length > 1) throw new Error(`call ${call} was answered ${answers.length} times`)
    const [event] = answers
    if (event?.kind === 'refused') return { said: event.reason }
    if (event?.kind !== 'space') return undefined
    const { outcome: said, attributes } = event
    return attributes === undefined ? { said } : { said, attributes }
  }

  /** `opened`, `left`, or the reason of a refusal. */
  said(call: number): string | undefined {
    return this.answer(call)?.said
  }

  completion(call: number): Extract<SessionEvent, { readonly kind: 'completion' }> | undefined {
    const found = this.heard.find(({ event }) => event.kind === 'completion' && event.call === call)
    return found?.event.kind === 'completion' ? found.event : undefined
  }

  outcome(call: number): string | undefined {
    return this.completion(call)?.outcome
  }

  /** What was heard of recovery: `1: stopped 2, lost 3`. */
  recoveries(): readonly string[] {
    return this.heard.flatMap(({ node, event }) => {
      if (event.kind !== 'recovery') return []
      return [`${node}: ${event.phase} ${event.epoch}, lost ${event.lost}`]
    })
  }

  /** No living node holds or masters anything. */
  get isIdle(): boolean {
    return [...this.#nodes.values()].every(({ engine }) => engine.idle)
  }

  get living(): readonly NodeId[] {
    return [...this.#nodes.keys()]
  }

  /** Locks of lockspaces, as their masters know them: `1: 2 PR`. */
  internalLocks(): readonly string[] {
    return [...this.#nodes.values()].flatMap(({ id, engine }) =>
      engine
        .locks(1_000)
        .filter(({ session }) => session === '0')
        .map(({ holder, granted, wanted }) => `${id}: ${holder} ${granted ?? wanted}`),
    )
  }

  /** Kinds of the lock messages under way between two nodes, oldest first. */
  underWay(from: NodeId, to: NodeId): readonly string[] {
    return this.cluster.underWay(from, to).map((message) => (message as { kind: string }).kind)
  }

  masterOf(name: string): NodeId | undefined {
    const masters = [...this.#nodes.values()].filter(({ engine }) =>
      engine.locks(1_000).some(({ resource }) => resource.space === '' && resource.name === name),
    )
    return masters[0]?.id
  }

  #node(id: NodeId): Process {
    const node = this.#nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }
}
