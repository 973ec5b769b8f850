import type { LockMode, ResourceName, ValueCopy } from '@holdfast/lock-engine/messages'
import { LockLostError, type LockSubject, LockUnlockedError, type SessionEnd } from './errors.ts'
import type { ConvertOptions, UnlockOptions } from './options.ts'
import { outcomeError } from './outcome-error.ts'
import type { Session } from './session/session.ts'
import type { Completion } from './session/session-machine.ts'

/** A granted lock. */
export interface Lock extends AsyncDisposable {
  readonly resource: ResourceName
  /** The mode that was granted last. */
  readonly mode: LockMode
  /**
   * The fencing token: rises from grant to grant of this resource, whatever happens to the cluster.
   * Undefined in NL, CR and PR, which give no right to write.
   */
  readonly token: bigint | undefined
  /** The value block as of the last grant; only with `useValue`. */
  readonly value: ValueCopy | undefined
  /** True while the lock may be trusted, by the clock of this very moment. */
  readonly held: boolean
  /** Aborts with `LockLostError` when the lock is lost: before the cluster can grant it to anybody else. */
  readonly signal: AbortSignal
  /** Throws `LockLostError` or `LockUnlockedError` unless the lock is held at this moment. */
  assertHeld(): void
  /** Changes the mode. Rejects with `LockDeniedError`, `LockDeadlockError`, `LockLostError`, ... */
  convert(mode: LockMode, options?: ConvertOptions): Promise<void>
  /**
   * Gives the lock up. Doing it again does nothing. Rejects with `LockLostError` when the lock was
   * lost before, since a value may then not have been written.
   */
  unlock(options?: UnlockOptions): Promise<void>
  /**
   * Called with the wanted mode when this lock keeps somebody waiting; at once if that is so
   * already. Returns what removes the callback.
   */
  onBlocking(callback: (wanted: LockMode) => unknown): () => void
}

export interface LockGrant {
  readonly session: Session
  readonly number: number
  readonly resource: ResourceName
  readonly mode: LockMode
  readonly useValue: boolean
  readonly completion: Completion
  readonly onCallbackError: (error: unknown) => void
}

export function createLock(grant: LockGrant): Lock {
  return new GrantedLock(grant)
}

class GrantedLock implements Lock {
  readonly resource: ResourceName
  readonly #session: Session
  readonly #number: number
  readonly #useValue: boolean
  readonly #onCallbackError: (error: unknown) => void
  readonly #callbacks = new Set<(wanted: LockMode) => unknown>()
  #mode: LockMode
  #token: bigint | undefined
  #value: ValueCopy | undefined
  #blocked: LockMode | undefined
  #lost: LockLostError | undefined
  #unlocking: Promise<void> | undefined
  // Most locks are never asked for their signal, and a controller is dear.
  #controller: AbortController | undefined

  constructor(grant: LockGrant) {
    this.resource = grant.resource
    this.#session = grant.session
    this.#number = grant.number
    this.#useValue = grant.useValue
    this.#onCallbackError = grant.onCallbackError
    this.#mode = grant.mode
    this.#takeGrant(grant.completion)
    grant.session.listen(grant.number, {
      onLost: (end) => this.#onLost(end),
      onBlocking: (mode) => this.#onBlocking(mode),
    })
    if (grant.session.ended !== undefined) this.#onLost(grant.session.ended)
  }

  get mode(): LockMode {
    return this.#mode
  }

  get token(): bigint | undefined {
    return this.#token
  }

  get value(): ValueCopy | undefined {
    return this.#value
  }

  get held(): boolean {
    // The session looks at the clock; when its deadline has passed, `#onLost` runs within this line.
    return this.#unlocking === undefined && this.#lost === undefined && this.#session.trusted()
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#lost !== undefined) this.#controller.abort(this.#lost)
    return this.#controller.signal
  }

  assertHeld(): void {
    if (this.held) return
    if (this.#unlocking !== undefined) throw new LockUnlockedError(this.#subject)
    throw this.#lost ?? new LockLostError(this.#subject, this.#token, { reason: 'stalled' })
  }

  async convert(mode: LockMode, options: ConvertOptions = {}): Promise<void> {
    const { value, noQueue = false, queueFair = false, signal } = options
    this.assertHeld()
    signal?.throwIfAborted()
    const lock = this.#number
    const settled = this.#session.call({
      kind: 'convert',
      lock,
      mode,
      noQueue,
      queueFair,
      useValue: value !== undefined || (this.#useValue && !writesValue(this.#mode, mode)),
      ...(value === undefined ? {} : { value }),
    })
    const cancel = (): void => void this.#session.call({ kind: 'cancel', lock })
    signal?.addEventListener('abort', cancel)
    const completion = await settled
    signal?.removeEventListener('abort', cancel)
    if (completion.outcome === 'granted') {
      this.#mode = mode
      this.#blocked = undefined
      this.#takeGrant(completion)
      return
    }
    if (completion.outcome === 'cancelled' && signal?.aborted === true) throw signal.reason
    throw this.#lost ?? outcomeError({ resource: this.resource, mode }, completion, this.#session)
  }

  unlock(options: UnlockOptions = {}): Promise<void> {
    this.#unlocking ??= this.#unlock(options)
    return this.#unlocking
  }

  async #unlock({ value, invalidate }: UnlockOptions): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost
    const completion = await this.#session.call({
      kind: 'unlock',
      lock: this.#number,
      ...(value === undefined ? {} : { value }),
      ...(invalidate === undefined ? {} : { invalidate }),
    })
    if (completion.outcome === 'unlocked') return this.#session.forget(this.#number)
    if (this.#lost !== undefined) throw this.#lost
    // Refused: nothing changed, so the lock is held as before and the call may be put right.
    this.#unlocking = undefined
    throw outcomeError(this.#subject, completion, this.#session)
  }

  onBlocking(callback: (wanted: LockMode) => unknown): () => void {
    this.#callbacks.add(callback)
    const already = this.#blocked
    if (already !== undefined) queueMicrotask(() => this.#tell(callback, already))
    return () => void this.#callbacks.delete(callback)
  }

  /** Never rejects, so that it does not hide an error of the block it ends; the signal tells a loss. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.unlock().catch((error: unknown) => {
      if (!LockLostError.is(error)) this.#onCallbackError(error)
    })
  }

  get #subject(): LockSubject {
    return { resource: this.resource, mode: this.#mode }
  }

  #takeGrant({ token, value }: Completion): void {
    this.#token = token
    if (value !== undefined) this.#value = value
  }

  #onLost(end: SessionEnd): void {
    if (this.#lost !== undefined) return
    this.#lost = new LockLostError(this.#subject, this.#token, end)
    this.#controller?.abort(this.#lost)
  }

  #onBlocking(wanted: LockMode): void {
    this.#blocked = wanted
    for (const callback of this.#callbacks) this.#tell(callback, wanted)
  }

  /** A callback's error has no caller that could catch it, so it goes where the application said. */
  #tell(callback: (wanted: LockMode) => unknown, wanted: LockMode): void {
    if (!this.#callbacks.has(callback)) return
    new Promise((resolve) => resolve(callback(wanted))).catch((error: unknown) => {
      if (!LockLostError.is(error) && !LockUnlockedError.is(error)) this.#onCallbackError(error)
    })
  }
}

/** The conversions that write the value block (the transfer table's rows PW and EX). */
function writesValue(from: LockMode, to: LockMode): boolean {
  return from === 'EX' || (from === 'PW' && to !== 'EX')
}
