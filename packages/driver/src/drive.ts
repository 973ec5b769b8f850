import type { Instant, Machine, Millis } from '@holdfast/primitives'
import type { Cancel, Clock } from './clock.ts'
import { type ClockGuard, createClockGuard } from './clock-guard.ts'

/** The input that every machine takes when its deadline has passed. */
export interface Tick {
  readonly kind: 'tick'
}

export interface DriveOptions<Input, Output> {
  readonly machine: Machine<Input | Tick, Output>
  readonly clock: Clock
  /**
   * Carries out the orders of one turn, oldest first. It may call `push`: what it pushes is handled
   * in the next turn.
   */
  readonly execute: (outputs: readonly Output[], now: Instant) => void
  /** What the machine is told when time was lost; see `ClockGuard`. Default: it is told nothing. */
  readonly clockJumped?: (lostMs: Millis) => Input
  /** Inputs that may wait for their turn. Default 65,536. */
  readonly inboxMax?: number
}

export interface Driver<Input> {
  /** Queues an input for this turn. `false`: not taken, because too many wait or it was stopped. */
  push(input: Input): boolean
  /** Handles nothing more, and lets go of its timer. Idempotent. */
  stop(): void
}

const INBOX_MAX = 65_536

/**
 * Runs a machine on a clock. All inputs of one turn of the event loop are handled, then the machine
 * is asked once for its orders, which are carried out after it has returned: it is never entered
 * while it handles an input, and what it wants to send in one turn can travel together.
 *
 * A timer does not tick the machine by itself; it asks for a turn, which comes when the sockets have
 * been read. So a process that was stopped reads what others said before it judges their silence.
 */
export function drive<Input, Output>(options: DriveOptions<Input, Output>): Driver<Input> {
  const driving = new Driving(options)
  driving.begin()
  return driving
}

class Driving<Input, Output> implements Driver<Input> {
  readonly #options: DriveOptions<Input, Output>
  readonly #guard: ClockGuard
  readonly #inboxMax: number
  #inbox: Input[] = []
  #turnAsked = false
  #stopped = false
  #wakeAt: Instant | undefined
  #cancelWake: Cancel | undefined

  constructor(options: DriveOptions<Input, Output>) {
    this.#options = options
    this.#guard = createClockGuard(options.clock)
    this.#inboxMax = options.inboxMax ?? INBOX_MAX
  }

  /** The machine may want to say something before its first input. */
  begin(): void {
    this.#askForTurn()
  }

  push(input: Input): boolean {
    if (this.#stopped || this.#inbox.length >= this.#inboxMax) return false
    this.#inbox.push(input)
    this.#askForTurn()
    return true
  }

  stop(): void {
    this.#stopped = true
    this.#inbox = []
    this.#cancelWake?.()
    this.#cancelWake = undefined
  }

  #askForTurn(): void {
    if (this.#turnAsked || this.#stopped) return
    this.#turnAsked = true
    this.#options.clock.soon(() => this.#turn())
  }

  #turn(): void {
    this.#turnAsked = false
    if (this.#stopped) return
    const { machine, clock, execute } = this.#options
    this.#handleLostTime()
    const inbox = this.#inbox
    this.#inbox = []
    for (const input of inbox) machine.handle(input, clock.now())
    this.#tickWhenDue()
    const outputs = machine.drain()
    if (outputs.length > 0) execute(outputs, clock.now())
    this.#setAlarm()
  }

  /** Comes before the inputs: no length that was measured across lost time may be used any more. */
  #handleLostTime(): void {
    const { machine, clock, clockJumped } = this.#options
    const lostMs = this.#guard.check()
    if (lostMs === undefined || clockJumped === undefined) return
    machine.handle(clockJumped(lostMs), clock.now())
  }

  /** Comes after the inputs: what has been heard counts before silence does. */
  #tickWhenDue(): void {
    const { machine, clock } = this.#options
    const now = clock.now()
    const deadline = machine.deadline()
    if (deadline !== undefined && deadline <= now) machine.handle({ kind: 'tick' }, now)
  }

  /** One timer. One that is set for earlier stays: it finds nothing due, and is set anew then. */
  #setAlarm(): void {
    if (this.#stopped) return
    const { machine, clock } = this.#options
    const deadline = machine.deadline()
    if (deadline === undefined) return
    if (this.#wakeAt !== undefined && this.#wakeAt <= deadline) return
    this.#cancelWake?.()
    this.#wakeAt = deadline
    this.#cancelWake = clock.after(deadline - clock.now(), () => {
      this.#wakeAt = undefined
      this.#askForTurn()
    })
  }
}
