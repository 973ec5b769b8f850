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
  const { reconnect = true, onCallbackError = warn } = options
  const limits = { ...CLIENT_LIMITS, ...options.limits }
  const clock = options.clock ?? systemClock()
  const closedCallbacks = new Set<(end: SessionEnd) => void>()
  let current: Session | undefined
  let opening: Promise<Session> | undefined
  let isClosed = false

  const onEnd = (session: Session, end: SessionEnd): void => {
    if (current === session) current = undefined
    for (const callback of closedCallbacks) {
      try {
        callback(end)
      } catch (error) {
        onCallbackError(error)
      }
    }
  }

  let openSignal = signal
  const open = async (): Promise<Session> => {
    const port = await options.openPort(openSignal)
    // The signal was given for the first session; one that is opened later is nobody's to abort.
    openSignal = undefined
    const session = await openSession({ port, limits, clock })
    if (isClosed) session.close()
    if (session.ended !== undefined) throw new SessionClosedError(session.ended)
    session.onEnd((end) => onEnd(session, end))
    current = session
    return session
  }

  const session = async (callSignal: AbortSignal | undefined): Promise<Session> => {
    if (current !== undefined) return current
    if (isClosed) throw new SessionClosedError({ reason: 'asked' })
    opening ??= open().finally(() => {
      opening = undefined
    })
    return await abortable(opening, callSignal)
  }

  const next = async (callSignal: AbortSignal | undefined): Promise<Session> => {
    if (current === undefined && !reconnect)
      throw new SessionClosedError({ reason: 'connection-lost' })
    return session(callSignal)
  }

  const cluster: Cluster = {
    lockspace: (name) => createLockspace({ name, session: next, reconnect, onCallbackError }),
    get node(): NodeName | undefined {
      return current?.opened.node
    },
    status: async () => (await next(undefined)).status(),
    locks: async () => (await next(undefined)).locks(),
    onClosed(callback) {
      closedCallbacks.add(callback)
      return () => void closedCallbacks.delete(callback)
    },
    async close() {
      isClosed = true
      current?.close()
      await opening?.catch(() => undefined)
    },
    [Symbol.asyncDispose]: () => cluster.close(),
  }
  await session(signal)
  return cluster
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

function systemClock(): SessionClock {
  const clock = createSystemClock()
  const guard = createClockGuard(clock)
  return { now: () => clock.now(), jumped: () => guard.check() !== undefined }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'HoldfastCallbackWarning')
}
