import type { LockCall, LockMode, PlainCall } from '@holdfast/lock-engine/messages'
import { type Instant, unreachable } from '@holdfast/primitives'
import { CallRefusedError, type LockEnd, SessionClosedError, type SessionEnd } from '../errors.ts'
import type { ClientLimits } from '../limits.ts'
import type { SessionPort } from '../session-port.ts'
import {
  type Answer,
  type AnswerTo,
  type CompletionEvent,
  createSessionMachine,
  type Opened,
  type Recovery,
  type SessionInput,
  type SessionMachine,
  type SessionOutput,
} from './session-machine.ts'

/** What a lock hears between its calls. */
export interface LockListener {
  onBlocking(mode: LockMode): void
  /** By its own call, or together with a lock above it. */
  onUnlocked(): void
  onLost(end: LockEnd): void
}

/** A call before its number is known. */
export type Numbered<Call> = Call extends unknown ? Omit<Call, 'call'> : never

/** A session on a port, with callbacks for its locks and promises for what needs none. */
export interface Session {
  readonly opened: Opened
  readonly ended: SessionEnd | undefined
  /** By the clock of this very moment, however late timers fire. */
  trusted(): boolean
  /** A lock number that was never used. */
  nextLock(): number
  /** Sends the call; `settle` gets its one completion, never before this returns. */
  call(call: Numbered<LockCall>, settle: (completion: CompletionEvent) => void): void
  /** Rejects with `CallRefusedError`, or with `SessionClosedError` when the session ends before the answer. */
  ask<Call extends Numbered<PlainCall>>(call: Call): Promise<AnswerTo<Call>>
  listen(lock: number, listener: LockListener): void
  forget(lock: number): void
  onRecovery(listener: (recovery: Recovery) => void): void
  onEnd(listener: (end: SessionEnd) => void): void
  close(): void
}

/** What a session knows of time. */
export interface SessionClock {
  /** The monotonic clock, ms. */
  now(): Instant
  /** True once after time was lost that the monotonic clock does not show. */
  jumped(): boolean
}

export interface SessionOptions {
  readonly port: SessionPort
  readonly limits: ClientLimits
  readonly clock: SessionClock
}

/**
 * Runs a session machine on a port. Resolves when the node answered the first ping; rejects with
 * `SessionClosedError` when the session ended before that.
 */
export function openSession(options: SessionOptions): Promise<Session> {
  return new DrivenSession(options).ready
}

class DrivenSession implements Session {
  readonly #machine: SessionMachine
  readonly #port: SessionPort
  readonly #clock: SessionClock
  readonly #alarm: Alarm
  readonly #first = Promise.withResolvers<Session>()
  readonly #waiting = new Map<number, (completion: CompletionEvent) => void>()
  readonly #asked = new Map<number, (answer: Answer | undefined) => void>()
  readonly #listeners = new Map<number, LockListener>()
  readonly #recoveryListeners: ((recovery: Recovery) => void)[] = []
  readonly #endListeners: ((end: SessionEnd) => void)[] = []
  readonly #openingTimer: NodeJS.Timeout
  #opened: Opened | undefined
  #executing = false

  constructor({ port, limits, clock }: SessionOptions) {
    this.#machine = createSessionMachine(limits)
    this.#port = port
    this.#clock = clock
    this.#alarm = createAlarm(
      () => clock.now(),
      () => this.#put({ kind: 'tick' }),
    )
    const late = `the node opened no session within ${limits.openMs} ms`
    this.#openingTimer = setTimeout(() => {
      this.#put({ kind: 'disconnected', reason: late })
    }, limits.openMs)
    port.receive({
      onEvent: (event) => this.#put({ kind: 'event', event }),
      onClose: (reason) => this.#put({ kind: 'disconnected', reason }),
    })
  }

  get ready(): Promise<Session> {
    return this.#first.promise
  }

  get opened(): Opened {
    if (this.#opened === undefined) throw new SessionClosedError({ reason: 'refused' })
    return this.#opened
  }

  get ended(): SessionEnd | undefined {
    return this.#machine.ended
  }

  trusted(): boolean {
    const jumped = this.#clock.jumped()
    if (!jumped && this.#machine.trusted(this.#clock.now())) return true
    this.#put({ kind: jumped ? 'clock-jumped' : 'tick' })
    return false
  }

  nextLock(): number {
    return this.#machine.nextNumber()
  }

  call(numberless: Numbered<LockCall>, settle: (completion: CompletionEvent) => void): void {
    const call = { ...numberless, call: this.#machine.nextNumber() } as LockCall
    let returned = false
    this.#waiting.set(call.call, (completion) => {
      // What the machine refuses by itself is settled at once.
      if (returned) settle(completion)
      else queueMicrotask(() => settle(completion))
    })
    this.#put({ kind: 'call', call })
    returned = true
  }

  async ask<Call extends Numbered<PlainCall>>(numberless: Call): Promise<AnswerTo<Call>> {
    const call = { ...numberless, call: this.#machine.nextNumber() } as unknown as PlainCall
    const answer = await new Promise<Answer | undefined>((resolve) => {
      this.#asked.set(call.call, resolve)
      this.#put({ kind: 'call', call })
    })
    if (answer === undefined) throw new SessionClosedError(this.ended ?? { reason: 'refused' })
    if (answer.kind === 'refused') throw new CallRefusedError(call.kind, answer.reason)
    // The machine passes on no other kind than the one that answers this call.
    return answer as AnswerTo<Call>
  }

  listen(lock: number, listener: LockListener): void {
    this.#listeners.set(lock, listener)
  }

  forget(lock: number): void {
    this.#listeners.delete(lock)
  }

  onRecovery(listener: (recovery: Recovery) => void): void {
    this.#recoveryListeners.push(listener)
  }

  onEnd(listener: (end: SessionEnd) => void): void {
    this.#endListeners.push(listener)
  }

  close(): void {
    this.#put({ kind: 'close' })
  }

  // Listeners may call in again while outputs are carried out; the outer loop then goes on.
  #put(input: SessionInput): void {
    const now = this.#clock.now()
    if (this.#clock.jumped()) this.#machine.handle({ kind: 'clock-jumped' }, now)
    this.#machine.handle(input, now)
    if (this.#executing) return
    this.#executing = true
    for (;;) {
      const outputs = this.#machine.drain()
      if (outputs.length === 0) break
      for (const output of outputs) this.#execute(output)
    }
    this.#executing = false
    this.#alarm.set(this.#machine.deadline())
  }

  #execute(output: SessionOutput): void {
    switch (output.kind) {
      case 'send':
        this.#port.send(output.call)
        break
      case 'ready':
        clearTimeout(this.#openingTimer)
        this.#opened = output.opened
        this.#first.resolve(this)
        break
      case 'settled':
        take(this.#waiting, output.completion.call)?.(output.completion)
        break
      case 'answered':
        take(this.#asked, output.call.call)?.(output.answer)
        break
      case 'blocking':
        this.#listeners.get(output.lock)?.onBlocking(output.mode)
        break
      case 'unlocked':
        take(this.#listeners, output.lock)?.onUnlocked()
        break
      case 'lost':
        take(this.#listeners, output.lock)?.onLost(output.end)
        break
      case 'recovery':
        for (const listener of this.#recoveryListeners) listener(output.recovery)
        break
      case 'ended':
        this.#onEnded(output.end)
        break
      default:
        unreachable(output)
    }
  }

  #onEnded(end: SessionEnd): void {
    clearTimeout(this.#openingTimer)
    this.#port.close(end.reason)
    this.#first.reject(new SessionClosedError(end))
    for (const listener of this.#endListeners) listener(end)
  }
}

function take<Value>(map: Map<number, Value>, key: number): Value | undefined {
  const value = map.get(key)
  map.delete(key)
  return value
}

export interface Alarm {
  set(at: Instant | undefined): void
}

/**
 * One timer, armed anew only when the deadline moves closer, since most of them move away. It does
 * not keep the process alive: what has to be said at a deadline is said to somebody who still runs.
 */
export function createAlarm(now: () => Instant, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let armedAt = Number.POSITIVE_INFINITY
  return {
    set(at) {
      if (at === undefined) {
        clearTimeout(timer)
        armedAt = Number.POSITIVE_INFINITY
        return
      }
      if (at >= armedAt) return
      clearTimeout(timer)
      armedAt = at
      timer = setTimeout(
        () => {
          armedAt = Number.POSITIVE_INFINITY
          ring()
        },
        Math.max(0, Math.ceil(at - now())),
      ).unref()
    },
  }
}
