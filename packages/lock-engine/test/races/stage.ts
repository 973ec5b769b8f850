/**
 * A small cluster on which a test decides every step itself: which links are slow, who installs which
 * view, who dies when. After each step of an engine the stage looks whether two nodes hold one name
 * in modes that exclude each other, and throws when they do.
 */
import type { NodeId } from '@holdfast/primitives'
import type { EngineLimits, LockCall, LockMode } from '../../src/index.ts'
import { isCompatible } from '../../src/index.ts'
import { noteOf } from '../../src/mastery/move.ts'
import type { LockRange, SessionEvent } from '../../src/messages.ts'
import { overlaps } from '../../src/ranges/range.ts'
import { directoryNode } from '../../src/rendezvous.ts'
import { keyOf } from '../../src/resource-key.ts'
import type { Process } from '../harness/cluster.ts'
import { Cluster } from '../harness/cluster.ts'
import type { View } from '../harness/view-chain.ts'
import { ViewChain } from '../harness/view-chain.ts'

type Completion = Extract<SessionEvent, { readonly kind: 'completion' }>
type Request = Extract<LockCall, { readonly kind: 'request' }>
type Adopt = Extract<LockCall, { readonly kind: 'adopt' }>
type Convert = Extract<LockCall, { readonly kind: 'convert' }>

interface HeldLock {
  readonly node: NodeId
  readonly granted: LockMode
  readonly range: LockRange | undefined
}

/** What goes from one node to another: `1>2`. */
export type Link = `${NodeId}>${NodeId}`

export interface StageOptions {
  /** Members of the first view, which is active and open when the test begins. */
  readonly nodes: readonly NodeId[]
  /** Started as well, but in no view yet. */
  readonly later?: readonly NodeId[]
  readonly name: string
  readonly limits?: Partial<EngineLimits>
}

export interface ViewOptions {
  readonly members: readonly NodeId[]
  readonly leaving?: readonly NodeId[]
  /** Moves of the name that the view brings: from, to. */
  readonly moves?: readonly (readonly [NodeId, NodeId])[]
  /** Where it is not 1. */
  readonly weights?: Readonly<Record<NodeId, number>>
  /** Its proposer knows the view before to have been active; the default. */
  readonly follows?: 'an active view' | 'a view that was never active'
}

/** Text to write with a call that gives the value block up. */
interface Writes {
  readonly writes?: string
}

const space = 's'

/** A name that each given set of members has indexed by the given node. */
export function nameIndexedBy(...wishes: readonly [readonly NodeId[], NodeId][]): string {
  for (let number = 0; number < 100_000; number += 1) {
    const name = `name-${number}`
    const key = keyOf({ space, name })
    if (wishes.every(([members, node]) => indexedBy(key, members) === node)) return name
  }
  throw new Error('no name is indexed like that')
}

function indexedBy(key: string, members: readonly NodeId[]): NodeId {
  return directoryNode(
    key,
    members.map((id) => ({ id, weight: 1 })),
  )
}

export class Stage {
  readonly cluster: Cluster
  /** Who was told that a lock is in the way, and of which mode. */
  readonly blocked: { readonly node: NodeId; readonly lock: number; readonly mode: LockMode }[] = []
  readonly #name: string
  readonly #nodes = new Map<NodeId, Process>()
  readonly #chain = new ViewChain()
  readonly #completions = new Map<number, Completion[]>()
  readonly #sessions = new Map<NodeId, number>()
  #calls = 0

  constructor({ nodes, later = [], name, limits = {} }: StageOptions) {
    this.#name = name
    this.cluster = new Cluster({
      limits,
      onEvent: (process, _session, event) => this.#hear(process, event),
      onStep: ({ engine }) => {
        engine.checkInvariants()
        this.#checkHolders()
      },
    })
    for (const id of [...nodes, ...later]) this.#nodes.set(id, this.cluster.boot(id))
    this.change({ members: nodes })
    for (const process of this.#nodes.values()) this.#openSession(process)
  }

  node(id: NodeId): Process {
    const process = this.#nodes.get(id)
    if (process === undefined) throw new Error(`there is no node ${id}`)
    return process
  }

  // --- calls: each returns its number, and nothing is delivered yet ------------------------------

  request(id: NodeId, lock: number, mode: LockMode, options: Partial<Request> = {}): number {
    const resource = { space, name: this.#name }
    const defaults = { noQueue: false, useValue: false, notify: false }
    return this.#call(id, (call) => ({
      kind: 'request',
      alone: true,
      call,
      lock,
      resource,
      mode,
      ...defaults,
      ...options,
    }))
  }

  adopt(id: NodeId, lock: number, mode: LockMode, options: Partial<Adopt> = {}): number {
    const resource = { space, name: this.#name }
    const defaults = { useValue: false, notify: false }
    const asked = { lock, resource, mode, ...defaults, ...options }
    return this.#call(id, (call) => ({ kind: 'adopt', call, ...asked }))
  }

  convert(
    id: NodeId,
    lock: number,
    mode: LockMode,
    { writes, ...options }: Partial<Convert> & Writes = {},
  ): number {
    const defaults = { noQueue: false, queueFair: false, useValue: false }
    const value = writes === undefined ? {} : { useValue: true, value: bytesOf(writes) }
    return this.#call(id, (call) => ({
      kind: 'convert',
      call,
      lock,
      mode,
      ...defaults,
      ...value,
      ...options,
    }))
  }

  unlock(id: NodeId, lock: number, { writes }: Writes = {}): number {
    const value = writes === undefined ? {} : { value: bytesOf(writes) }
    return this.#call(id, (call) => ({ kind: 'unlock', call, lock, ...value }))
  }

  /** Unlocks, and marks the value not valid. */
  spoil(id: NodeId, lock: number): number {
    return this.#call(id, (call) => ({ kind: 'unlock', call, lock, invalidate: true }))
  }

  cancel(id: NodeId, lock: number): number {
    return this.#call(id, (call) => ({ kind: 'cancel', call, lock }))
  }

  /** Ends the session of the node, and opens another one in its place. */
  close(id: NodeId): void {
    const process = this.node(id)
    this.cluster.give(process, { kind: 'session-closed', session: this.#sessionOf(id) })
    this.#sessions.set(id, this.#sessionOf(id) + 1)
    this.#openSession(process)
  }

  #openSession(process: Process): void {
    const session = this.#sessionOf(process.id)
    this.cluster.give(process, { kind: 'session-opened', session, label: `of ${process.id}` })
  }

  #sessionOf(id: NodeId): number {
    return this.#sessions.get(id) ?? 1
  }

  #call(id: NodeId, toCall: (call: number) => LockCall): number {
    this.#calls += 1
    this.cluster.call(this.node(id), this.#sessionOf(id), toCall(this.#calls))
    return this.#calls
  }

  // --- what happens to messages and nodes --------------------------------------------------------

  /** Delivers everything, except what is on slow links. */
  settle(...slow: readonly Link[]): void {
    this.cluster.settle((from, to) => !slow.includes(`${from.id}>${to.id}`))
  }

  /** Delivers the oldest messages of one link. */
  deliver(link: Link, count: number): void {
    for (let number = 0; number < count; number += 1) {
      const isDelivered = this.cluster.deliverOne((from, to) => `${from.id}>${to.id}` === link)
      if (!isDelivered) throw new Error(`nothing more comes over ${link}`)
    }
  }

  /** Stops the node; what it has sent arrives. */
  die(...ids: readonly NodeId[]): void {
    for (const id of ids) this.cluster.halt(this.node(id))
  }

  /** Another start of a node that has stopped. */
  restart(id: NodeId): void {
    const process = this.cluster.boot(id)
    this.#nodes.set(id, process)
    this.#openSession(process)
  }

  /** Stops the node; nothing that is still under way from it arrives. */
  dieMute(id: NodeId): void {
    this.cluster.cut(this.node(id))
    this.cluster.halt(this.node(id))
  }

  nextView(options: ViewOptions): View {
    const { members, leaving = [], moves = [], weights = {} } = options
    const { follows = 'an active view' } = options
    const key = keyOf({ space, name: this.#name })
    const candidates = members.map((id) => ({
      id,
      serial: this.node(id).serial,
      leaving: leaving.includes(id),
      weight: weights[id] ?? 1,
    }))
    const notes = moves.map(([from, to]) => noteOf({ key, from, to }))
    return this.#chain.next(candidates, follows === 'an active view', notes)
  }

  install(view: View, nodes: readonly NodeId[] = idsOf(view)): void {
    for (const id of nodes) this.cluster.install(this.node(id), view)
  }

  activate(view: View): void {
    for (const id of idsOf(view)) this.cluster.activate(this.node(id))
  }

  /** The whole change: all members that live install it, it becomes active, and all is told. */
  change(options: ViewOptions): void {
    const view = this.nextView(options)
    this.install(view)
    this.settle()
    this.activate(view)
    this.settle()
  }

  // --- what came of it ---------------------------------------------------------------------------

  /** How a call ended, undefined while it has not; a call that ends twice is a fault. */
  completion(call: number): Completion | undefined {
    const [first, ...others] = this.#completions.get(call) ?? []
    if (others.length > 0) throw new Error(`call ${call} ended ${others.length + 1} times`)
    return first
  }

  outcome(call: number): Completion['outcome'] | undefined {
    return this.completion(call)?.outcome
  }

  /** The value that came with a grant: its text, and whether it is valid. */
  value(call: number): { readonly text: string; readonly valid: boolean } | undefined {
    const value = this.completion(call)?.value
    return value && { text: String.fromCharCode(...value.bytes), valid: value.valid }
  }

  /** Who masters the name, as each of these nodes would be told: it asks for NL, and gives it up again. */
  masters(...askers: readonly NodeId[]): readonly (NodeId | undefined)[] {
    return askers.map((id) => {
      const lock = 1_000_000 + this.#calls
      this.request(id, lock, 'NL')
      this.settle()
      const master = this.#running().find(({ engine }) =>
        engine.locks(1000).some(({ holder, granted }) => holder === id && granted === 'NL'),
      )
      this.unlock(id, lock)
      this.settle()
      return master?.id
    })
  }

  /** Who holds the name in which mode, as the holders know it: `3 EX`. */
  holders(): readonly string[] {
    return this.#held().map(({ node, granted }) => `${node} ${granted}`)
  }

  /** Who holds a part of the name: `3 EX 0-9`. */
  ranges(): readonly string[] {
    return this.#held().flatMap(({ node, granted, range }) =>
      range === undefined ? [] : [`${node} ${granted} ${range.start}-${range.end}`],
    )
  }

  /** What the masters know of the name, by master: `2: 3 EX granted`. */
  copies(): readonly string[] {
    return this.#running().flatMap(({ id, engine }) =>
      engine
        .locks(100)
        .map(
          ({ holder, granted, wanted, queue }) => `${id}: ${holder} ${granted ?? wanted} ${queue}`,
        ),
    )
  }

  #running(): readonly Process[] {
    return [...this.#nodes.values()].filter(({ state }) => state !== 'halted')
  }

  #held(): readonly HeldLock[] {
    return this.#running().flatMap(({ id, engine }) =>
      engine.held().flatMap(({ granted, range, resource, unlocking, orphan }) => {
        const isHeld = granted !== undefined && !unlocking && !orphan
        if (!isHeld || resource.path !== undefined) return []
        return [{ node: id, granted, range }]
      }),
    )
  }

  #hear({ id }: Process, event: SessionEvent): void {
    if (event.kind === 'blocking') {
      this.blocked.push({ node: id, lock: event.lock, mode: event.mode })
    }
    if (event.kind !== 'completion') return
    this.#completions.set(event.call, [...(this.#completions.get(event.call) ?? []), event])
  }

  #checkHolders(): void {
    const held = this.#held()
    for (const [place, one] of held.entries()) {
      const other = held
        .slice(place + 1)
        .find(
          ({ granted, range }) => !isCompatible(one.granted, granted) && overlaps(one.range, range),
        )
      if (other === undefined) continue
      throw new Error(`held at once: ${one.node} ${one.granted}, ${other.node} ${other.granted}`)
    }
  }
}

function idsOf(view: View): readonly NodeId[] {
  return view.members.map(({ id }) => id)
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
