import type { LockMode, LockRange, ResourceName, ValueCopy } from '@holdfast/lock-engine/messages'
import { LockLostError, LockUnlockedError } from './errors.ts'
import type { EnqueuedLock, LockHandle } from './handle.ts'
import type { ConvertOptions, UnlockOptions } from './options.ts'
import { outcomeError } from './outcome-error.ts'
import { readValue, type ValueReading, type ValueType } from './values.ts'

/** A granted lock. */
export interface Lock extends AsyncDisposable {
  readonly resource: ResourceName
  /** The name of the resource, for people. */
  readonly name: string
  /**
   * What the lock can be relied on for at this moment: the mode that was granted last, and while a
   * conversion is under way only what that has in common with all that may be granted.
   */
  readonly mode: LockMode
  /**
   * The fencing token: rises from grant to grant of this resource, whatever happens to the cluster.
   * Undefined in NL, CR and PR, which give no right to write.
   */
  readonly token: bigint | undefined
  /** What the lock has of its resource, for certain, as with `mode`; `undefined`: all of it. */
  readonly range: LockRange | undefined
  /** The value block as of the last grant; only with `useValue`. */
  readonly value: ValueCopy | undefined
  /** The same lock with every call there is, and outcomes as data. */
  readonly handle: LockHandle
  /** True while the lock may be trusted, by the clock of this very moment. */
  readonly held: boolean
  /**
   * Aborts with `LockLostError` when the lock is lost: before the cluster can grant it to anybody else.
   * Aborts with `LockUnlockedError` when the lock is gone together with one above it.
   */
  readonly signal: AbortSignal
  /** Throws `LockLostError` or `LockUnlockedError` unless the lock is held at this moment. */
  assertHeld(): void
  /**
   * What is in the value block, as of the last grant. Throws `TypeError` for a lock without
   * `useValue`, `ValueFormatError` when there is something else than the type says.
   */
  read<Value>(type: ValueType<Value>): ValueReading<Value>
  /** Changes the mode or the range. Rejects with `LockDeniedError`, `LockDeadlockError`, `LockLostError`, ... */
  convert(mode: LockMode, options?: ConvertOptions): Promise<void>
  /**
   * Gives the lock up. Doing it again does nothing, nor does it when the lock is gone together with one
   * above it. Rejects with `LockHasChildrenError`; with `LockLostError` when the lock was lost before,
   * and with `LockUnlockedError` when it is gone and a value was to be written.
   */
  unlock(options?: UnlockOptions): Promise<void>
  /**
   * Called with the wanted mode when this lock keeps somebody waiting; at once if that is so
   * already. Returns what removes the callback.
   */
  onBlocking(callback: (wanted: LockMode) => unknown): () => void
}

export interface Grant {
  readonly handle: EnqueuedLock
  /** The mode that was granted. */
  readonly mode: LockMode
  readonly useValue: boolean
  readonly onCallbackError: (error: unknown) => void
}

/** A face of a handle that was granted: outcomes other than the one asked for are errors. */
export class GrantedLock implements Lock {
  readonly handle: EnqueuedLock
  readonly #grant: Grant
  #unlocking: Promise<void> | undefined

  constructor(grant: Grant) {
    this.#grant = grant
    this.handle = grant.handle
  }

  get resource(): ResourceName {
    return this.handle.resource
  }

  get name(): string {
    return this.handle.name
  }

  get mode(): LockMode {
    return this.handle.mode ?? this.#grant.mode
  }

  get token(): bigint | undefined {
    return this.handle.token
  }

  get range(): LockRange | undefined {
    return this.handle.range
  }

  get value(): ValueCopy | undefined {
    return this.handle.value
  }

  get held(): boolean {
    return this.handle.held
  }

  get signal(): AbortSignal {
    return this.handle.signal
  }

  assertHeld(): void {
    this.handle.assertHeld()
  }

  read<Value>(type: ValueType<Value>): ValueReading<Value> {
    const { value } = this
    if (value === undefined) throw new TypeError('to read the value, acquire with `useValue: true`')
    return readValue(value, type)
  }

  async convert(mode: LockMode, options: ConvertOptions = {}): Promise<void> {
    const { signal, ...flags } = options
    this.assertHeld()
    signal?.throwIfAborted()
    const { useValue } = this.#grant
    const cancel = (): void => void this.handle.cancel()
    const converting = this.handle.convert(mode, {
      ...flags,
      useValue: flags.value !== undefined || (useValue && !writesValue(this.mode, mode)),
    })
    signal?.addEventListener('abort', cancel)
    const completion = await converting
    signal?.removeEventListener('abort', cancel)
    if (completion.outcome === 'granted') return
    if (completion.outcome === 'cancelled' && signal?.aborted === true) throw signal.reason
    const { resource } = this
    throw this.handle.lost ?? outcomeError({ resource, mode }, completion, this.handle.home.ended)
  }

  unlock(options: UnlockOptions = {}): Promise<void> {
    this.#unlocking ??= this.#unlock(options)
    return this.#unlocking
  }

  async #unlock({ subtree = false, ...flags }: UnlockOptions): Promise<void> {
    const { handle } = this
    if (handle.lost !== undefined) throw handle.lost
    if (handle.isUnlocked) return this.#endUnlocked(flags)
    const completion = await handle.unlock({ ...flags, ...(subtree ? { subtree: 'with' } : {}) })
    if (completion.outcome === 'unlocked') return
    if (handle.lost !== undefined) throw handle.lost
    // It went with a lock above it while the call was under way.
    if (handle.isUnlocked) return this.#endUnlocked(flags)
    // Refused: nothing changed, so the lock is held as before and the call may be put right.
    this.#unlocking = undefined
    throw outcomeError(handle.subject, completion, handle.home.ended)
  }

  /** It is gone already, which is all that was asked for, unless there was a value to write. */
  #endUnlocked({ value, invalidate = false }: UnlockOptions): void {
    if (value !== undefined || invalidate) throw new LockUnlockedError(this.handle.subject)
  }

  onBlocking(callback: (wanted: LockMode) => unknown): () => void {
    return this.handle.onBlocking(callback)
  }

  /** Never rejects, so that it does not hide an error of the block it ends; the signal tells a loss. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.unlock().catch((error: unknown) => {
      if (!LockLostError.is(error)) this.#grant.onCallbackError(error)
    })
  }
}

/** The conversions that write the value block (the transfer table's rows PW and EX). */
function writesValue(from: LockMode, to: LockMode): boolean {
  return from === 'EX' || (from === 'PW' && to !== 'EX')
}
