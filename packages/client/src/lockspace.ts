import type { ResourceName } from '@holdfast/lock-engine/messages'
import { LockDeniedError, LockLostError, SessionClosedError } from './errors.ts'
import { createLock, type Lock } from './lock.ts'
import type { AcquireOptions } from './options.ts'
import { outcomeError } from './outcome-error.ts'
import type { Session } from './session/session.ts'

/** A set of names that have nothing to do with the same names elsewhere. */
export interface Lockspace {
  readonly name: string
  /**
   * Waits for the lock. Rejects with the signal's reason, `LockDeniedError` (only with `noQueue`),
   * `LockDeadlockError`, `LockRefusedError`; with `SessionClosedError` or `ConnectError` when the
   * node is gone and no other can be reached.
   */
  acquire(name: string, options?: AcquireOptions): Promise<Lock>
  /** The lock, or `undefined` when it is busy. */
  tryAcquire(name: string, options?: Omit<AcquireOptions, 'noQueue'>): Promise<Lock | undefined>
  /**
   * Runs `body` under the lock and gives its result. The lock is released when `body` has settled.
   * Rejects with what `body` threw; else with `LockLostError` when the lock was lost meanwhile.
   */
  request<Result>(name: string, body: LockBody<Result>): Promise<Result>
  request<Result>(name: string, options: AcquireOptions, body: LockBody<Result>): Promise<Result>
}

export type LockBody<Result> = (lock: Lock) => Result | PromiseLike<Result>

export interface LockspaceOptions {
  readonly name: string
  /** The current session, or a new one. */
  readonly session: (signal: AbortSignal | undefined) => Promise<Session>
  /** A waiting request moves to a new session when its own one ends. */
  readonly reconnect: boolean
  readonly onCallbackError: (error: unknown) => void
}

export function createLockspace(given: LockspaceOptions): Lockspace {
  const acquire = async (name: string, options: AcquireOptions = {}): Promise<Lock> => {
    const resource = { space: given.name, name }
    for (;;) {
      options.signal?.throwIfAborted()
      const session = await given.session(options.signal)
      try {
        return await requestLock({ given, session, resource, options })
      } catch (error) {
        // Nothing was granted in the session that ended, so to ask again in a new one is safe.
        if (!given.reconnect || !SessionClosedError.is(error) || error.reason === 'asked')
          throw error
      }
    }
  }

  const tryAcquire = async (
    name: string,
    options: Omit<AcquireOptions, 'noQueue'> = {},
  ): Promise<Lock | undefined> => {
    try {
      return await acquire(name, { ...options, noQueue: true })
    } catch (error) {
      if (LockDeniedError.is(error)) return undefined
      throw error
    }
  }

  const request = async <Result>(
    name: string,
    optionsOrBody: AcquireOptions | LockBody<Result>,
    maybeBody?: LockBody<Result>,
  ): Promise<Result> => {
    const options = typeof optionsOrBody === 'function' ? {} : optionsOrBody
    const body = typeof optionsOrBody === 'function' ? optionsOrBody : maybeBody
    if (body === undefined) throw new TypeError('request needs a function to run under the lock')
    await using lock = await acquire(name, options)
    const result = await body(lock)
    assertNotLost(lock)
    return result
  }

  return { name: given.name, acquire, tryAcquire, request }
}

/** A body may unlock by itself; what it may not do is end without knowing that the lock was lost. */
function assertNotLost(lock: Lock): void {
  try {
    lock.assertHeld()
  } catch (error) {
    if (LockLostError.is(error)) throw error
  }
}

interface LockRequest {
  readonly given: LockspaceOptions
  readonly session: Session
  readonly resource: ResourceName
  readonly options: AcquireOptions
}

async function requestLock({ given, session, resource, options }: LockRequest): Promise<Lock> {
  const { mode = 'EX', signal, useValue = false, noQueue = false, notify = true } = options
  const lock = session.nextLock()
  const settled = session
    .call({ kind: 'request', lock, resource, mode, noQueue, useValue, notify })
    .then((completion) => {
      if (completion.outcome !== 'granted') {
        throw outcomeError({ resource, mode }, completion, session)
      }
      const { onCallbackError } = given
      return createLock({
        session,
        number: lock,
        resource,
        mode,
        useValue,
        completion,
        onCallbackError,
      })
    })
  if (signal === undefined) return settled
  return abandonOnAbort(settled, signal, () => void session.call({ kind: 'cancel', lock }))
}

/** Rejects at the abort, without waiting for the node; a grant that comes all the same is given back. */
function abandonOnAbort(
  settled: Promise<Lock>,
  signal: AbortSignal,
  cancel: () => void,
): Promise<Lock> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason)
      cancel()
    }
    signal.addEventListener('abort', abort, { once: true })
    settled.then(
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
