/**
 * A session for tools: calls as the engine has them go in, events as the node says them come out.
 * Nothing is opened again and nothing is kept per lock; an application wants a `Cluster`.
 *
 * What it does by itself: it pings, holds a grant back while the session is not trusted, and tells of
 * a loss before the cluster can grant the lock to anybody else.
 */
import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { unreachable } from '@holdfast/primitives'
import { createDialer } from './dial.ts'
import { SessionClosedError, type SessionEnd } from './errors.ts'
import { CLIENT_LIMITS } from './limits.ts'
import { type Alarm, createAlarm, type SessionClock } from './session/session.ts'
import {
  createSessionMachine,
  type Opened,
  type SessionInput,
  type SessionOutput,
} from './session/session-machine.ts'
import { type ClusterOptions, systemClock } from './session-keeper.ts'
import type { SessionPort } from './session-port.ts'

export type {
  GrantTerms,
  LockFilter,
  LockMode,
  LockName,
  LockRange,
  LockReport,
  NodeStatus,
  Outcome,
  ResourceName,
  SessionCall,
  SessionEvent,
  SpaceAttributes,
  ValueCopy,
} from '@holdfast/lock-engine/messages'
export type { SessionEnd }
export { createDialer }

/** What a tool can say; the rest is said by the session itself. */
export type RawCall = Exclude<SessionCall, { kind: 'ping' | 'close' }>

/** A call before its number is known. */
export type NumberlessCall = RawCall extends infer Call
  ? Call extends RawCall
    ? Omit<Call, 'call'>
    : never
  : never

/** What a session says to a tool; its end is told by `onEnd`. */
export type RawEvent = Exclude<SessionEvent, { kind: 'opened' | 'pong' | 'closed' }>

export interface RawSessionOptions {
  /** Makes a port to a node; `createDialer` makes what makes one. Called once. */
  readonly openPort: ClusterOptions['openPort']
  /** Each event in the order in which it may be believed. */
  readonly onEvent: (event: RawEvent) => void
  /**
   * The session has ended. Before it each held lock was told `lost` and each pending call that names
   * a lock ended `lost`; calls that name none have no answer.
   */
  readonly onEnd: (end: SessionEnd) => void
  /** Ends the attempt to open; a session that is open is not touched. */
  readonly signal?: AbortSignal
  /** Default: the clocks of this machine. */
  readonly clock?: SessionClock
}

export interface RawSession {
  readonly opened: Opened
  /** Why it ended; undefined while it is open. */
  readonly ended: SessionEnd | undefined
  /**
   * Sends the call and gives its number. The number of a lock is the caller's to choose: whole, above
   * 0, never used before in the session. After the end a call that names a lock ends `lost` at once.
   */
  send(call: NumberlessCall): number
  /** Ends the session; its locks are freed. Idempotent. `onEnd` is called with `asked`. */
  close(): void
}

/**
 * Resolves when the node answered the first ping. Rejects with what `openPort` said, or with
 * `SessionClosedError` when the session ended before that (`onEnd` is not called then).
 */
export async function openRawSession(options: RawSessionOptions): Promise<RawSession> {
  const port = await options.openPort(options.signal)
  return new ToolSession(port, options).ready
}

class ToolSession implements RawSession {
  readonly #machine = createSessionMachine(CLIENT_LIMITS)
  readonly #port: SessionPort
  readonly #clock: SessionClock
  readonly #onEvent: (event: RawEvent) => void
  readonly #onEnd: (end: SessionEnd) => void
  readonly #alarm: Alarm
  readonly #first = Promise.withResolvers<RawSession>()
  readonly #openingTimer: NodeJS.Timeout
  #opened: Opened | undefined
  #executing = false

  constructor(port: SessionPort, { onEvent, onEnd, clock = systemClock() }: RawSessionOptions) {
    this.#port = port
    this.#clock = clock
    this.#onEvent = onEvent
    this.#onEnd = onEnd
    this.#alarm = createAlarm(
      () => clock.now(),
      () => this.#put({ kind: 'tick' }),
    )
    const late = `the node opened no session within ${CLIENT_LIMITS.openMs} ms`
    this.#openingTimer = setTimeout(() => {
      this.#put({ kind: 'disconnected', reason: late })
    }, CLIENT_LIMITS.openMs)
    port.receive({
      onEvent: (event) => this.#put({ kind: 'event', event }),
      onClose: (reason) => this.#put({ kind: 'disconnected', reason }),
    })
  }

  get ready(): Promise<RawSession> {
    return this.#first.promise
  }

  get opened(): Opened {
    if (this.#opened === undefined) throw new SessionClosedError({ reason: 'refused' })
    return this.#opened
  }

  get ended(): SessionEnd | undefined {
    return this.#machine.ended
  }

  send(numberless: NumberlessCall): number {
    const call = { ...numberless, call: this.#machine.nextNumber() } as RawCall
    this.#put({ kind: 'call', call })
    return call.call
  }

  close(): void {
    this.#put({ kind: 'close' })
  }

  // Callbacks may call in again while outputs are carried out; the outer loop then goes on.
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
        this.#onEvent(output.completion)
        break
      case 'answered':
        if (output.answer !== undefined) this.#onEvent(output.answer)
        break
      case 'blocking':
        this.#onEvent(output)
        break
      case 'unlocked':
        // The completion said so.
        break
      case 'lost':
        this.#onEvent({ kind: 'lost', lock: output.lock })
        break
      case 'recovery':
        this.#onEvent(output.recovery)
        break
      case 'ended':
        this.#finish(output.end)
        break
      default:
        unreachable(output)
    }
  }

  #finish(end: SessionEnd): void {
    clearTimeout(this.#openingTimer)
    this.#port.close(end.reason)
    if (this.#opened === undefined) this.#first.reject(new SessionClosedError(end))
    else this.#onEnd(end)
  }
}
