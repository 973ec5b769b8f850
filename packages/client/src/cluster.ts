import { createClockGuard, createSystemClock } from '@holdfast/driver'
import type { LockReport, NodeStatus } from '@holdfast/lock-engine/messages'
import type { NodeName } from '@holdfast/primitives'
import { SessionClosedError, type SessionEnd } from './errors.ts'
import { CLIENT_LIMITS, type ClientLimits } from './limits.ts'
import { createLockspace, type Lockspace } from './lockspace.ts'
import { openSession, type Session, type SessionClock } from './session/session.ts'
import type { SessionPort } from './session-port.ts'

/** A way into the cluster: one session on one node, opened again when it is lost. */
export interface Cluster extends AsyncDisposable {
  /** The same name gives the same lockspace on every node. 1 to 64 characters. */
  lockspace(name: string): Lockspace
  /** The node that the current session is on; undefined while there is none. */
  readonly node: NodeName | undefined
  /** What that node knows of the cluster. */
  status(): Promise<NodeStatus>
  /** The locks that this node masters (a cluster's locks are spread over its members). */
  locks(): Promise<readonly LockReport[]>
  /**
   * Called each time a session ends, by itself or by `close`; its locks are lost by then. Returns
   * what removes the callback.
   */
  onClosed(callback: (end: SessionEnd) => void): () => void
  /** Ends the session; its locks are freed. Idempotent. Later calls reject with `SessionClosedError`. */
  close(): Promise<void>
}

export interface ClusterOptions {
  /** Makes a port to a node; called for each new session. The signal is that of the first one. */
  readonly openPort: (signal: AbortSignal | undefined) => Promise<SessionPort>
  /** How many ports are tried until a node opens a session on one. Default 1. */
  readonly portsMax?: number
  /**
   * Opens a new session for the next call when one was lost, and moves waiting requests to it (they
   * lose their place in the queue). Locks of a lost session stay lost. Default true.
   */
  readonly reconnect?: boolean
  /**
   * Takes the error of an `onBlocking` or `onClosed` callback, which has no caller. Default: a
   * process warning.
   */
  readonly onCallbackError?: (error: unknown) => void
  readonly limits?: Partial<ClientLimits>
  /** Default: the clocks of this machine. */
  readonly clock?: SessionClock
}

/** Opens the first session and gives the cluster. Rejects with what `openPort` or the session said. */
export async function createCluster(
  options: ClusterOptions,
  signal?: AbortSignal,
): Promise<Cluster> {
  const cluster = new SessionKeeper(options, signal)
  await cluster.openFirst(signal)
  return cluster
}

class SessionKeeper implements Cluster {
  readonly #options: ClusterOptions
  readonly #limits: ClientLimits
  readonly #clock: SessionClock
  readonly #reconnect: boolean
  readonly #onCallbackError: (error: unknown) => void
  readonly #closedCallbacks = new Set<(end: SessionEnd) => void>()
  #openSignal: AbortSignal | undefined
  #current: Session | undefined
  #opening: Promise<Session> | undefined
  #isClosed = false

  constructor(options: ClusterOptions, signal: AbortSignal | undefined) {
    this.#options = options
    this.#limits = { ...CLIENT_LIMITS, ...options.limits }
    this.#clock = options.clock ?? systemClock()
    this.#reconnect = options.reconnect ?? true
    this.#onCallbackError = options.onCallbackError ?? warn
    this.#openSignal = signal
  }

  get node(): NodeName | undefined {
    return this.#current?.opened.node
  }

  lockspace(name: string): Lockspace {
    return createLockspace({
      name,
      session: (signal) => this.#next(signal),
      reconnect: this.#reconnect,
      onCallbackError: this.#onCallbackError,
    })
  }

  async status(): Promise<NodeStatus> {
    return (await this.#next(undefined)).status()
  }

  async locks(): Promise<readonly LockReport[]> {
    return (await this.#next(undefined)).locks()
  }

  onClosed(callback: (end: SessionEnd) => void): () => void {
    this.#closedCallbacks.add(callback)
    return () => void this.#closedCallbacks.delete(callback)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#current?.close()
    await this.#opening?.catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async openFirst(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#session(signal)
    } catch (error) {
      // A session that opens all the same must not stay behind.
      this.#isClosed = true
      throw error
    }
  }

  async #next(signal: AbortSignal | undefined): Promise<Session> {
    if (this.#current === undefined && !this.#reconnect) {
      throw new SessionClosedError({ reason: 'connection-lost' })
    }
    return this.#session(signal)
  }

  async #session(signal: AbortSignal | undefined): Promise<Session> {
    if (this.#current !== undefined) return this.#current
    if (this.#isClosed) throw new SessionClosedError({ reason: 'asked' })
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return await abortable(this.#opening, signal)
  }

  async #open(): Promise<Session> {
    const session = await this.#tryPort(this.#options.portsMax ?? 1)
    // The signal was given for the first session; one that is opened later is nobody's to abort.
    this.#openSignal = undefined
    if (this.#isClosed) session.close()
    if (session.ended !== undefined) throw new SessionClosedError(session.ended)
    session.onEnd((end) => this.#onEnd(session, end))
    this.#current = session
    return session
  }

  async #tryPort(triesLeft: number): Promise<Session> {
    const port = await this.#options.openPort(this.#openSignal)
    try {
      return await openSession({ port, limits: this.#limits, clock: this.#clock })
    } catch (error) {
      if (triesLeft <= 1 || this.#isClosed) throw error
      return this.#tryPort(triesLeft - 1)
    }
  }

  #onEnd(session: Session, end: SessionEnd): void {
    if (this.#current === session) this.#current = undefined
    for (const callback of this.#closedCallbacks) {
      try {
        callback(end)
      } catch (error) {
        this.#onCallbackError(error)
      }
    }
  }
}

/** The promise's outcome, or the signal's reason if that comes first. */
function abortable<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
      .catch(() => undefined)
  })
}

/** The clocks of this machine. */
export function systemClock(): SessionClock {
  const clock = createSystemClock()
  const guard = createClockGuard(clock)
  return { now: () => clock.now(), jumped: () => guard.check() !== undefined }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'HoldfastCallbackWarning')
}
