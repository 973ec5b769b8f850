import {
  type LockCall,
  type LockMode,
  type LockRange,
  type ResourceName,
  textOfName,
  type ValueCopy,
} from '@holdfast/lock-engine/messages'
import { type Conversion, canWrite, whileConverting } from '@holdfast/lock-engine/rules'
import { type LockEnd, LockLostError, type LockSubject, LockUnlockedError } from './errors.ts'
import { rangeOf } from './name.ts'
import type { CancelFlags, ConvertFlags, UnlockFlags } from './options.ts'
import type { Numbered, Session } from './session/session.ts'
import type { CompletionEvent } from './session/session-machine.ts'
import { tellCallback } from './tell-callback.ts'

/** How a call on a lock ended, and which kind of call it was. */
export type Completion = Omit<CompletionEvent, 'kind'> & { readonly of: LockCall['kind'] }

/**
 * A lock with every call there is, from the moment it was asked for. Outcomes are data: what a call
 * comes to is in its completion, and no promise here rejects.
 */
export interface LockHandle {
  /** The session's number of the lock, as reports have it. */
  readonly number: number
  /** The session, as reports have it. */
  readonly session: string
  readonly resource: ResourceName
  /** The name of the resource, for people. */
  readonly name: string
  /** How the request ended. */
  readonly completion: Promise<Completion>
  /**
   * What the lock can be relied on for at this moment: the mode that was granted last, and while a
   * conversion is under way only what that has in common with all that may be granted.
   * `undefined` before the first grant.
   */
  readonly mode: LockMode | undefined
  /**
   * The fencing token: rises from grant to grant of this resource, whatever happens to the cluster.
   * Undefined in NL, CR and PR, which give no right to write.
   */
  readonly token: bigint | undefined
  /** What the lock has of its resource, for certain, as with `mode`; `undefined`: all of it. */
  readonly range: LockRange | undefined
  /** The value block as of the last grant; only with `useValue`. */
  readonly value: ValueCopy | undefined
  /** True while the lock may be trusted, by the clock of this very moment. */
  readonly held: boolean
  /**
   * Aborts with `LockLostError` when the lock is lost: before the cluster can grant it to anybody else.
   * Aborts with `LockUnlockedError` when the lock is gone together with one above it.
   */
  readonly signal: AbortSignal
  /** Changes mode or range. */
  convert(mode: LockMode, flags?: ConvertFlags): Promise<Completion>
  /** Gives the lock up, or takes a waiting request back; that then ends `unlocked`. */
  unlock(flags?: UnlockFlags): Promise<Completion>
  /** Ends a waiting request or conversion; that then ends `cancelled`, or was granted first. */
  cancel(flags?: CancelFlags): Promise<Completion>
  /**
   * Called with the wanted mode when this lock keeps somebody waiting; at once if that is so
   * already. Returns what removes the callback.
   */
  onBlocking(callback: (wanted: LockMode) => unknown): () => void
}

type Bare<Call> = Call extends unknown ? Omit<Call, 'call' | 'lock'> : never
/** The call that a lock begins with, before its numbers are known. */
export type FirstCall = Bare<Extract<LockCall, { readonly kind: 'request' | 'adopt' }>>

export interface Enqueued {
  readonly session: Session
  readonly first: FirstCall
  /** The resource with the names above it, which calls do not give. */
  readonly resource: ResourceName
  readonly onCompletion?: ((completion: Completion) => unknown) | undefined
  readonly onBlocking?: ((wanted: LockMode) => unknown) | undefined
  readonly onCallbackError: (error: unknown) => void
}

/** The one object behind each lock; `Lock` is a face of it. */
export class EnqueuedLock implements LockHandle {
  readonly number: number
  readonly resource: ResourceName
  readonly completion: Promise<Completion>
  /** The session that it lives in. */
  readonly home: Session
  readonly #options: Enqueued
  readonly #callbacks = new Set<(wanted: LockMode) => unknown>()
  #mode: LockMode | undefined
  #token: bigint | undefined
  #range: LockRange | undefined
  #value: ValueCopy | undefined
  #blocked: LockMode | undefined
  #unlocksPending = 0
  /** Calls that are under way. */
  readonly #conversions = new Set<Conversion>()
  #isUnlocked = false
  #lost: LockLostError | undefined
  /** It was unlocked by a call on another lock. */
  #taken: LockUnlockedError | undefined
  // Most locks are never asked for their signal, and a controller is dear.
  #controller: AbortController | undefined

  constructor(options: Enqueued) {
    const { session, resource, first, onBlocking } = options
    this.#options = options
    this.home = session
    this.resource = resource
    this.number = session.nextLock()
    if (onBlocking !== undefined) this.#callbacks.add(onBlocking)
    session.listen(this.number, {
      onBlocking: (wanted) => this.#onBlocking(wanted),
      onUnlocked: () => this.#onUnlocked(),
      onLost: (end) => this.#onLost(end),
    })
    this.completion = this.#call(first)
  }

  get session(): string {
    return this.home.opened.session
  }

  get name(): string {
    return textOfName(this.resource.name)
  }

  get mode(): LockMode | undefined {
    return this.#certain?.mode
  }

  get token(): bigint | undefined {
    const certain = this.#certain
    return certain !== undefined && canWrite(certain.mode) ? this.#token : undefined
  }

  get range(): LockRange | undefined {
    return this.#certain?.range
  }

  get value(): ValueCopy | undefined {
    return this.#value
  }

  /** The party that was named at the request. */
  get owner(): string | undefined {
    return this.#options.first.owner
  }

  get held(): boolean {
    if (this.#mode === undefined || this.#isUnlocked || this.#unlocksPending > 0) return false
    // The session looks at the clock; when its deadline has passed, `#onLost` runs within this line.
    return this.#lost === undefined && this.home.trusted()
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    const end = this.#lost ?? this.#taken
    if (end !== undefined) this.#controller.abort(end)
    return this.#controller.signal
  }

  get lost(): LockLostError | undefined {
    return this.#lost
  }

  get isUnlocked(): boolean {
    return this.#isUnlocked
  }

  /** Throws `LockLostError` or `LockUnlockedError` unless the lock is held at this moment. */
  assertHeld(): void {
    if (this.held) return
    if (this.#isUnlocked || this.#unlocksPending > 0) throw new LockUnlockedError(this.subject)
    throw this.#lost ?? new LockLostError(this.subject, this.#token, { reason: 'stalled' })
  }

  get subject(): LockSubject {
    return { resource: this.resource, mode: this.#mode ?? this.#options.first.mode }
  }

  convert(mode: LockMode, { range, ...flags }: ConvertFlags = {}): Promise<Completion> {
    const { noQueue = false, queueFair = false, useValue = false } = flags
    return this.#call({
      ...flags,
      kind: 'convert',
      mode,
      noQueue,
      queueFair,
      useValue,
      ...(range === undefined ? {} : { range: rangeOf(range) }),
    })
  }

  unlock(flags: UnlockFlags = {}): Promise<Completion> {
    return this.#call({ ...flags, kind: 'unlock' })
  }

  cancel(flags: CancelFlags = {}): Promise<Completion> {
    return this.#call({ ...flags, kind: 'cancel' })
  }

  onBlocking(callback: (wanted: LockMode) => unknown): () => void {
    this.#callbacks.add(callback)
    const already = this.#blocked
    if (already !== undefined) queueMicrotask(() => this.#tellBlocking(callback, already))
    return () => void this.#callbacks.delete(callback)
  }

  #call(call: Bare<LockCall>): Promise<Completion> {
    const givesUp = call.kind === 'unlock' && call.subtree !== 'below'
    if (givesUp) this.#unlocksPending += 1
    if (call.kind === 'convert') this.#conversions.add(call)
    return new Promise((resolve) => {
      this.home.call({ ...call, lock: this.number } as Numbered<LockCall>, (event) => {
        if (givesUp) this.#unlocksPending -= 1
        if (call.kind === 'convert') this.#conversions.delete(call)
        this.#take(call, event)
        const { kind: _, ...rest } = event
        const completion: Completion = { ...rest, of: call.kind }
        const { onCompletion } = this.#options
        if (onCompletion !== undefined) this.#tell(() => onCompletion(completion))
        resolve(completion)
      })
    })
  }

  get #certain(): { readonly mode: LockMode; readonly range?: LockRange | undefined } | undefined {
    if (this.#mode === undefined) return undefined
    let certain: ReturnType<typeof whileConverting> = { mode: this.#mode, range: this.#range }
    for (const conversion of this.#conversions) certain = whileConverting(certain, conversion)
    return certain
  }

  /** What the lock has after a call has ended; that it is gone is for the session to say. */
  #take(call: Bare<LockCall>, { outcome, mode, token, range, value }: CompletionEvent): void {
    if (outcome === 'granted') {
      this.#mode = mode ?? ('mode' in call ? call.mode : this.#mode)
      this.#token = token
      this.#range = range
      this.#value = value ?? this.#value
      this.#blocked = undefined
    } else if ('resource' in call) {
      this.home.forget(this.number)
    } else if (mode !== undefined && mode !== this.#mode) {
      // The conversion failed, but on its way it gave up what it had.
      this.#mode = mode
      this.#token = token
      this.#blocked = undefined
    }
  }

  #onUnlocked(): void {
    this.#isUnlocked = true
    // Who unlocks a lock needs not be told.
    if (this.#unlocksPending > 0) return
    this.#taken = new LockUnlockedError(this.subject)
    this.#controller?.abort(this.#taken)
  }

  #onLost(end: LockEnd): void {
    this.#lost = new LockLostError(this.subject, this.#token, end)
    this.#controller?.abort(this.#lost)
  }

  #onBlocking(wanted: LockMode): void {
    this.#blocked = wanted
    for (const callback of this.#callbacks) this.#tellBlocking(callback, wanted)
  }

  #tellBlocking(callback: (wanted: LockMode) => unknown, wanted: LockMode): void {
    if (this.#callbacks.has(callback)) this.#tell(() => callback(wanted))
  }

  /** That the lock is gone meanwhile is no fault of a callback. */
  #tell(callback: () => unknown): void {
    tellCallback(callback, (error) => {
      if (LockLostError.is(error) || LockUnlockedError.is(error)) return
      this.#options.onCallbackError(error)
    })
  }
}
