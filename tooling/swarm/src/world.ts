/** One world: whole nodes, virtual clients and the checkers, put together from drawn options. */
import type { View } from '@holdfast/membership'
import type { NodeInput, NodeMachine, NodeOutput } from '@holdfast/node/machine'
import type { Instant, Millis, NodeName, Random } from '@holdfast/primitives'
import { createSimulation, drawExponential, type Simulation } from '@holdfast/simulator'
import { createCheckers } from './checkers/all.ts'
import { createWorkload } from './client/behaviours/create-workload.ts'
import type { Workload } from './client/behaviours/workload.ts'
import { createClient } from './client/client.ts'
import { type Connection, createConnection } from './client/connection.ts'
import type { Client } from './client/contract.ts'
import { createCounts, type WorkCounts } from './counts.ts'
import { createNodeProgram } from './node-program.ts'
import type { ClientOptions, SwarmOptions } from './options.ts'
import { type Carried, createPacketPath } from './packet-path.ts'
import { createWatch, type Watch } from './watch.ts'
import type { WorldNode } from './world-node.ts'

/** A client and what it does. */
export interface Resident {
  readonly client: Client
  readonly workload: Workload
}

export interface World {
  readonly options: SwarmOptions
  readonly simulation: Simulation<NodeInput, NodeOutput, Carried, NodeMachine>
  readonly nodes: readonly WorldNode[]
  readonly residents: readonly Resident[]
  readonly counts: WorkCounts
  /** Nodes that nobody starts again, and that no client dials. */
  readonly abandoned: Set<NodeName>
  /** All connections between nodes are made anew: what was not acknowledged goes out again. */
  reconnectPeers(): void
  /** A client of its own at one node, for a question of the checks. */
  visit(node: WorldNode, name: string, workload: Workload): Client
  /** Opens a session as soon as the client's node takes it. */
  redial(client: Client): void
  /** The newest view that a live process has installed. */
  newestView(): View | undefined
  inspect(): void
  /** All sessions end, and nobody connects any more. */
  closeSessions(): void
}

/** How often all tables are read in the length of a lease. */
const INSPECTIONS_PER_LEASE = 3

export function createWorld(
  options: SwarmOptions,
  given: { readonly traceEntriesMax: number },
): World {
  const world = new SwarmWorld(options, given.traceEntriesMax)
  world.begin()
  return world
}

class SwarmWorld implements World {
  readonly options: SwarmOptions
  readonly simulation: Simulation<NodeInput, NodeOutput, Carried, NodeMachine>
  readonly residents: readonly Resident[]
  readonly counts = createCounts()
  readonly abandoned = new Set<NodeName>()
  readonly #watch: Watch
  readonly #connections = new Map<string, Connection>()
  readonly #chance: Random
  readonly #rings = { clients: [] }
  #sessions = 0
  #closing = false
  #values = 0

  constructor(options: SwarmOptions, traceEntriesMax: number) {
    this.options = options
    this.#watch = createWatch({
      checkers: (locks) => createCheckers(options, locks),
      counts: this.counts,
      now: () => this.simulation.now,
      onSession: (node, { session, event }) =>
        this.#connections.get(`${node.incarnation}/${session}`)?.deliver(event),
      onEnd: (node, why) => this.#onNodeEnd(node, why),
    })
    this.simulation = createSimulation({
      seed: options.seed,
      nodes: options.nodes.map(({ name, clockRate, clockOffsetMs }) => ({
        name,
        clockRate,
        clockOffsetMs,
        timerLateMs: options.timerLateMs,
      })),
      program: createNodeProgram(options, createPacketPath(options)),
      observer: this.#watch.observer,
      traceEntriesMax,
    })
    this.simulation.network.setDefaultPath(options.path)
    this.#chance = this.simulation.random('world')
    this.residents = options.clients.map((client) => this.#settleIn(client))
  }

  get nodes(): readonly WorldNode[] {
    return this.simulation.nodes
  }

  begin(): void {
    for (const { name, startsAtMs } of this.options.nodes) {
      const node = this.simulation.node(name)
      node.disk.setBehaviour(this.options.disk)
      this.simulation.at(startsAtMs, () => node.start())
    }
    for (const { client } of this.residents)
      this.#dialLater(client, drawExponential(this.#chance, 200))
    this.#inspectLater()
  }

  reconnectPeers(): void {
    const running = this.nodes.filter((node) => node.state === 'running')
    for (const node of running) {
      for (const peer of running) {
        const { name, incarnation } = peer
        if (peer === node || incarnation === undefined) continue
        this.simulation.after(1, () =>
          node.give({ kind: 'peer-up', peer: { node: name, incarnation } }),
        )
      }
    }
  }

  visit(node: WorldNode, name: string, workload: Workload): Client {
    const pick = (): WorldNode | undefined => (node.state === 'down' ? undefined : node)
    const client = this.#createClient({ name, clockRate: 1, clockOffsetMs: 0 }, workload, pick)
    this.redial(client)
    return client
  }

  redial(client: Client): void {
    this.#dialLater(client, 20)
  }

  newestView(): View | undefined {
    let newest: View | undefined
    for (const { machine } of this.nodes) {
      const view = machine?.view
      if (view !== undefined && view.epoch > (newest?.epoch ?? 0)) newest = view
    }
    return newest
  }

  inspect(): void {
    this.#watch.inspect(this.nodes)
  }

  closeSessions(): void {
    this.#closing = true
    for (const { client, workload } of this.residents) {
      workload.stop()
      client.close()
    }
  }

  #inspectLater(): void {
    this.simulation.after(this.options.timing.promiseMs / INSPECTIONS_PER_LEASE, () => {
      this.inspect()
      this.#inspectLater()
    })
  }

  #settleIn(options: ClientOptions): Resident {
    const random = this.simulation.random(`client ${options.name}`)
    const workload = createWorkload({
      options: this.options.workload,
      random,
      kind: options.kind,
      place: options.place,
      rings: this.#rings,
      reconnect: (client, delayMs) => this.#dialLater(client, delayMs),
      nextValue: () => this.#nextValue(),
    })
    const client = this.#createClient(options, workload, () => this.#pickNode(random))
    return { client, workload }
  }

  #createClient(
    options: Omit<ClientOptions, 'kind' | 'place'>,
    behaviour: Workload,
    pick: () => WorldNode | undefined,
  ): Client {
    const random = this.simulation.random(`connection ${options.name}`)
    const now = (): Instant => this.simulation.now
    const at = (time: Instant, action: () => void): void => this.simulation.at(time, action)
    const maxMs = this.options.clientLatencyMs
    const latency = { kind: 'uniform', minMs: maxMs / 4, maxMs } as const
    return createClient({
      ...options,
      random,
      rho: this.options.timing.rho,
      pingMs: this.options.pingMs,
      now,
      at,
      history: this.#watch.history,
      behaviour,
      connect: (label, events) => {
        const node = pick()
        if (node === undefined) return undefined
        this.#sessions += 1
        this.counts.sessions += 1
        const session = this.#sessions
        const setup = { node, session, label, latency, random, now, at }
        const connection = createConnection(setup, events)
        this.#connections.set(`${node.incarnation}/${session}`, connection)
        return connection
      },
    })
  }

  /** A paused node still takes connections, a dead one does not. */
  #pickNode(random: Random): WorldNode | undefined {
    const open = this.nodes.filter(
      (node) => node.state !== 'down' && !this.abandoned.has(node.name),
    )
    return open.length === 0 ? undefined : random.pick(open)
  }

  #dialLater(client: Client, delayMs: Millis): void {
    this.simulation.after(delayMs, () => {
      if (this.#closing) return
      if (!client.open()) this.#dialLater(client, drawExponential(this.#chance, 200))
    })
  }

  #onNodeEnd(node: WorldNode, why: 'crash' | 'stop'): void {
    for (const [key, connection] of this.#connections) {
      if (connection.incarnation !== node.incarnation) continue
      this.#connections.delete(key)
      // A dead process resets its connections; a dead host says nothing.
      connection.lose(this.#chance.chance(2, 3) ? this.#chance.below(20) : undefined)
    }
    if (why === 'stop') {
      this.simulation.after(drawExponential(this.#chance, 300), () => this.#restart(node))
    }
  }

  #restart(node: WorldNode): void {
    if (!this.abandoned.has(node.name)) node.start()
  }

  /** No two values of a world are alike. */
  #nextValue(): Uint8Array {
    this.#values += 1
    return Uint8Array.of(1, this.#values >>> 16, (this.#values >>> 8) & 255, this.#values & 255)
  }
}
