import type { LockReport, NodeStatus } from '@holdfast/lock-engine/messages'
import type { NodeName } from '@holdfast/primitives'
import { SessionClosedError, type SessionEnd } from './errors.ts'
import { type LockQuery, listLocks } from './lock-list.ts'
import { type Lockspace, NamedLockspace, type PurgeOptions } from './lockspace.ts'
import { type Name, nameOf } from './name.ts'
import { type OpenLockspace, type OpenLockspaceOptions, openLockspace } from './open-lockspace.ts'
import { type ClusterOptions, SessionKeeper } from './session-keeper.ts'

/** A way into the cluster: one session on one node, opened again when it is lost. */
export interface Cluster extends AsyncDisposable {
  /**
   * The same name gives the same lockspace on every node, without any agreement on what it is like.
   * Throws `TypeError` for what is no name.
   */
  lockspace(name: Name): Lockspace
  /**
   * Opens a lockspace whose attributes all who open it agree on. Rejects with `CallRefusedError` when
   * they do not, or when it is there and should not be, or the other way round.
   */
  openLockspace(name: Name, options?: OpenLockspaceOptions): Promise<OpenLockspace>
  /** The node that the current session is on; undefined while there is none. */
  readonly node: NodeName | undefined
  /** Resolves when there is a session; opens one when the last was lost. Rejects as `connect` does. */
  ready(signal?: AbortSignal): Promise<void>
  /** What that node knows of the cluster. */
  status(): Promise<NodeStatus>
  /**
   * All locks that this node masters (a cluster's locks are spread over its members). Rejects with
   * `CallRefusedError` when the cluster changes meanwhile.
   */
  locks(): Promise<readonly LockReport[]>
  /** The locks of the cluster, asked for page by page: `for await (const lock of cluster.locks({}))`. */
  locks(query: LockQuery): AsyncIterable<LockReport>
  /** Frees the orphans of all lockspaces. As `Lockspace.purge`. */
  purge(options?: PurgeOptions): Promise<number>
  /**
   * Called each time a session ends, by itself or by `close`; its locks are lost by then. Returns
   * what removes the callback.
   */
  onClosed(callback: (end: SessionEnd) => void): () => void
  /** Ends the session; its locks are freed. Idempotent. Later calls reject with `SessionClosedError`. */
  close(): Promise<void>
}

/** Opens the first session and gives the cluster. Rejects with what `openPort` or the session said. */
export async function createCluster(
  options: ClusterOptions,
  signal?: AbortSignal,
): Promise<Cluster> {
  const keeper = new SessionKeeper(options, signal)
  await keeper.openFirst(signal)
  return new KeptCluster(keeper)
}

class KeptCluster implements Cluster {
  readonly #keeper: SessionKeeper

  constructor(keeper: SessionKeeper) {
    this.#keeper = keeper
  }

  get node(): NodeName | undefined {
    return this.#keeper.current?.opened.node
  }

  lockspace(name: Name): Lockspace {
    const { reconnect, onCallbackError } = this.#keeper
    return new NamedLockspace({
      space: nameOf(name),
      nextSession: (signal) => this.#keeper.next(signal),
      lastSession: () => this.#keeper.last(),
      isOwnSession: (session) => this.#keeper.isOwn(session),
      reconnect,
      onCallbackError,
    })
  }

  async openLockspace(name: Name, options: OpenLockspaceOptions = {}): Promise<OpenLockspace> {
    return openLockspace(this.#keeper, nameOf(name), options)
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await this.#keeper.next(signal)
  }

  async status(): Promise<NodeStatus> {
    const session = await this.#keeper.next(undefined)
    const { status } = await session.ask({ kind: 'query', what: 'status' })
    if (status !== undefined) return status
    throw new SessionClosedError({ reason: 'refused', detail: 'the node told no status' })
  }

  locks(): Promise<readonly LockReport[]>
  locks(query: LockQuery): AsyncIterable<LockReport>
  locks(query?: LockQuery): Promise<readonly LockReport[]> | AsyncIterable<LockReport> {
    const next = (): ReturnType<SessionKeeper['next']> => this.#keeper.next(undefined)
    return query === undefined ? allOf(listLocks(next, { scope: 'node' })) : listLocks(next, query)
  }

  async purge(options: PurgeOptions = {}): Promise<number> {
    const session = await this.#keeper.next(undefined)
    const { count } = await session.ask({ ...options, kind: 'purge' })
    return count
  }

  onClosed(callback: (end: SessionEnd) => void): () => void {
    return this.#keeper.onClosed(callback)
  }

  close(): Promise<void> {
    return this.#keeper.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
