import { setTimeout as delay } from 'node:timers/promises'
import { SessionClosedError, type SessionEnd } from './errors.ts'
import { CLIENT_LIMITS, type ClientLimits } from './limits.ts'
import { ReopenPace } from './reopen-pace.ts'
import { openSession, type Session } from './session/session.ts'
import type { SessionClock } from './session/session-driver.ts'
import { systemClock } from './session/system-clock.ts'
import type { SessionPort } from './session-port.ts'

export interface ClusterOptions {
  /** Makes a port to a node; called for each new session. The signal is that of the first one. */
  readonly openPort: (signal: AbortSignal | undefined) => Promise<SessionPort>
  /** How many ports are tried until a node opens a session on one. Default 1. */
  readonly portsMax?: number
  /**
   * Opens a new session for the next call when one was lost, and moves waiting requests to it (they
   * lose their place in the queue). Locks of a lost session stay lost. When sessions end soon one after
   * the other, there are pauses between them, up to 5 s. Default true.
   */
  readonly reconnect?: boolean
  /** Takes the error of a callback, which has no caller. Default: a process warning. */
  readonly onCallbackError?: (error: unknown) => void
  readonly limits?: Partial<ClientLimits>
  /** Default: the clocks of this machine. */
  readonly clock?: SessionClock
}

/** What has to be set up again in each new session before anybody uses it. */
export interface SessionTenant {
  /** Rejects only when the session has ended. */
  moveInto(session: Session): Promise<void>
}

/** Keeps one session, and opens another one for the next call when it is lost. */
export class SessionKeeper {
  readonly reconnect: boolean
  readonly onCallbackError: (error: unknown) => void
  /** By the lockspace that each of them is there for. */
  readonly tenants: Map<string, SessionTenant> = new Map()
  readonly #options: ClusterOptions
  readonly #limits: ClientLimits
  readonly #clock: SessionClock
  readonly #closedCallbacks = new Set<(end: SessionEnd) => void>()
  readonly #pace = new ReopenPace()
  /** Ends a pause at the close. */
  readonly #closing = new AbortController()
  /** All that were ever opened here. */
  readonly #own = new WeakSet<Session>()
  #openSignal: AbortSignal | undefined
  /** What calls go to. */
  #current: Session | undefined
  /** The newest one, whether its tenants have moved in or it has ended. */
  #newest: Session | undefined
  #opening: Promise<Session> | undefined
  #isClosed = false

  constructor(options: ClusterOptions, signal: AbortSignal | undefined) {
    this.#options = options
    this.#limits = { ...CLIENT_LIMITS, ...options.limits }
    this.#clock = options.clock ?? systemClock()
    this.reconnect = options.reconnect ?? true
    this.onCallbackError = options.onCallbackError ?? warn
    this.#openSignal = signal
  }

  get current(): Session | undefined {
    return this.#current
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

  /** The current session, or a new one. */
  async next(signal: AbortSignal | undefined): Promise<Session> {
    if (this.#current === undefined && !this.reconnect) {
      throw new SessionClosedError({ reason: 'connection-lost' })
    }
    return this.#session(signal)
  }

  /** The current session, or the newest one; then a new one is opened for whoever comes next. */
  last(): Session {
    if (this.#current !== undefined) return this.#current
    // Why it cannot be opened is told to whoever waits for it.
    this.next(undefined).catch(() => undefined)
    if (this.#newest === undefined) throw new SessionClosedError({ reason: 'refused' })
    return this.#newest
  }

  isOwn(session: Session): boolean {
    return this.#own.has(session)
  }

  onClosed(callback: (end: SessionEnd) => void): () => void {
    this.#closedCallbacks.add(callback)
    return () => void this.#closedCallbacks.delete(callback)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#closing.abort()
    this.#newest?.close()
    await this.#opening?.catch(() => undefined)
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
    if (this.#pace.pauseMs > 0) await this.#pause(this.#pace.pauseMs)
    const session = await this.#tryPort(this.#options.portsMax ?? 1)
    // The signal was given for the first session; one that is opened later is nobody's to abort.
    this.#openSignal = undefined
    this.#newest = session
    this.#own.add(session)
    if (this.#isClosed) session.close()
    if (session.ended !== undefined) throw new SessionClosedError(session.ended)
    const openedAt = this.#clock.now()
    session.onEnd((end) => {
      this.#pace.ended(this.#clock.now() - openedAt)
      this.#onEnd(session, end)
    })
    await Promise.all([...this.tenants.values()].map((tenant) => tenant.moveInto(session)))
    if (session.ended !== undefined) throw new SessionClosedError(session.ended)
    this.#current = session
    return session
  }

  async #pause(pauseMs: number): Promise<void> {
    // Ended early by `close` alone, which is looked at next.
    await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    if (this.#isClosed) throw new SessionClosedError({ reason: 'asked' })
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
        this.onCallbackError(error)
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

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'HoldfastCallbackWarning')
}
