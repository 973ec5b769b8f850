/**
 * Engines with lockspaces on them. The engine of today keeps no lockspaces, so this stands between:
 * it gives each engine the calls of session 0 and its events to the lockspaces, between the steps of
 * the tables.
 */
import type { NodeId } from '@holdfast/primitives'
import type { LockCall, SessionCall, SessionEvent, SpaceAttributes } from '../../src/messages.ts'
import type { SpaceLock } from '../../src/spaces/port.ts'
import { Spaces } from '../../src/spaces/spaces.ts'
import { Cluster, type Process } from '../harness/cluster.ts'
import { type View, ViewChain } from '../harness/view-chain.ts'

type OpenCall = Extract<SessionCall, { readonly kind: 'open-space' }>
type LeaveCall = Extract<SessionCall, { readonly kind: 'leave-space' }>
type LockCallOf<Kind> = Extract<LockCall, { readonly kind: Kind }>

interface Node {
  readonly process: Process
  readonly spaces: Spaces
  /** Events of session 0 that the lockspaces have not been given. */
  readonly internal: SessionEvent[]
  pumping: boolean
  epoch: number
  active: boolean
  open: boolean
}

/** How an open or a leave was answered. */
export interface Answer {
  readonly said: string
  readonly attributes?: SpaceAttributes
}

export class SpacesCluster {
  readonly cluster: Cluster
  /** What was told to the sessions of each node: a session has the number of its node. */
  readonly heard: { readonly node: NodeId; readonly event: SessionEvent }[] = []
  readonly #nodes = new Map<NodeId, Node>()
  readonly #byProcess = new Map<Process, Node>()
  readonly #onEvent: (node: NodeId, event: SessionEvent) => void
  readonly #chain = new ViewChain()
  #calls = 0

  constructor(
    ids: readonly NodeId[],
    seed: number | string = 1,
    onEvent: (node: NodeId, event: SessionEvent) => void = () => undefined,
  ) {
    this.#onEvent = onEvent
    this.cluster = new Cluster({
      seed,
      onEvent: (process, session, event) => this.#hear(process, session, event),
      onStep: (process) => this.#step(process),
    })
    for (const id of ids) this.#boot(id)
    this.change()
  }

  #boot(id: NodeId): void {
    const process = this.cluster.boot(id)
    const node: Node = {
      process,
      spaces: this.#createSpaces(process),
      internal: [],
      pumping: false,
      epoch: 0,
      active: false,
      open: false,
    }
    this.#nodes.set(id, node)
    this.#byProcess.set(process, node)
    for (const session of [0, id]) {
      const label = session === 0 ? 'lockspaces' : `of ${id}`
      this.cluster.give(process, { kind: 'session-opened', session, label })
    }
  }

  #createSpaces(process: Process): Spaces {
    return new Spaces({
      call: (call) => this.cluster.call(process, 0, withOldName(call)),
      event: (_session, event) => this.#tell(process.id, event),
      locksOf: (session, space) => locksOf(process, session, space),
      discard: (session, lock) => {
        this.#calls += 1
        const unlock = { kind: 'unlock', call: this.#calls, lock } as const
        this.cluster.call(process, session, unlock)
      },
    })
  }

  #hear(process: Process, session: number, event: SessionEvent): void {
    if (session !== 0) this.#tell(process.id, event)
    else this.#byProcess.get(process)?.internal.push(event)
  }

  #tell(node: NodeId, event: SessionEvent): void {
    this.heard.push({ node, event })
    this.#onEvent(node, event)
  }

  /** After each step of an engine. */
  #step(process: Process): void {
    const node = this.#byProcess.get(process)
    if (node === undefined || node.pumping || process.state === 'halted') return
    node.pumping = true
    for (let event = node.internal.shift(); event !== undefined; event = node.internal.shift()) {
      node.spaces.onInternalEvent(event)
    }
    this.#tellOfView(node, process.view)
    node.pumping = false
  }

  #tellOfView(node: Node, view: View | undefined): void {
    const { process, spaces } = node
    if (view !== undefined && view.epoch !== node.epoch) {
      const before = this.#chain.views.find(({ epoch }) => epoch === node.epoch)?.members ?? []
      const lost = before.filter((one) => !view.members.some(({ serial }) => serial === one.serial))
      Object.assign(node, { epoch: view.epoch, active: false, open: false })
      spaces.onInstalled({ epoch: view.epoch, members: idsOf(view.members), lost: idsOf(lost) })
    }
    if (process.active && !node.active) spaces.onActivated()
    if (process.open && !node.open) spaces.onOpened()
    Object.assign(node, { active: process.active, open: process.open })
  }

  /** The number that the next call will have: it may be answered at once. */
  get nextCall(): number {
    return this.#calls + 1
  }

  // --- calls: each returns its number, and nothing is delivered yet ------------------------------

  open(id: NodeId, options: Partial<OpenCall> = {}): number {
    this.#calls += 1
    const call = { kind: 'open-space', call: this.#calls, space: 's', ...options } as const
    this.#node(id).spaces.call(id, call)
    return this.#calls
  }

  leave(id: NodeId, force: LeaveCall['force'] = 'unused'): number {
    this.#calls += 1
    const call = this.#calls
    this.#node(id).spaces.call(id, { kind: 'leave-space', call, space: 's', force })
    return call
  }

  request(id: NodeId, lock: number, mode: LockCallOf<'request'>['mode']): number {
    this.#calls += 1
    const resource = { space: 's', name: 'n' }
    const how = { noQueue: false, useValue: true, notify: false }
    const call = { kind: 'request', call: this.#calls, lock, resource, mode, ...how } as const
    this.cluster.call(this.#node(id).process, id, call)
    return this.#calls
  }

  endSession(id: NodeId): void {
    this.cluster.give(this.#node(id).process, { kind: 'session-closed', session: id })
    this.#node(id).spaces.sessionEnded(id)
  }

  // --- nodes and views ----------------------------------------------------------------------------

  /** Stops a node. What it has sent arrives, all of it or nothing. */
  die(id: NodeId, { mute = false }: { readonly mute?: boolean } = {}): void {
    const { process } = this.#node(id)
    if (mute) this.cluster.cut(process)
    this.cluster.halt(process)
    this.#nodes.delete(id)
  }

  nextView(knowsLastActive = true): View {
    const candidates = [...this.#nodes.values()].map(({ process: { id, serial } }) => ({
      id,
      serial,
    }))
    return this.#chain.next(candidates, knowsLastActive)
  }

  install(view: View): void {
    for (const { id } of view.members) this.cluster.install(this.#node(id).process, view)
  }

  activate(view: View): void {
    for (const { id } of view.members) this.cluster.activate(this.#node(id).process)
  }

  /** The whole change to a view of those that live. */
  change(): void {
    const view = this.nextView()
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

  said(call: number): string | undefined {
    return this.answer(call)?.said
  }

  outcome(call: number): string | undefined {
    const found = this.heard.find(({ event }) => event.kind === 'completion' && event.call === call)
    return found?.event.kind === 'completion' ? found.event.outcome : undefined
  }

  get living(): readonly NodeId[] {
    return [...this.#nodes.keys()]
  }

  attributesAt(id: NodeId, space = 's'): SpaceAttributes {
    return this.#node(id).spaces.attributesOf(space)
  }

  /** Locks of lockspaces, as their masters know them: `1: 2 PR`. */
  internalLocks(): readonly string[] {
    return [...this.#nodes.values()].flatMap(({ process: { id, engine } }) =>
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

  masterOf(space: string): NodeId | undefined {
    const name = oldName(space)
    const masters = [...this.#nodes.values()].filter(({ process: { engine } }) =>
      engine.locks(1_000).some(({ resource }) => resource.name === name),
    )
    return masters[0]?.process.id
  }

  #node(id: NodeId): Node {
    const node = this.#nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }
}

function idsOf(members: View['members']): readonly NodeId[] {
  return members.map(({ id }) => id)
}

function locksOf({ engine }: Process, session: number, space: string): readonly SpaceLock[] {
  return engine
    .held()
    .filter((held) => held.session === session && held.resource.space === space && !held.unlocking)
    .map(({ lock, granted }) => ({ lock, level: 0, ...(granted === undefined ? {} : { granted }) }))
}

/** The engine of today has no lockspace without a name, and takes text only. */
function withOldName(call: LockCall): LockCall {
  if (call.kind !== 'request') return call
  return { ...call, resource: { space: 'lockspaces', name: oldName(call.resource.name) } }
}

function oldName(space: string): string {
  return [...space].map((byte) => byte.charCodeAt(0).toString(16)).join('-')
}
