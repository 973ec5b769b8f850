import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Cluster, connect, type LockReport, type NodeStatus } from '@holdfast/client'
import type { Household } from '../processes/household.ts'
import { type NodeProcess, startNodeProcess } from '../processes/node-process.ts'
import type { Ledger } from './ledger.ts'
import { STORY_CLUSTER, STORY_LOCK, STORY_SPACE } from './worker.ts'
import { fromSent, type WorkerNews } from './worker-messages.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

/** How long nodes may take to end by themselves, ms. */
const ENDING_MS = 2_000

export interface CastOptions {
  /** The file of the `holdfast` command. */
  readonly command: string
  readonly folder: string
  readonly file: string
  readonly ports: readonly number[]
  readonly household: Household
  readonly ledger: Ledger
  readonly onWorkerNews: (worker: string, news: WorkerNews) => void
}

/** Who plays: the nodes and the workers, each a process of its own. */
export interface Cast {
  /** The shared file. */
  readonly file: string
  readonly nodeNames: readonly string[]
  readonly liveNodes: readonly string[]
  readonly workers: ReadonlyMap<string, WorkerProcess>
  startNode(name: string): NodeProcess
  node(name: string): NodeProcess | undefined
  startWorker(name: string, role: 'writer' | 'reader'): WorkerProcess
  /** What a node says of the cluster; `undefined` while it does not answer. */
  status(name: string): Promise<NodeStatus | undefined>
  /** The node that masters the lock of the story. */
  findMaster(): Promise<string | undefined>
  /** Ends every process. */
  end(): Promise<void>
}

export function createCast(options: CastOptions): Cast {
  return new Players(options)
}

class Players implements Cast {
  readonly file: string
  readonly nodeNames: readonly string[]
  readonly workers = new Map<string, WorkerProcess>()
  readonly #options: CastOptions
  readonly #nodes = new Map<string, NodeProcess>()
  readonly #clientToken = randomBytes(16).toString('hex')
  readonly #peerToken = randomBytes(16).toString('hex')

  constructor(options: CastOptions) {
    this.#options = options
    this.file = options.file
    this.nodeNames = options.ports.map((_, index) => `n${index + 1}`)
  }

  get liveNodes(): readonly string[] {
    return this.nodeNames.filter((name) => this.#nodes.has(name))
  }

  node(name: string): NodeProcess | undefined {
    return this.#nodes.get(name)
  }

  startNode(name: string): NodeProcess {
    const { command, folder, ports, household } = this.#options
    const others = this.nodeNames.filter((other) => other !== name)
    const node = startNodeProcess({
      command,
      name,
      port: ports[this.nodeNames.indexOf(name)] ?? 0,
      dataDir: join(folder, name),
      cluster: STORY_CLUSTER,
      timing: 'default',
      peers: others.map((other) => `${other}=${this.#addressOf(other)}`).join(','),
      clientToken: this.#clientToken,
      peerToken: this.#peerToken,
      household,
      onNews: () => undefined,
    })
    this.#nodes.set(name, node)
    void node.gone.then(() => {
      if (this.#nodes.get(name) === node) this.#nodes.delete(name)
    })
    return node
  }

  startWorker(name: string, role: 'writer' | 'reader'): WorkerProcess {
    const { command, file, household } = this.#options
    // Each begins with another node, so that the lock has holders on all of them.
    const shift = this.workers.size % this.nodeNames.length
    const order = [...this.nodeNames.slice(shift), ...this.nodeNames.slice(0, shift)]
    const worker = startWorkerProcess({
      command,
      name,
      role,
      file,
      addresses: order.map((node) => this.#addressOf(node)),
      clientToken: this.#clientToken,
      household,
      onNews: (news) => this.#onNews(name, news),
    })
    this.workers.set(name, worker)
    void worker.gone.then(() => this.workers.delete(name))
    return worker
  }

  status(name: string): Promise<NodeStatus | undefined> {
    return this.#ask(name, (cluster) => cluster.status())
  }

  async findMaster(): Promise<string | undefined> {
    for (const name of this.liveNodes) {
      const locks = await this.#ask(name, (cluster) => cluster.locks())
      const found = locks?.find(isStoryLock)
      if (found !== undefined) return found.master
    }
    return undefined
  }

  async end(): Promise<void> {
    for (const node of this.#nodes.values()) node.end()
    const gone = [...this.#nodes.values()].map((node) => node.gone)
    await Promise.race([Promise.all(gone), delay(ENDING_MS, undefined, { ref: false })])
    await this.#options.household.endAll()
  }

  #addressOf(name: string): string {
    return `ws://127.0.0.1:${this.#options.ports[this.nodeNames.indexOf(name)]}`
  }

  #onNews(name: string, news: WorkerNews): void {
    const { ledger, onWorkerNews } = this.#options
    if (news.kind === 'wrote') ledger.wrote(fromSent(news.line), performance.now())
    if (news.kind === 'read') ledger.read()
    if (news.kind === 'fault') ledger.fault(`${name}: ${news.sentence}`)
    onWorkerNews(name, news)
  }

  async #ask<Answer>(
    name: string,
    question: (cluster: Cluster) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    try {
      const access = { cluster: STORY_CLUSTER, token: this.#clientToken, name: 'story' }
      await using cluster = await connect(this.#addressOf(name), access)
      return await question(cluster)
    } catch {
      // A node that was killed or does not listen yet gives no answer; whoever asks asks again.
      return undefined
    }
  }
}

function isStoryLock({ resource }: LockReport): boolean {
  return resource.space === STORY_SPACE && resource.name === STORY_LOCK
}

/** Asks until there is an answer. Rejects after the limit, with what was waited for. */
export async function until<Answer>(
  what: string,
  limitMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await delay(50)
  }
  throw new Error(`${what} did not happen within ${limitMs / 1_000} s`)
}
