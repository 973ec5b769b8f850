/**
 * A virtual client: one session at a time, its own clock, and the rule by which it trusts its locks.
 *
 * It stops to believe at its own deadline, to the instant, whether or not it has been told anything.
 * What it believes of each lock is kept in `lock-book.ts`.
 */
import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { Instant, Millis } from '@holdfast/primitives'
import { createSimClock, type SimClock } from '@holdfast/simulator'
import type { PurgeScope, Trust } from '../facts.ts'
import type { Completion } from './completion.ts'
import type { Connection } from './connection.ts'
import type {
  AdoptOptions,
  CancelOptions,
  Client,
  ClientLock,
  ClientSetup,
  ConvertOptions,
  LeaveSpaceOptions,
  OpenSpaceOptions,
  PendingCall,
  PurgeOptions,
  RequestOptions,
  UnlockOptions,
} from './contract.ts'
import { LockBook } from './lock-book.ts'
import { trustUntil } from './trust.ts'

export function createClient(setup: ClientSetup): Client {
  return new VirtualClient(setup)
}

interface OpenCall {
  readonly kind: string
  readonly since: Instant
  readonly purge?: PurgeScope
  readonly subtree?: UnlockOptions['subtree'] | undefined
  /** What is dropped with a lockspace. */
  readonly dropped?: readonly ClientLock[]
}

class VirtualClient implements Client {
  readonly name: string
  readonly openCalls = new Map<number, OpenCall>()
  granted = 0
  readonly #setup: ClientSetup
  readonly #clock: SimClock
  readonly #book: LockBook
  #connection: Connection | undefined
  #trust: Trust = { until: 0 }
  #trusted = false
  #leaseMs: Millis = 0
  #sessions = 0
  #lastCall = 0
  #hangsUntil: Instant = 0
  #waiting: (() => void)[] = []

  constructor(setup: ClientSetup) {
    const { name, history, now } = setup
    this.name = name
    this.#setup = setup
    this.#clock = createSimClock({ rate: setup.clockRate, offsetMs: setup.clockOffsetMs })
    this.#book = new LockBook({ client: name, history, now })
  }

  get locks(): ReadonlyMap<number, ClientLock> {
    return this.#book.locks
  }

  get trusted(): boolean {
    return this.#trusted && this.#trust.until > this.#setup.now()
  }

  get connected(): boolean {
    return this.#connection !== undefined
  }

  get node(): string | undefined {
    return this.#connection?.node
  }

  open(): boolean {
    if (this.#connection !== undefined) return true
    this.#sessions += 1
    const ofThis = this.#boundToSession()
    this.#trust = { until: 0 }
    this.#connection = this.#setup.connect(`${this.name}.${this.#sessions}`, {
      onEvent: (event) => ofThis(() => this.#onEvent(event)),
      onCut: () => ofThis(() => this.#end(0)),
    })
    return this.#connection !== undefined
  }

  request(options: RequestOptions): ClientLock {
    const { mode, persistent, noQueue, range, parent, ...rest } = options
    const lock = this.#book.add(options, this.#trust)
    const call = this.#nextCall('request')
    this.#book.pend(lock, { call, kind: 'request', mode, persistent })
    if (!noQueue && keepsOrder(options)) {
      const { belief } = lock
      this.#setup.history.asked({ at: this.#setup.now(), belief, mode, range })
    }
    const given = { ...(persistent === undefined ? {} : { persistent }), ...(range && { range }) }
    const named = { kind: 'request', call, lock: lock.lock } as const
    this.#send({ ...named, mode, noQueue, ...given, ...numberOf(parent), ...rest })
    return lock
  }

  adopt({ parent, ...options }: AdoptOptions): ClientLock {
    const { mode, persistent } = options
    const lock = this.#book.add(
      parent === undefined ? options : { ...options, parent },
      this.#trust,
    )
    const call = this.#nextCall('adopt')
    this.#book.pend(lock, { call, kind: 'adopt', mode, persistent })
    this.#setup.history.adopting(lock.belief, 'asked')
    this.#send({ kind: 'adopt', call, lock: lock.lock, ...numberOf(parent), ...options })
    return lock
  }

  convert(lock: ClientLock, options: ConvertOptions): void {
    const before = lock.granted
    if (before === undefined || lock.pending !== undefined || lock.unlocking) return
    const { value, ...rest } = options
    const { mode, persistent, invalidate } = options
    const call = this.#nextCall('convert')
    this.#book.pend(lock, { call, kind: 'convert', mode, persistent })
    const writes = this.#book.leaves(lock, before, options)
    const useValue = lock.useValue && invalidate !== true
    const written = writes && useValue ? { value } : {}
    this.#send({ kind: 'convert', call, lock: lock.lock, ...rest, useValue, ...written })
  }

  unlock(lock: ClientLock, options: UnlockOptions): void {
    if (lock.unlocking && options.force !== true) return
    const call = this.#nextCall('unlock', { subtree: options.subtree })
    this.#book.gives(lock, options)
    this.#send({ kind: 'unlock', call, lock: lock.lock, ...options })
  }

  cancel(lock: ClientLock, options: CancelOptions = {}): void {
    const locks = options.subtree === true ? [lock, ...this.#book.below(lock)] : [lock]
    const waiting = locks.filter(({ pending }) => pending !== undefined && !pending.cancelling)
    if (waiting.length === 0) return
    for (const one of waiting) {
      if (one.pending !== undefined) one.pending.cancelling = true
      this.#book.waitsNoMore(one)
    }
    this.#send({ kind: 'cancel', call: this.#nextCall('cancel'), lock: lock.lock, ...options })
  }

  openSpace(options: OpenSpaceOptions): void {
    this.#send({ kind: 'open-space', call: this.#nextCall('open-space'), ...options })
  }

  leaveSpace(options: LeaveSpaceOptions): void {
    const { space, force } = options
    const locks = [...this.locks.values()].filter(
      ({ resource, unlocking }) => resource.space === space && !unlocking,
    )
    const isIdle = locks.every(({ belief }) => belief.mode === undefined || belief.mode === 'NL')
    const dropped = force === 'discard' || (force === 'idle' && isIdle) ? locks : []
    for (const lock of dropped) this.#book.abandons(lock)
    const call = this.#nextCall('leave-space', { dropped })
    this.#send({ kind: 'leave-space', call, ...options })
  }

  purge(options: PurgeOptions): void {
    this.#setup.history.purging(options, 'asked')
    const call = this.#nextCall('purge', { purge: options })
    this.#send({ kind: 'purge', call, ...options })
  }

  later(delayMs: Millis, action: () => void): void {
    const ofThis = this.#boundToSession()
    this.#setup.at(this.#setup.now() + delayMs, () => ofThis(action))
  }

  close(): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#send({ kind: 'close', call: this.#nextCall('close') })
    this.#end(undefined)
    connection.cut(0)
  }

  crash(tellAfterMs: number | undefined): void {
    this.#waiting = []
    this.#hangsUntil = 0
    this.#end(tellAfterMs)
  }

  hang(until: Instant): void {
    this.#hangsUntil = Math.max(this.#hangsUntil, until)
  }

  #boundToSession(): (action: () => void) => void {
    const session = this.#sessions
    return (action) =>
      this.#whenRunning(() => {
        if (this.#sessions === session && this.#connection !== undefined) action()
      })
  }

  #onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case 'opened':
        this.#leaseMs = event.leaseMs
        this.#ping()
        break
      case 'pong':
        this.#onPong(event)
        break
      case 'completion':
        this.#setup.history.completed(event)
        this.#onCompletion(event)
        break
      case 'blocking': {
        const lock = this.locks.get(event.lock)
        if (lock !== undefined) this.#setup.behaviour.onBlocking(this, lock, event.mode)
        break
      }
      case 'lost': {
        const lock = this.locks.get(event.lock)
        if (lock !== undefined) this.#book.drop(lock)
        break
      }
      case 'report':
      case 'recovery':
        break
      case 'purged': {
        const open = this.openCalls.get(event.call)
        this.openCalls.delete(event.call)
        if (open?.purge !== undefined) this.#setup.history.purging(open.purge, 'purged')
        break
      }
      case 'space':
        this.openCalls.delete(event.call)
        break
      case 'refused':
        this.#onRefused(event)
        break
      case 'closed':
        this.#connection?.cut(undefined)
        this.#end(undefined)
        break
    }
  }

  #onRefused({ call, reason }: Extract<SessionEvent, { kind: 'refused' }>): void {
    const open = this.openCalls.get(call)
    this.openCalls.delete(call)
    this.#setup.history.refused(reason)
    if (open?.purge !== undefined) this.#setup.history.purging(open.purge, 'refused')
    // The lockspace was not left after all, and nobody here acts on these any more.
    const dropped = open?.dropped ?? []
    for (const lock of dropped) lock.unlocking = false
    for (const lock of dropped) {
      const isTop = lock.parent === undefined || !dropped.includes(lock.parent)
      if (isTop && this.locks.has(lock.lock)) this.unlock(lock, { subtree: 'with' })
    }
  }

  #ping(): void {
    const sent = this.#clock.local(this.#setup.now())
    this.#lastCall += 1
    this.#send({ kind: 'ping', call: this.#lastCall, sent })
    this.later(this.#setup.pingMs, () => this.#ping())
  }

  #onPong(pong: Extract<SessionEvent, { kind: 'pong' }>): void {
    const answer = { authorityMs: pong.authorityMs, leaseMs: this.#leaseMs }
    const until = this.#clock.virtual(trustUntil(pong.sent, answer, this.#setup.rho))
    if (until <= this.#trust.until || until <= this.#setup.now()) return
    this.#trust.until = until
    if (this.#trusted) return
    this.#trusted = true
    this.#watch(this.#trust)
    this.#setup.behaviour.onOpened(this)
  }

  /** Declares everything lost at the deadline, to the instant. */
  #watch(trust: Trust): void {
    this.#setup.at(trust.until, () => {
      if (this.#trust !== trust || !this.#trusted) return
      if (trust.until > this.#setup.now()) this.#watch(trust)
      // A process that does not run cannot tell its node.
      else this.#end(1 + Math.max(0, this.#hangsUntil - this.#setup.now()))
    })
  }

  #onCompletion(event: Completion): void {
    const open = this.openCalls.get(event.call)
    this.openCalls.delete(event.call)
    const lock = this.locks.get(event.lock)
    if (lock === undefined) return
    const { pending } = lock
    if (pending?.call === event.call) this.#onEndOfPending(lock, pending, event)
    else if (event.outcome === 'unlocked') {
      this.#setup.history.written(lock.belief)
      // A lock whose subtree alone was unlocked stays.
      if (open?.subtree !== 'below') this.#book.drop(lock)
      for (const number of event.also ?? []) this.#dropNumber(number)
    } else if (event.outcome === 'refused') {
      this.#setup.history.refused(event.reason)
      // There are locks below it. It is held, and not acted on.
      if (open?.kind !== 'unlock') return
      lock.unlocking = false
      this.#setup.behaviour.onKept?.(this, lock)
    }
  }

  #dropNumber(number: number): void {
    const lock = this.locks.get(number)
    if (lock !== undefined) this.#book.drop(lock)
  }

  #onEndOfPending(lock: ClientLock, pending: PendingCall, event: Completion): void {
    const { behaviour, history } = this.#setup
    lock.pending = undefined
    if (event.outcome === 'granted') {
      this.granted += 1
      this.#book.granted(lock, pending, event)
      if (!lock.unlocking) behaviour.onGranted(this, lock)
      return
    }
    if (event.outcome === 'refused') history.refused(event.reason)
    this.#book.failed(lock, pending, event)
    if (!lock.unlocking) behaviour.onDenied(this, lock)
  }

  #end(tellAfterMs: number | undefined): void {
    const connection = this.#connection
    if (connection === undefined) return
    connection.cut(tellAfterMs)
    this.#connection = undefined
    this.#trusted = false
    this.#trust.until = Math.min(this.#trust.until, this.#setup.now())
    this.#book.end(connection.incarnation)
    this.openCalls.clear()
    this.#whenRunning(() => this.#setup.behaviour.onEnded(this))
  }

  /** Now, or when the process runs again. */
  #whenRunning(action: () => void): void {
    if (this.#hangsUntil <= this.#setup.now() && this.#waiting.length === 0) {
      action()
      return
    }
    this.#waiting.push(action)
    if (this.#waiting.length === 1) this.#setup.at(this.#hangsUntil, () => this.#wake())
  }

  #wake(): void {
    if (this.#hangsUntil > this.#setup.now()) {
      this.#setup.at(this.#hangsUntil, () => this.#wake())
      return
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const action of waiting) action()
  }

  #nextCall(kind: string, more: Omit<OpenCall, 'kind' | 'since'> = {}): number {
    this.#lastCall += 1
    this.openCalls.set(this.#lastCall, { kind, since: this.#setup.now(), ...more })
    return this.#lastCall
  }

  #send(call: SessionCall): void {
    this.#connection?.call(call)
  }
}

function numberOf(parent: ClientLock | undefined): { readonly parent?: number } {
  return parent === undefined ? {} : { parent: parent.lock }
}

/** Whether it waits in order with others: then nobody who asked later may come before it. */
function keepsOrder({ anyOrder, atHead, expedite, timeoutMs, ...rest }: RequestOptions): boolean {
  const alternates = rest.alternatePR === true || rest.alternateCW === true
  const jumps = anyOrder === true || atHead === true || expedite === true
  return !jumps && !alternates && timeoutMs === undefined
}
