import {
  type Incarnation,
  type Instant,
  invariant,
  type Machine,
  type NodeName,
  type Random,
} from '@holdfast/primitives'
import type { Digest } from './digest.ts'
import type { EventQueue } from './event-queue.ts'
import { drawWithin } from './latency.ts'
import type { Observer } from './observer.ts'
import type { Program, Sender } from './program.ts'
import type { SimClock } from './sim-clock.ts'
import type { DiskPort, SimDisk } from './sim-disk.ts'
import type { Router } from './sim-network.ts'
import type { NodeState, ResumeOptions, SimNode } from './sim-node.ts'
import type { Trace } from './trace.ts'

/** What a node needs from the world around it. */
export interface NodeContext<Input, Output, Packet, Subject extends Machine<Input, Output>> {
  readonly now: () => Instant
  readonly queue: EventQueue
  readonly network: Router<Packet>
  readonly program: Program<Input, Output, Packet, Subject>
  readonly observer: Observer<Input, Output, Subject>
  readonly digest: Digest
  readonly trace: Trace
  readonly peer: (name: NodeName) => NodePort<Input, Output, Packet, Subject> | undefined
}

export interface NodePort<Input, Output, Packet, Subject extends Machine<Input, Output>>
  extends SimNode<Input, Output, Subject> {
  arrive(incarnation: Incarnation, from: Sender, packet: Packet): void
}

export interface NodeSetup {
  readonly name: NodeName
  readonly index: number
  readonly clock: SimClock
  readonly disk: DiskPort
  readonly random: Random
  /** Timers fire up to this long after their deadline, in virtual ms. */
  readonly timerLateMs: number
}

/** Inputs that may wait for a process that does not run; what comes after them is lost. */
const INBOX_MAX = 50_000
/** Ticks in a row that leave their deadline in the past, until the machine is said to spin. */
const SPIN_MAX = 1_000
/** Clocks are compared to this many ms, because a rate is not a binary fraction. */
const ROUNDING_MS = 1e-6

export function createNode<Input, Output, Packet, Subject extends Machine<Input, Output>>(
  setup: NodeSetup,
  context: NodeContext<Input, Output, Packet, Subject>,
): NodePort<Input, Output, Packet, Subject> {
  return new Node(setup, context)
}

class Node<Input, Output, Packet, Subject extends Machine<Input, Output>>
  implements NodePort<Input, Output, Packet, Subject>
{
  readonly name: NodeName
  readonly clock: SimClock
  state: NodeState = 'down'
  starts = 0
  incarnation: Incarnation | undefined
  machine: Subject | undefined
  readonly #setup: NodeSetup
  readonly #context: NodeContext<Input, Output, Packet, Subject>
  #inbox: Input[] = []
  #busy = false
  #lastNow: Instant = 0
  #stoppedAt: Instant = 0
  #tickAt: Instant | undefined
  #outputsLeft: number | undefined
  #spins = 0

  constructor(setup: NodeSetup, context: NodeContext<Input, Output, Packet, Subject>) {
    this.name = setup.name
    this.clock = setup.clock
    this.#setup = setup
    this.#context = context
  }

  get disk(): SimDisk {
    return this.#setup.disk
  }

  localNow(): Instant {
    const virtual = this.state === 'suspended' ? this.#stoppedAt : this.#context.now()
    return Math.max(this.clock.local(virtual), this.#lastNow)
  }

  start(): void {
    if (this.state !== 'down') return
    const { random, disk } = this.#setup
    this.starts += 1
    this.state = 'running'
    this.incarnation = random.hex16()
    this.#lastNow = this.clock.local(this.#context.now())
    this.#note('start', { incarnation: this.incarnation, record: disk.record !== undefined })
    this.machine = this.#context.program.create({
      node: this.name,
      incarnation: this.incarnation,
      record: disk.record,
      random: random.fork(`start ${this.starts}`),
      now: this.#lastNow,
    })
    this.#context.observer.onStart?.(this)
    this.#turn([])
  }

  crash(): void {
    if (this.state === 'down') return
    invariant(!this.#busy, 'a node is not crashed from inside its own turn; use crashAfterOutputs')
    this.#end('crash')
  }

  crashAfterOutputs(count: number | undefined): void {
    if (this.state !== 'down') this.#outputsLeft = count
  }

  pause(): void {
    if (this.state === 'running') this.#stand('paused')
  }

  suspend(): void {
    if (this.state === 'running') this.#stand('suspended')
  }

  resume(options: ResumeOptions<Input> = {}): void {
    if (this.state !== 'paused' && this.state !== 'suspended') return
    if (this.state === 'suspended') this.clock.stoodStill(this.#context.now() - this.#stoppedAt)
    this.state = 'running'
    this.#note('resume', { afterMs: this.#context.now() - this.#stoppedAt })
    const waited = this.#inbox
    this.#inbox = []
    const tick = this.#isDue() ? [this.#context.program.tick()] : []
    const first = options.first === undefined ? [] : [options.first]
    if (options.tick === 'behind') this.#turn([...first, ...waited, ...tick])
    else this.#turn([...first, ...tick, ...waited])
  }

  give(input: Input): void {
    if (this.state === 'down') return
    if (this.state !== 'running') {
      if (this.#inbox.length < INBOX_MAX) this.#inbox.push(input)
      return
    }
    if (!this.#busy) {
      this.#turn([input])
      return
    }
    const { incarnation } = this
    this.#later(this.#context.now(), () => {
      if (this.incarnation === incarnation) this.give(input)
    })
  }

  arrive(incarnation: Incarnation, from: Sender, packet: Packet): void {
    if (this.incarnation !== incarnation) return
    this.#context.network.delivered()
    for (const input of this.#context.program.received(from, packet, this.name)) this.give(input)
  }

  #turn(inputs: readonly Input[]): void {
    const { machine } = this
    if (machine === undefined) return
    const { observer, digest, now } = this.#context
    this.#busy = true
    this.#lastNow = this.localNow()
    for (const input of inputs) {
      this.#note('in', input)
      observer.onInput?.(this, input)
      machine.handle(input, this.#lastNow)
      observer.onHandled?.(this, input)
    }
    const outputs = machine.drain()
    digest.add(now() + this.#setup.index)
    digest.add(outputs.length)
    for (const output of outputs) {
      if (!this.#carryOut(output)) return
    }
    this.#busy = false
    observer.onTurn?.(this)
    this.#rearm()
  }

  /** `false` when the process is gone after it. */
  #carryOut(output: Output): boolean {
    if (this.#outputsLeft === 0) {
      this.#busy = false
      this.#end('crash')
      return false
    }
    if (this.#outputsLeft !== undefined) this.#outputsLeft -= 1
    this.#note('out', output)
    this.#context.observer.onOutput?.(this, output)
    const effect = this.#context.program.effect(output, this.name)
    if (effect.kind === 'send') for (const packet of effect.packets) this.#send(effect.to, packet)
    else if (effect.kind === 'store') this.#store(effect.write, effect.record)
    else if (effect.kind === 'stop') {
      this.#busy = false
      this.#end('stop')
      return false
    }
    return true
  }

  #send(to: NodeName, packet: Packet): void {
    const peer = this.#context.peer(to)
    // A channel joins two processes: what was sent to one start never reaches the next.
    const incarnation = peer?.incarnation
    if (peer === undefined || incarnation === undefined) return
    const from = { node: this.name, incarnation: this.incarnation as Incarnation }
    const flight = { packet, from: this.name, to, sentAt: this.#context.now() }
    for (const arrival of this.#context.network.route(flight)) {
      this.#context.queue.push(arrival, () => peer.arrive(incarnation, from, packet))
    }
  }

  #store(write: number, record: unknown): void {
    const { disk } = this.#setup
    const { program, now } = this.#context
    const item = { write, record }
    const { at, ok } = disk.begin(item, now())
    this.#later(at, () => {
      if (!disk.finish(item, ok)) return
      this.give(
        ok ? program.stored(write) : program.storeFailed(write, 'the disk failed the write'),
      )
    })
  }

  #stand(state: 'paused' | 'suspended'): void {
    this.#stoppedAt = this.#context.now()
    this.state = state
    this.#note(state, undefined)
  }

  #end(why: 'crash' | 'stop'): void {
    this.#note(why, undefined)
    this.#context.observer.onEnd?.(this, why)
    if (this.state === 'suspended') this.clock.stoodStill(this.#context.now() - this.#stoppedAt)
    this.#setup.disk.cut()
    this.state = 'down'
    this.incarnation = undefined
    this.machine = undefined
    this.#inbox = []
    this.#tickAt = undefined
    this.#outputsLeft = undefined
    this.#lastNow = 0
  }

  #isDue(): boolean {
    const deadline = this.machine?.deadline()
    return deadline !== undefined && deadline <= this.localNow() + ROUNDING_MS
  }

  #rearm(): void {
    const deadline = this.machine?.deadline()
    if (deadline === undefined || this.state !== 'running') return
    const now = this.#context.now()
    const due = Math.max(now, this.clock.virtual(deadline))
    if (this.#tickAt !== undefined && this.#tickAt <= due + this.#setup.timerLateMs) return
    const at = due + drawWithin(this.#setup.random, this.#setup.timerLateMs)
    this.#tickAt = at
    this.#later(at, () => this.#onTimer(at))
  }

  #onTimer(at: Instant): void {
    if (this.#tickAt !== at) return
    this.#tickAt = undefined
    if (this.state !== 'running') return
    if (!this.#isDue()) {
      this.#rearm()
      return
    }
    this.#lastNow = Math.max(this.localNow(), this.machine?.deadline() ?? 0)
    this.#turn([this.#context.program.tick()])
    this.#spins = this.#isDue() ? this.#spins + 1 : 0
    invariant(this.#spins < SPIN_MAX, `the machine of ${this.name} asks for ticks without end`)
  }

  /** Runs unless the process of now has died by then. */
  #later(at: Instant, run: () => void): void {
    const { incarnation } = this
    this.#context.queue.push(at, () => {
      if (this.incarnation === incarnation) run()
    })
  }

  #note(what: string, detail: unknown): void {
    this.#context.trace.add(this.#context.now(), this.name, what, detail)
  }
}
