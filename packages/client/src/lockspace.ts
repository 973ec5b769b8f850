import { textOfName } from '@holdfast/lock-engine/messages'
import { LockDeniedError, LockLostError, SessionClosedError } from './errors.ts'
import { EnqueuedLock, type FirstCall, type LockHandle } from './handle.ts'
import { GrantedLock, type Lock } from './lock.ts'
import { type Name, nameOf, rangeOf } from './name.ts'
import { outcomeError } from './outcome-error.ts'
import type {
  AcquireOptions,
  AcquireOrphanOptions,
  AdoptOptions,
  EnqueueOptions,
} from './request-options.ts'
import type { Session } from './session/session.ts'

/** A set of names that have nothing to do with the same names elsewhere. */
export interface Lockspace {
  /** For people. */
  readonly name: string
  /**
   * Waits for the lock. Rejects with the signal's reason, `LockDeniedError` (only with `noQueue`),
   * `LockTimeoutError` (only with `timeoutMs`), `LockDeadlockError`, `LockRefusedError`,
   * `LockQuotaError`; with `TypeError` or `RangeError` for what is no name or range; with
   * `SessionClosedError` or `ConnectError` when the node is gone and no other can be reached.
   *
   * Without an `owner` the lock is a party of its own: two tasks of one program wait for each
   * other's locks as any two programs do.
   */
  acquire(name: Name, options?: AcquireOptions): Promise<Lock>
  /** The lock, or `undefined` when it is busy. */
  tryAcquire(name: Name, options?: Omit<AcquireOptions, 'noQueue'>): Promise<Lock | undefined>
  /**
   * Runs `body` under the lock and gives its result. The lock is released when `body` has settled.
   * Rejects with what `body` threw; else with `LockLostError` when the lock was lost meanwhile.
   */
  request<Result>(name: Name, body: LockBody<Result>): Promise<Result>
  request<Result>(name: Name, options: AcquireOptions, body: LockBody<Result>): Promise<Result>
  /**
   * Takes over a lock of that name and mode (default `EX`) that a session left behind with
   * `persistent`. Rejects with `OrphanNotFoundError`; with `LockDeniedError` when there are orphans in
   * other modes only.
   */
  acquireOrphan(name: Name, options?: AcquireOrphanOptions): Promise<Lock>
  /**
   * Asks for a lock, with every flag there is, and returns at once. The party is the session, unless
   * `owner` or `alone` says otherwise. Outcomes are data; when there is no session at the moment it is
   * `lost`, and a new session is opened (`cluster.ready()`). Throws only for what cannot be sent.
   */
  enqueue(options: EnqueueOptions): LockHandle
  /** Takes over an orphan, with every flag there is, and returns at once. As `enqueue`. */
  adopt(options: AdoptOptions): LockHandle
  /**
   * Frees the orphans of this lockspace: all, or those that sessions of one node left behind (its small
   * number, as in the status). Gives how many there were. Rejects with `CallRefusedError`.
   */
  purge(options?: PurgeOptions): Promise<number>
  /** The same lockspace for one owner, which each call may still say otherwise. */
  as(owner: string): Lockspace
}

export type LockBody<Result> = (lock: Lock) => Result | PromiseLike<Result>

export interface PurgeOptions {
  readonly node?: number
}

export interface LockspaceOptions {
  /** The name as bytes. */
  readonly space: string
  readonly owner?: string
  /** The current session, or a new one. */
  readonly nextSession: (signal: AbortSignal | undefined) => Promise<Session>
  /** The current session, or the last one, which has ended. */
  readonly lastSession: () => Session
  /** Whether it is, or was, a session of this connection. */
  readonly isOwnSession: (session: Session) => boolean
  /** A waiting request moves to a new session when its own one ends. */
  readonly reconnect: boolean
  readonly onCallbackError: (error: unknown) => void
}

export class NamedLockspace implements Lockspace {
  readonly name: string
  readonly #given: LockspaceOptions

  constructor(given: LockspaceOptions) {
    this.name = textOfName(given.space)
    this.#given = given
  }

  acquire(name: Name, { signal, ...options }: AcquireOptions = {}): Promise<Lock> {
    const { mode = 'EX', notify = true } = options
    const owner = options.owner ?? this.#given.owner ?? enqueuedOf(options.parent)?.owner
    const party = owner === undefined ? { alone: true } : { owner }
    return this.#granted('request', { ...options, name, mode, notify, ...party }, signal)
  }

  async tryAcquire(
    name: Name,
    options: Omit<AcquireOptions, 'noQueue'> = {},
  ): Promise<Lock | undefined> {
    try {
      return await this.acquire(name, { ...options, noQueue: true })
    } catch (error) {
      if (LockDeniedError.is(error)) return undefined
      throw error
    }
  }

  async request<Result>(
    name: Name,
    optionsOrBody: AcquireOptions | LockBody<Result>,
    maybeBody?: LockBody<Result>,
  ): Promise<Result> {
    const options = typeof optionsOrBody === 'function' ? {} : optionsOrBody
    const body = typeof optionsOrBody === 'function' ? optionsOrBody : maybeBody
    if (body === undefined) throw new TypeError('request needs a function to run under the lock')
    await using lock = await this.acquire(name, options)
    const result = await body(lock)
    assertNotLost(lock)
    return result
  }

  acquireOrphan(name: Name, options: AcquireOrphanOptions = {}): Promise<Lock> {
    const { mode = 'EX', notify = true } = options
    return this.#granted('adopt', { ...options, name, mode, notify }, undefined)
  }

  enqueue(options: EnqueueOptions): LockHandle {
    return this.#enqueue('request', options, this.#given.lastSession())
  }

  adopt(options: AdoptOptions): LockHandle {
    return this.#enqueue('adopt', options, this.#given.lastSession())
  }

  async purge(options: PurgeOptions = {}): Promise<number> {
    const session = await this.#given.nextSession(undefined)
    const { count } = await session.ask({
      ...options,
      kind: 'purge',
      space: this.#given.space,
    })
    return count
  }

  as(owner: string): Lockspace {
    return new NamedLockspace({ ...this.#given, owner })
  }

  async #granted(
    kind: FirstCall['kind'],
    options: EnqueueOptions,
    signal: AbortSignal | undefined,
  ): Promise<Lock> {
    const parent = this.#parentOf(options.parent)
    for (;;) {
      signal?.throwIfAborted()
      // The locks below one that was lost are lost, too.
      parent?.assertHeld()
      const session = parent?.home ?? (await this.#given.nextSession(signal))
      try {
        const handle = this.#enqueue(kind, options, session)
        return await abandonOnAbort(this.#lockOf(handle, options), handle, signal)
      } catch (error) {
        // Nothing was granted in the session that ended, so to ask again in a new one is safe.
        if (!this.#given.reconnect || !SessionClosedError.is(error) || error.reason === 'asked')
          throw error
      }
    }
  }

  async #lockOf(handle: EnqueuedLock, options: EnqueueOptions): Promise<Lock> {
    const { mode, useValue = false } = options
    const completion = await handle.completion
    if (completion.outcome !== 'granted') {
      throw outcomeError(handle.subject, completion, handle.home.ended)
    }
    const { onCallbackError } = this.#given
    return new GrantedLock({ handle, mode: completion.mode ?? mode, useValue, onCallbackError })
  }

  #parentOf(lock: Lock | LockHandle | undefined): EnqueuedLock | undefined {
    if (lock === undefined) return undefined
    const parent = enqueuedOf(lock)
    if (parent === undefined) throw new TypeError('a parent is a lock that this package gave')
    const { space, isOwnSession } = this.#given
    if (!isOwnSession(parent.home)) {
      throw new TypeError('the parent is a lock of another connection: acquire it on this one')
    }
    if (parent.resource.space === space) return parent
    throw new TypeError(`the parent is in another lockspace: ${textOfName(parent.resource.space)}`)
  }

  #enqueue(kind: FirstCall['kind'], options: EnqueueOptions, current: Session): EnqueuedLock {
    const { name, parent: givenParent, range, onCompletion, onBlocking, ...flags } = options
    const { space, onCallbackError } = this.#given
    const owner = flags.owner ?? this.#given.owner
    const parent = this.#parentOf(givenParent)
    const resource = { space, name: nameOf(name) }
    const { useValue = false, notify = onBlocking !== undefined, noQueue = false } = flags
    // A flag that is none is sent along, so that the session refuses the call and says which.
    const first = {
      ...flags,
      kind,
      useValue,
      notify,
      ...(kind === 'request' ? { noQueue } : {}),
      resource,
      ...(range === undefined ? {} : { range: rangeOf(range) }),
      ...(owner === undefined ? {} : { owner }),
      ...(parent === undefined ? {} : { parent: parent.number }),
    } as FirstCall
    return new EnqueuedLock({
      session: parent?.home ?? current,
      first,
      resource: parent === undefined ? resource : { ...resource, path: pathBelow(parent) },
      onCompletion,
      onBlocking,
      onCallbackError,
    })
  }
}

function enqueuedOf(lock: Lock | LockHandle | undefined): EnqueuedLock | undefined {
  if (typeof lock !== 'object' || lock === null) return undefined
  const handle = 'handle' in lock ? lock.handle : lock
  return handle instanceof EnqueuedLock ? handle : undefined
}

function pathBelow({ resource }: EnqueuedLock): readonly string[] {
  return [...(resource.path ?? []), resource.name]
}

/** A body may unlock by itself; what it may not do is end without knowing that the lock was lost. */
function assertNotLost(lock: Lock): void {
  try {
    lock.assertHeld()
  } catch (error) {
    if (LockLostError.is(error)) throw error
  }
}

/** Rejects at the abort, without waiting for the node; a grant that comes all the same is given back. */
function abandonOnAbort(
  granted: Promise<Lock>,
  handle: EnqueuedLock,
  signal: AbortSignal | undefined,
): Promise<Lock> {
  if (signal === undefined) return granted
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason)
      void handle.cancel()
    }
    signal.addEventListener('abort', abort, { once: true })
    granted.then(
      (lock) => {
        signal.removeEventListener('abort', abort)
        if (signal.aborted) return lock[Symbol.asyncDispose]()
        return resolve(lock)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    )
  })
}
