/**
 * A virtual client: one session at a time, its own clock, and the rule by which it trusts its locks.
 *
 * What it believes is narrower than what it is told: from the call for a conversion on it acts only
 * on what both modes contain; from the call for an unlock on it acts on nothing. It stops to believe
 * at its own deadline, to the instant, whether or not it has been told anything.
 */
import type { LockMode, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { Instant, Millis } from '@holdfast/primitives'
import { createSimClock, type SimClock } from '@holdfast/simulator'
import { conversionWrites, mayWriteValue, weakerOf } from '../checkers/lock-modes.ts'
import type { Belief, Trust } from '../facts.ts'
import type { Connection } from './connection.ts'
import type {
  Client,
  ClientLock,
  ClientSetup,
  ConvertOptions,
  PendingCall,
  RequestOptions,
  UnlockOptions,
} from './contract.ts'
import type { History } from './history.ts'
import { trustUntil } from './trust.ts'

type Completion = Extract<SessionEvent, { kind: 'completion' }>

export function createClient(setup: ClientSetup): Client {
  return new VirtualClient(setup)
}

class VirtualClient implements Client {
  readonly name: string
  readonly locks = new Map<number, ClientLock>()
  readonly openCalls = new Map<number, { readonly kind: string; readonly since: Instant }>()
  granted = 0
  readonly #setup: ClientSetup
  readonly #clock: SimClock
  #connection: Connection | undefined
  #trust: Trust = { until: 0 }
  #trusted = false
  #leaseMs: Millis = 0
  #sessions = 0
  #lastCall = 0
  #lastLock = 0
  #hangsUntil: Instant = 0
  #waiting: (() => void)[] = []

  constructor(setup: ClientSetup) {
    this.name = setup.name
    this.#setup = setup
    this.#clock = createSimClock({ rate: setup.clockRate, offsetMs: setup.clockOffsetMs })
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

  request(options: RequestOptions): void {
    this.#lastLock += 1
    const { resource, mode } = options
    const key = `${resource.space}/${resource.name}`
    const belief: Belief = {
      client: this.name,
      lock: this.#lastLock,
      resource: key,
      trust: this.#trust,
      mode: undefined,
    }
    const lock: ClientLock = {
      lock: this.#lastLock,
      resource,
      belief,
      useValue: options.useValue,
      granted: undefined,
      pending: undefined,
      unlocking: false,
    }
    this.locks.set(lock.lock, lock)
    const call = this.#nextCall('request')
    lock.pending = this.#pend(call, 'request', mode)
    if (!options.noQueue) this.#setup.history.asked({ at: this.#setup.now(), belief, mode })
    this.#send({ kind: 'request', call, lock: lock.lock, ...options })
  }

  convert(lock: ClientLock, options: ConvertOptions): void {
    const before = lock.granted
    if (before === undefined || lock.pending !== undefined) return
    const { mode, noQueue, queueFair, value } = options
    const { useValue } = lock
    const writes = useValue && conversionWrites(before, mode)
    const call = this.#nextCall('convert')
    lock.pending = this.#pend(call, 'convert', mode)
    if (writes) this.#setup.history.wrote(this.#writeFact(lock, { bytes: value }))
    this.#yield(lock, weakerOf(before, mode))
    const written = writes ? { value } : {}
    const named = { kind: 'convert', call, lock: lock.lock } as const
    this.#send({ ...named, mode, noQueue, queueFair, useValue, ...written })
  }

  unlock(lock: ClientLock, options: UnlockOptions): void {
    if (lock.unlocking) return
    lock.unlocking = true
    this.#waitsNoMore(lock)
    const call = this.#nextCall('unlock')
    const writes = lock.granted !== undefined && mayWriteValue(lock.granted)
    if (writes && options.value !== undefined) {
      this.#setup.history.wrote(this.#writeFact(lock, { bytes: options.value }))
    } else if (writes && options.invalidate === true) {
      this.#setup.history.wrote(this.#writeFact(lock, 'invalidate'))
    }
    this.#yield(lock, undefined)
    this.#send({ kind: 'unlock', call, lock: lock.lock, ...options })
  }

  cancel(lock: ClientLock): void {
    if (lock.pending === undefined || lock.pending.cancelling) return
    lock.pending.cancelling = true
    this.#waitsNoMore(lock)
    this.#send({ kind: 'cancel', call: this.#nextCall('cancel'), lock: lock.lock })
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
        this.#onCompletion(event)
        break
      case 'blocking': {
        const lock = this.locks.get(event.lock)
        if (lock !== undefined) this.#setup.behaviour.onBlocking(this, lock, event.mode)
        break
      }
      case 'report':
      case 'lost':
      case 'purged':
      case 'space':
      case 'refused':
      case 'recovery':
        break
      case 'closed':
        this.#connection?.cut(undefined)
        this.#end(undefined)
        break
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
    this.openCalls.delete(event.call)
    const lock = this.locks.get(event.lock)
    if (lock === undefined) return
    const { pending } = lock
    if (pending?.call === event.call) this.#onEndOfPending(lock, pending, event)
    else if (event.outcome === 'unlocked') this.locks.delete(lock.lock)
    else if (event.outcome === 'refused') {
      this.#setup.history.refused(event.reason)
      lock.unlocking = false
    }
  }

  #onEndOfPending(lock: ClientLock, pending: PendingCall, event: Completion): void {
    const { behaviour } = this.#setup
    lock.pending = undefined
    if (event.outcome !== 'granted') this.#waitsNoMore(lock)
    if (event.outcome === 'granted') {
      const before = lock.granted
      lock.granted = pending.mode
      this.granted += 1
      if (!lock.unlocking) lock.belief.mode = pending.mode
      this.#setup.history.granted({
        at: this.#setup.now(),
        calledAt: pending.calledAt,
        belief: lock.belief,
        before,
        token: event.token,
        value: event.value,
      })
      if (!lock.unlocking) behaviour.onGranted(this, lock)
      return
    }
    // A refusal changes nothing; otherwise the completion says what is still held.
    const mode = event.outcome === 'refused' ? lock.granted : event.mode
    if (event.outcome === 'refused') this.#setup.history.refused(event.reason)
    if (mode === undefined && !lock.unlocking) this.#drop(lock)
    else if (mode !== undefined && lock.granted !== undefined) this.#keep(lock, mode)
    if (!lock.unlocking) behaviour.onDenied(this, lock)
  }

  /** A conversion that came to nothing: the old mode stays, or a weaker one after a demotion. */
  #keep(lock: ClientLock, mode: LockMode): void {
    lock.granted = mode
    if (!lock.unlocking) lock.belief.mode = mode
  }

  #drop(lock: ClientLock): void {
    this.locks.delete(lock.lock)
    this.#yield(lock, undefined)
  }

  #waitsNoMore({ belief }: ClientLock): void {
    this.#setup.history.waitsNoMore(belief)
  }

  #yield(lock: ClientLock, mode: LockMode | undefined): void {
    const before = lock.belief.mode
    lock.belief.mode = mode
    if (before === undefined) return
    this.#setup.history.yielded({ at: this.#setup.now(), belief: lock.belief, before })
  }

  #end(tellAfterMs: number | undefined): void {
    if (this.#connection === undefined) return
    this.#connection.cut(tellAfterMs)
    this.#connection = undefined
    this.#trusted = false
    this.#trust.until = Math.min(this.#trust.until, this.#setup.now())
    for (const lock of this.locks.values()) {
      const { mode } = lock.belief
      this.#waitsNoMore(lock)
      lock.belief.mode = undefined
      this.#setup.history.lost({ at: this.#setup.now(), belief: lock.belief, mode })
    }
    this.locks.clear()
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

  #writeFact(
    lock: ClientLock,
    write: { readonly bytes: Uint8Array } | 'invalidate',
  ): Parameters<History['wrote']>[0] {
    return { at: this.#setup.now(), belief: lock.belief, write }
  }

  #pend(call: number, kind: 'request' | 'convert', mode: LockMode): PendingCall {
    return { call, kind, mode, calledAt: this.#setup.now(), cancelling: false }
  }

  #nextCall(kind: string): number {
    this.#lastCall += 1
    this.openCalls.set(this.#lastCall, { kind, since: this.#setup.now() })
    return this.#lastCall
  }

  #send(call: SessionCall): void {
    this.#connection?.call(call)
  }
}
