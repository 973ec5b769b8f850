/**
 * A whole node in this process: the machine, driven on a real clock over a real transport, with its
 * record on a real disk. One `Node` outlives its starts: after an eviction it begins again with a
 * new incarnation, by itself.
 */
import { mkdir } from 'node:fs/promises'
import { type Cluster, type ClusterOptions, createCluster } from '@holdfast/client'
import type { NodeStatus } from '@holdfast/lock-engine/messages'
import type { NodeName } from '@holdfast/primitives'
import { checkOptions } from './check-options.ts'
import { keepClientToken } from './client-token.ts'
import { NodeError } from './errors.ts'
import { createLocalPort } from './gateway/local-port.ts'
import type { NodeOptions } from './options.ts'
import { openRecordStore, type RecordStore } from './record-store.ts'
import { beginStart, type Start, type StartEnd } from './start.ts'

export interface Node extends AsyncDisposable {
  readonly name: NodeName
  /** Where others dial this node. */
  readonly address: string
  /** A session in this very process; the same calls as `connect()` of `@holdfast/client`. */
  connect(options?: LocalConnectOptions): Promise<Cluster>
  /** What this node knows of the cluster. */
  status(): Promise<NodeStatus>
  /**
   * Hands over what this node masters and leaves the cluster for good; resolves when that is done.
   * Needs a quorum, so it may take for ever: bound it, and `close` then.
   */
  leave(): Promise<void>
  /** Ends this node now, as a crash would, but with its sessions told. Idempotent. */
  close(): Promise<void>
  /** Resolves when the node is over and does not come back: after `leave`, `close` or a fatal fault. */
  readonly stopped: Promise<StartEnd>
}

export interface LocalConnectOptions extends Pick<ClusterOptions, 'reconnect' | 'onCallbackError'> {
  /** What the session is called where locks are listed. Default `local`. */
  readonly name?: string
}

/**
 * Starts a node. Resolves when it listens; it may have to wait for others before it can grant.
 * Rejects with `NodeError`: `bad-options`, `store-unusable`, `listen-failed`.
 */
export async function createNode(options: NodeOptions): Promise<Node> {
  checkOptions(options)
  if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const store = await openRecordStore(options.dataDir)
  try {
    const clientToken = options.clientToken ?? (await keepClientToken(options.dataDir))
    const node = new RunningNode({ ...options, clientToken }, store)
    await node.begin()
    return node
  } catch (error) {
    await store.close()
    throw error
  }
}

class RunningNode implements Node {
  readonly name: NodeName
  readonly #options: NodeOptions & { readonly clientToken: string }
  readonly #store: RecordStore
  readonly #over = Promise.withResolvers<StartEnd>()
  #start: Start | undefined
  #beginning: Promise<Start> | undefined
  #address = ''
  #closing: Promise<void> | undefined
  #own: Promise<Cluster> | undefined

  constructor(options: NodeOptions & { readonly clientToken: string }, store: RecordStore) {
    this.name = options.name
    this.#options = options
    this.#store = store
  }

  get address(): string {
    return this.#address
  }

  get stopped(): Promise<StartEnd> {
    return this.#over.promise
  }

  async begin(): Promise<Start> {
    this.#beginning ??= beginStart(this.#options, this.#store)
    const start = await this.#beginning
    this.#beginning = undefined
    this.#start = start
    this.#address = start.address
    void start.ended.then((end) => this.#onEnded(end))
    return start
  }

  connect({ name = 'local', ...options }: LocalConnectOptions = {}): Promise<Cluster> {
    const { clientLimits } = this.#options
    return createCluster({
      ...options,
      openPort: async () => createLocalPort(await this.#desk(), name),
      ...(clientLimits === undefined ? {} : { limits: clientLimits }),
    })
  }

  async status(): Promise<NodeStatus> {
    this.#own ??= this.connect({ name: 'status' })
    try {
      return await (await this.#own).status()
    } catch (error) {
      this.#own = undefined
      throw error
    }
  }

  async leave(): Promise<void> {
    const start = this.#start
    if (start === undefined) throw new NodeError(`${this.name} does not run`, { code: 'stopped' })
    start.leave()
    const { why, reason } = await this.stopped
    if (why !== 'left')
      throw new NodeError(`${this.name} did not leave: ${reason}`, { code: 'stopped' })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #desk(): Promise<Start['desk']> {
    for (;;) {
      const start = this.#start ?? (await this.#beginning)
      if (start === undefined) throw new NodeError(`${this.name} has stopped`, { code: 'stopped' })
      if (!start.isOver) return start.desk
      // Between an eviction and the next start; what follows the end is known when it has come.
      await start.ended
    }
  }

  async #close(): Promise<void> {
    const start = this.#start ?? (await this.#beginning?.catch(() => undefined))
    this.#over.resolve({ why: 'closed', reason: 'closed by this process' })
    await start?.close()
    await this.#store.close()
  }

  #onEnded(end: StartEnd): void {
    this.#start = undefined
    if (this.#closing !== undefined) return
    const { onEvent } = this.#options
    if (end.why === 'evicted') {
      onEvent?.({ kind: 'restarting', reason: end.reason })
      this.begin().catch((error: unknown) => this.#giveUp(error))
      return
    }
    onEvent?.({ kind: 'stopped', ...end })
    this.#over.resolve(end)
  }

  #giveUp(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#beginning = undefined
    this.#options.onEvent?.({ kind: 'stopped', why: 'halted', reason })
    this.#over.resolve({ why: 'halted', reason })
  }
}
