/**
 * One start of a node: one incarnation from its first word to its last. Composes, and decides
 * nothing: what the machine orders is carried out here, what happens is told to the machine.
 */
import { randomBytes } from 'node:crypto'
import { loopbackPort, publishLoopbackToken } from '@holdfast/client/loopback-token'
import {
  createPeerDirectory,
  createSystemClock,
  type Driver,
  drive,
  type PeerDirectory,
  type PeerFact,
} from '@holdfast/driver'
import { createRandom, type Incarnation, type Instant, unreachable } from '@holdfast/primitives'
import {
  type Channel,
  createPacketCodec,
  type PeerIdentity,
  type Transport,
  TransportError,
} from '@holdfast/transport'
import { webSocketTransport } from '@holdfast/transport-ws'
import { timingOf } from './check-options.ts'
import { NodeError } from './errors.ts'
import type { NodeEvent } from './events.ts'
import { createFrontDesk, type FrontDesk } from './gateway/front-desk.ts'
import { createGateway, GATEWAY_LIMITS, type Gateway } from './gateway/gateway.ts'
import { createNodeMachine, type NodeInput, type NodeOutput } from './machine/index.ts'
import type { NodeOptions } from './options.ts'
import type { RecordStore } from './record-store.ts'

export interface StartEnd {
  readonly why: 'left' | 'evicted' | 'halted' | 'closed'
  readonly reason: string
}

export interface Start {
  /** Where others dial this node. */
  readonly address: string
  readonly desk: FrontDesk
  put(input: NodeInput): void
  /** True from the moment in which nothing is answered any more. */
  readonly isOver: boolean
  /** Resolves when this incarnation is over and everything of it is closed. */
  readonly ended: Promise<StartEnd>
  /** Begins to hand over; the end is told by `ended`. */
  leave(): void
  /** Ends it now. Idempotent. */
  close(): Promise<void>
}

export type StartOptions = NodeOptions & { readonly clientToken: string }

/** Rejects with `NodeError`: `listen-failed`, `store-unusable`. */
export async function beginStart(options: StartOptions, store: RecordStore): Promise<Start> {
  const incarnation = randomBytes(8).toString('hex')
  const cluster = options.cluster ?? 'holdfast'
  const identity: PeerIdentity = { cluster, node: options.name, incarnation, role: 'peer' }
  const transport = options.transport?.(identity) ?? defaultTransport(options, identity)
  const arrivals = new Arrivals()
  transport.onChannel((channel) => arrivals.take(channel))
  const listened = await listen(transport)
  try {
    const address = options.advertise ?? listened
    const withdrawToken = await publishToken(options, listened)
    const start = new RunningStart({
      options,
      store,
      transport,
      incarnation,
      address,
      withdrawToken,
    })
    start.run()
    arrivals.handTo((channel) => start.accept(channel))
    options.onEvent?.({ kind: 'started', address, incarnation })
    return start
  } catch (error) {
    await transport.close()
    throw error
  }
}

/** Channels may come before the machine is made, since the machine must know its own address. */
class Arrivals {
  #accept: ((channel: Channel) => void) | undefined
  #early: Channel[] = []

  take(channel: Channel): void {
    if (this.#accept === undefined) this.#early.push(channel)
    else this.#accept(channel)
  }

  handTo(accept: (channel: Channel) => void): void {
    this.#accept = accept
    for (const channel of this.#early) accept(channel)
    this.#early = []
  }
}

interface Parts {
  readonly options: StartOptions
  readonly store: RecordStore
  readonly transport: Transport
  readonly incarnation: Incarnation
  readonly address: string
  readonly withdrawToken: () => Promise<void>
}

class RunningStart implements Start {
  readonly address: string
  readonly desk: FrontDesk
  readonly #parts: Parts
  readonly #gateway: Gateway
  readonly #peers: PeerDirectory
  readonly #over = Promise.withResolvers<StartEnd>()
  #driver: Driver<NodeInput> | undefined
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    const { options, transport } = parts
    this.address = parts.address
    this.#parts = parts
    this.desk = createFrontDesk({
      put: (input) => this.put(input),
      tryPut: (input) => this.#driver?.push(input) ?? false,
    })
    this.#gateway = createGateway({
      desk: this.desk,
      frameBytesMax: transport.limits.frameBytesMax,
      limits: { ...GATEWAY_LIMITS, ...options.limits },
      onTurnedAway: (client, reason) => this.#tell({ kind: 'client-turned-away', client, reason }),
    })
    this.#peers = createPeerDirectory({
      transport,
      clock: createSystemClock(),
      codec: createPacketCodec({ limits: { frameBytesMax: transport.limits.frameBytesMax } }),
      // A packet that finds no room is lost like one on the way; what matters comes again.
      onPacket: (from, packet) => void this.#driver?.push({ kind: 'packet', from, packet }),
      onUp: (peer) => this.put({ kind: 'peer-up', peer }),
      observe: (fact) => this.#onPeerFact(fact),
      limits: { silenceMs: Math.max(1_000, 2 * timingOf(options).heartbeatMs) },
    })
  }

  get isOver(): boolean {
    return this.#closing !== undefined
  }

  get ended(): Promise<StartEnd> {
    return this.#over.promise
  }

  run(): void {
    const { options, store, incarnation, address } = this.#parts
    const { name, cluster = 'holdfast', votes = 1, weight = 1, peers = [], join = false } = options
    const voters = peers.map(({ node, votes: theirs = 1 }) => ({ node, votes: theirs }))
    const { value: record, notice } = store
    if (notice !== undefined) this.#tell({ kind: 'store-repaired', reason: notice })
    const machine = createNodeMachine({
      membership: {
        cluster,
        self: { node: name, incarnation, address, votes, weight },
        genesis: join ? voters : [...voters, { node: name, votes }].sort(byNode),
        seeds: peers.map(({ node, address: at }) => ({ node, address: at })),
        timing: timingOf(options),
        random: createRandom(randomBytes(16).toString('hex')),
        fencing: options.fence !== undefined,
        ...(record === undefined ? {} : { record }),
      },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    })
    this.#driver = drive<NodeInput, NodeOutput>({
      machine,
      clock: createSystemClock(),
      execute: (outputs, now) => this.#execute(outputs, now),
      clockJumped: () => ({ kind: 'clock-jumped' }),
      inboxMax: 262_144,
    })
  }

  accept(channel: Channel): void {
    if (channel.remote.role === 'client') this.#gateway.accept(channel)
    else this.#peers.accept(channel)
  }

  /** What must not be lost waits until there is room. */
  put(input: NodeInput): void {
    const driver = this.#driver
    if (driver === undefined || this.#closing !== undefined || driver.push(input)) return
    setImmediate(() => this.put(input))
  }

  leave(): void {
    this.#gateway.turnAwayNew('this node is leaving the cluster')
    this.put({ kind: 'leave' })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close({ why: 'closed', reason: 'closed by this process' })
    return this.#closing
  }

  #execute(outputs: readonly NodeOutput[], _now: Instant): void {
    for (const output of outputs) this.#carryOut(output)
  }

  #carryOut(output: NodeOutput): void {
    switch (output.kind) {
      case 'send':
        this.#peers.send(output.to, output.packet)
        break
      case 'store':
        void this.#store(output.write, output.record)
        break
      case 'session':
        this.desk.deliver(output.session, output.event)
        break
      case 'fence':
        void this.#fence(output.node, output.incarnation)
        break
      case 'observed':
        this.#tell(output.fact)
        break
      case 'stopped':
        this.#closing ??= this.#close({ why: output.why, reason: output.reason })
        break
      default:
        unreachable(output)
    }
  }

  async #store(write: number, record: unknown): Promise<void> {
    try {
      await this.#parts.store.write(record)
      this.put({ kind: 'stored', write })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#tell({ kind: 'store-failed', reason })
      this.put({ kind: 'store-failed', write, reason })
    }
  }

  async #fence(node: string, incarnation: Incarnation): Promise<void> {
    try {
      await this.#parts.options.fence?.(node, incarnation)
      this.put({ kind: 'fenced', node, incarnation })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#tell({ kind: 'fence-failed', node, reason })
    }
  }

  async #close(end: StartEnd): Promise<void> {
    this.#driver?.stop()
    // The last words to sessions and peers were handed over in this turn: let them go out.
    await new Promise((resolve) => setImmediate(resolve))
    this.desk.closeAll()
    await new Promise((resolve) => setImmediate(resolve))
    this.#peers.close()
    await this.#parts.transport.close()
    await this.#parts.withdrawToken()
    this.#over.resolve(end)
  }

  #onPeerFact(fact: PeerFact): void {
    if (fact.kind === 'dropped') return
    this.#tell({ kind: 'peer', fact })
  }

  #tell(event: NodeEvent): void {
    this.#parts.options.onEvent?.(event)
  }
}

function byNode(a: { readonly node: string }, b: { readonly node: string }): number {
  return a.node < b.node ? -1 : 1
}

function defaultTransport(options: StartOptions, identity: PeerIdentity): Transport {
  const { host = '127.0.0.1', port = 7400 } = options.listen ?? {}
  const { peerToken, clientToken, tls, advertise, onEvent } = options
  return webSocketTransport({
    identity,
    listen: { host, port },
    // A node without peers still needs a token for them: nobody is to know it.
    tokens: { peer: peerToken ?? randomBytes(24).toString('base64url'), client: clientToken },
    ...(tls === undefined ? {} : { tls }),
    ...(advertise === undefined ? {} : { advertise }),
    onRefusal: ({ from, reason }) =>
      onEvent?.({ kind: 'client-turned-away', client: from, reason }),
  })
}

async function listen(transport: Transport): Promise<string> {
  try {
    return await transport.listen()
  } catch (cause) {
    if (!TransportError.is(cause)) throw cause
    throw new NodeError(cause.message, { code: 'listen-failed', cause })
  }
}

/** Lets programs of the same user on this machine find the way in. */
async function publishToken(
  { transport, clientToken, onEvent }: StartOptions,
  address: string,
): Promise<() => Promise<void>> {
  const port = loopbackPort(address)
  if (transport !== undefined || port === undefined) return async () => undefined
  try {
    return await publishLoopbackToken(port, clientToken)
  } catch (error) {
    // Clients can still be given the token; that they do not find it by themselves is no reason to stop.
    const reason = error instanceof Error ? error.message : String(error)
    onEvent?.({ kind: 'token-not-published', reason })
    return async () => undefined
  }
}
