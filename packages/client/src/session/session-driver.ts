/**
 * Runs a session machine on a port and a clock: takes inputs, sends, keeps time, and hands on the
 * other outputs in order. Who makes it says what the outputs mean.
 */
import type { Instant } from '@holdfast/primitives'
import { SessionClosedError } from '../errors.ts'
import type { ClientLimits } from '../limits.ts'
import type { SessionPort } from '../session-port.ts'
import {
  createSessionMachine,
  type Opened,
  type SessionInput,
  type SessionMachine,
  type SessionOutput,
} from './session-machine.ts'

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

export type HandedOn = Exclude<SessionOutput, { readonly kind: 'send' | 'ready' }>

export class SessionDriver {
  readonly machine: SessionMachine
  readonly #port: SessionPort
  readonly #clock: SessionClock
  readonly #onOutput: (output: HandedOn) => void
  readonly #alarm: Alarm
  readonly #openingTimer: NodeJS.Timeout
  readonly #ready = Promise.withResolvers<void>()
  #opened: Opened | undefined
  #executing = false

  constructor({ port, limits, clock }: SessionOptions, onOutput: (output: HandedOn) => void) {
    this.machine = createSessionMachine(limits)
    this.#port = port
    this.#clock = clock
    this.#onOutput = onOutput
    this.#alarm = createAlarm(
      () => clock.now(),
      () => this.put({ kind: 'tick' }),
    )
    const late = `the node opened no session within ${limits.openMs} ms`
    this.#openingTimer = setTimeout(() => {
      this.put({ kind: 'disconnected', reason: late })
    }, limits.openMs)
    port.receive({
      onEvent: (event) => this.put({ kind: 'event', event }),
      onClose: (reason) => this.put({ kind: 'disconnected', reason }),
    })
  }

  /** What the node said when it opened the session; `undefined` before the first ping was answered. */
  get opened(): Opened | undefined {
    return this.#opened
  }

  /** When the node has answered the first ping. Rejects with `SessionClosedError` when it ended before. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** By the clock of this very moment, however late timers fire. */
  trusted(): boolean {
    const jumped = this.#clock.jumped()
    if (!jumped && this.machine.trusted(this.#clock.now())) return true
    this.put({ kind: jumped ? 'clock-jumped' : 'tick' })
    return false
  }

  // Whoever hears an output may put something in again; the outer loop then goes on.
  put(input: SessionInput): void {
    const now = this.#clock.now()
    if (this.#clock.jumped()) this.machine.handle({ kind: 'clock-jumped' }, now)
    this.machine.handle(input, now)
    if (this.#executing) return
    this.#executing = true
    for (;;) {
      const outputs = this.machine.drain()
      if (outputs.length === 0) break
      for (const output of outputs) this.#execute(output)
    }
    this.#executing = false
    this.#alarm.set(this.machine.deadline())
  }

  #execute(output: SessionOutput): void {
    if (output.kind === 'send') {
      this.#port.send(output.call)
      return
    }
    if (output.kind === 'ready') {
      clearTimeout(this.#openingTimer)
      this.#opened = output.opened
      this.#ready.resolve()
      return
    }
    if (output.kind === 'ended') {
      clearTimeout(this.#openingTimer)
      this.#port.close(output.end.reason)
      this.#ready.reject(new SessionClosedError(output.end))
    }
    this.#onOutput(output)
  }
}

interface Alarm {
  set(at: Instant | undefined): void
}

/**
 * One timer, armed anew only when the deadline moves closer, since most of them move away. It does
 * not keep the process alive: what has to be said at a deadline is said to somebody who still runs.
 */
function createAlarm(now: () => Instant, ring: () => void): Alarm {
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
