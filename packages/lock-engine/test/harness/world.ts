/** A cluster with sessions: what most tests begin with. */
import type { NodeId } from '@holdfast/primitives'
import type { LockCall, PlainCall } from '../../src/index.ts'
import type {
  GrantTerms,
  LockMode,
  LockReport,
  Outcome,
  SessionCall,
  SessionEvent,
} from '../../src/messages.ts'
import type { ClusterOptions, Process } from './cluster.ts'
import { Cluster } from './cluster.ts'
import type { Candidate, View } from './view-chain.ts'
import { ViewChain } from './view-chain.ts'

export type Completion = Extract<SessionEvent, { kind: 'completion' }>

export type Answer = Extract<SessionEvent, { kind: 'report' | 'purged' | 'space' | 'refused' }>
type Query = Extract<SessionCall, { kind: 'query' }>

export interface RequestOptions extends Partial<GrantTerms> {
  readonly useValue?: boolean
  readonly notify?: boolean
  readonly space?: string
  readonly parent?: Held
  readonly owner?: string
}

export interface ConvertOptions extends Partial<GrantTerms> {
  readonly queueFair?: boolean
  readonly useValue?: boolean
  readonly value?: Uint8Array
}

export interface UnlockOptions {
  readonly value?: Uint8Array
  readonly invalidate?: boolean
}

/** A lock as its owner knows it. */
export interface Held {
  readonly session: Session
  readonly number: number
  readonly completions: Completion[]
  readonly blocking: LockMode[]
}

export interface Session {
  readonly number: number
  readonly process: Process
  readonly completions: Map<number, Completion>
  /** Of calls that name no lock. */
  readonly answers: Map<number, Answer>
  readonly locks: Map<number, Held>
  calls: number
  closed: boolean
}

export interface WorldOptions extends ClusterOptions {
  readonly nodes?: number
  /** False: no view is installed at first. */
  readonly start?: boolean
}

export class World {
  readonly cluster: Cluster
  readonly chain = new ViewChain()
  readonly sessions: Session[] = []
  readonly #current = new Map<NodeId, Process>()

  constructor({ nodes = 1, start = true, ...options }: WorldOptions = {}) {
    const inner = options.onEvent
    this.cluster = new Cluster({
      ...options,
      onEvent: (process, session, event) => {
        this.#collect(process, session, event)
        inner?.(process, session, event)
      },
    })
    for (let id = 1; id <= nodes; id += 1) this.#current.set(id, this.cluster.boot(id))
    if (start) this.changeView()
  }

  node(id: NodeId): Process {
    const process = this.#current.get(id)
    if (process === undefined) throw new Error(`there is no node ${id}`)
    return process
  }

  /** Another start of the node; it is in the next view that is proposed. */
  boot(id: NodeId): Process {
    const process = this.cluster.boot(id)
    this.#current.set(id, process)
    return process
  }

  /** Dead or gone: not in the next view that is proposed. */
  halt(id: NodeId): void {
    this.cluster.halt(this.node(id))
    this.#current.delete(id)
  }

  propose({ leaving = [], without = [], knowsLastActive = true }: ViewOptions = {}): View {
    const candidates = [...this.#current.values()]
      .filter(({ id }) => !without.includes(id))
      .map(({ id, serial }): Candidate => ({ id, serial, leaving: leaving.includes(id) }))
    return this.chain.next(candidates, knowsLastActive)
  }

  /** The next view, installed and active everywhere, with all that follows from it. */
  changeView(options: ViewOptions = {}): View {
    const view = this.propose(options)
    this.installAll(view)
    this.activateAll(view)
    this.settle()
    return view
  }

  installAll(view: View): void {
    for (const { serial } of view.members) this.cluster.install(this.#start(serial), view)
  }

  activateAll(view: View): void {
    for (const { serial } of view.members) this.cluster.activate(this.#start(serial))
  }

  settle(): void {
    this.cluster.settle()
  }

  session(node: NodeId): Session {
    const session: Session = {
      number: this.sessions.length + 1,
      process: this.node(node),
      completions: new Map(),
      answers: new Map(),
      locks: new Map(),
      calls: 0,
      closed: false,
    }
    this.sessions.push(session)
    const { process, number } = session
    this.cluster.give(process, { kind: 'session-opened', session: number, label: `s${number}` })
    return session
  }

  close(session: Session): void {
    session.closed = true
    this.cluster.give(session.process, { kind: 'session-closed', session: session.number })
  }

  request(session: Session, name: string, mode: LockMode, options: RequestOptions = {}): Held {
    const { noQueue = false, useValue = false, notify = false, space = 'test' } = options
    const { parent, owner, ...others } = options
    const number = session.locks.size + 1
    const held: Held = { session, number, completions: [], blocking: [] }
    session.locks.set(number, held)
    const resource = { space, name }
    const whose = owner === undefined ? { alone: true } : { owner }
    const below = parent === undefined ? {} : { parent: parent.number }
    const asked = { lock: number, resource, mode, noQueue, useValue, notify, ...whose, ...below }
    this.call(session, { kind: 'request', call: nextCall(session), ...others, ...asked })
    return held
  }

  convert(held: Held, mode: LockMode, options: ConvertOptions = {}): void {
    const { noQueue = false, queueFair = false, useValue = false } = options
    const { session, number: lock } = held
    const asked = { ...options, lock, mode, noQueue, queueFair, useValue }
    this.call(session, { kind: 'convert', call: nextCall(session), ...asked })
  }

  unlock(held: Held, options: UnlockOptions = {}): void {
    const { session, number: lock } = held
    this.call(session, { kind: 'unlock', call: nextCall(session), lock, ...options })
  }

  cancel(held: Held): void {
    const { session, number: lock } = held
    this.call(session, { kind: 'cancel', call: nextCall(session), lock })
  }

  /** Makes a query over the cluster; returns the number of the call. */
  query(session: Session, query: Pick<Query, 'filter' | 'after' | 'limit'> = {}): number {
    const call = nextCall(session)
    const what = { what: 'locks', scope: 'cluster' } as const
    this.call(session, { kind: 'query', call, ...what, ...query })
    return call
  }

  /** The answer to a query, with all that is under way delivered before. */
  ask(
    session: Session,
    query: Pick<Query, 'filter' | 'after' | 'limit'> = {},
  ): readonly LockReport[] {
    const call = this.query(session, query)
    this.settle()
    const answer = session.answers.get(call)
    if (answer?.kind !== 'report') throw new Error(`no report: ${JSON.stringify(answer)}`)
    return answer.locks ?? []
  }

  call(session: Session, call: LockCall | PlainCall): void {
    this.cluster.call(session.process, session.number, call)
  }

  #start(serial: number): Process {
    return this.cluster.processes[serial - 1] as Process
  }

  #collect(process: Process, number: number, event: SessionEvent): void {
    const session = this.sessions[number - 1]
    if (session === undefined || session.process !== process || session.closed) {
      throw new Error(`an event for session ${number}, which is not open on node ${process.id}`)
    }
    if (event.kind === 'completion') {
      if (session.completions.has(event.call)) throw new Error(`call ${event.call} ended twice`)
      if (event.call > session.calls) throw new Error(`call ${event.call} ended before it was made`)
      session.completions.set(event.call, event)
      session.locks.get(event.lock)?.completions.push(event)
    } else if (event.kind === 'blocking') session.locks.get(event.lock)?.blocking.push(event.mode)
    else if ('call' in event && event.kind !== 'pong') {
      if (session.answers.has(event.call)) throw new Error(`call ${event.call} was answered twice`)
      session.answers.set(event.call, event)
    } else throw new Error(`an engine has no business with the event ${event.kind}`)
  }
}

export interface ViewOptions {
  readonly leaving?: readonly NodeId[]
  /** Nodes that live and are not taken into the view. */
  readonly without?: readonly NodeId[]
  readonly knowsLastActive?: boolean
}

function nextCall(session: Session): number {
  session.calls += 1
  return session.calls
}

/** The outcomes of a lock's calls so far, oldest first, with the mode held after each. */
export function outcomes(held: Held): readonly string[] {
  return held.completions.map(({ outcome, mode }) =>
    mode === undefined ? outcome : `${outcome} ${mode}`,
  )
}

export function lastOutcome(held: Held): Outcome | undefined {
  return held.completions.at(-1)?.outcome
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}
