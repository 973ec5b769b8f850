/**
 * Several engines, the links between them, and the script that recovery plays.
 *
 * What the world promises an engine, and nothing more: messages between two processes arrive in
 * order and once; between different pairs in any order (the random chooses). A message is tagged with
 * the epoch that its sender had installed; from a newer epoch than the receiver's it waits. Messages
 * between processes that are not in each other's view are dropped. A process that was cut off goes
 * on alone until somebody halts it, which happens before a view without it becomes active.
 */
import type { Instant, NodeId, Random } from '@holdfast/primitives'
import { createRandom } from '@holdfast/primitives'
import type {
  EngineInput,
  EngineLimits,
  EngineMember,
  EngineOutput,
  LockCall,
  LockEngine,
  PlainCall,
} from '../../src/index.ts'
import { createLockEngine } from '../../src/index.ts'
import type { SessionEvent } from '../../src/messages.ts'
import type { Member, View } from './view-chain.ts'

/** One start of a node. */
export interface Process {
  readonly serial: number
  readonly id: NodeId
  readonly engine: LockEngine
  view: View | undefined
  /** Serials of the processes that told everything for the installed view. */
  rebuilt: Set<number>
  active: boolean
  open: boolean
  state: 'up' | 'cut' | 'halted'
}

type Parcel =
  | { readonly kind: 'engine'; readonly epoch: number; readonly message: unknown }
  | { readonly kind: 'transfer'; readonly epoch: number; readonly record: unknown }
  | { readonly kind: 'rebuilt'; readonly epoch: number }

interface Channel {
  readonly from: Process
  readonly to: Process
  readonly parcels: Parcel[]
}

export interface ClusterOptions {
  readonly seed?: number | string
  readonly limits?: Partial<EngineLimits>
  /** Gives each transfer record twice. */
  readonly repeatsTransfers?: boolean
  readonly onEvent?: (process: Process, session: number, event: SessionEvent) => void
  readonly onSend?: (from: Process, to: Process, message: unknown) => void
  readonly onDeliver?: (from: Process, to: Process, parcel: unknown) => void
  readonly onPropose?: (process: Process, notes: readonly string[]) => void
  readonly onFact?: (process: Process, fact: unknown) => void
  /** After each step of an engine. */
  readonly onStep?: (process: Process) => void
}

export class Cluster {
  /** Chooses what is delivered next; a test may put another one in its place. */
  random: Random
  readonly processes: Process[] = []
  now: Instant = 0
  /** Engine messages between different processes so far. */
  sent = 0
  readonly #options: ClusterOptions
  readonly #channels = new Map<string, Channel>()

  constructor(options: ClusterOptions = {}) {
    this.#options = options
    this.random = createRandom(options.seed ?? 1)
  }

  /** A new start of node `id`; it is no member before it installs a view that names it. */
  boot(id: NodeId): Process {
    const process: Process = {
      serial: this.processes.length + 1,
      id,
      engine: createLockEngine({ limits: this.#options.limits ?? {} }),
      view: undefined,
      rebuilt: new Set(),
      active: false,
      open: false,
      state: 'up',
    }
    this.processes.push(process)
    return process
  }

  give(process: Process, input: EngineInput): void {
    if (process.state === 'halted') return
    process.engine.handle(input, this.now)
    this.#drain(process)
  }

  call(process: Process, session: number, call: LockCall | PlainCall): void {
    this.give(process, { kind: 'call', session, call })
  }

  /** Steps 1 to 4 of the recovery script. */
  install(process: Process, view: View): void {
    if (process.state === 'halted') return
    const { engine } = process
    Object.assign(process, { view, rebuilt: new Set(), active: false, open: false })
    engine.install(engineViewOf(view, process), this.now)
    for (const { to, record } of engine.transfers()) {
      if (to === process.id) engine.accept(process.id, record)
      else this.#post(process, to, { kind: 'transfer', epoch: view.epoch, record })
    }
    for (const member of view.members) {
      if (member.serial === process.serial) process.rebuilt.add(process.serial)
      else this.#post(process, member.id, { kind: 'rebuilt', epoch: view.epoch })
    }
    engine.resume()
    this.#drain(process)
  }

  /** Step 5; the caller saw to it that the view may be active. */
  activate(process: Process): void {
    if (process.state === 'halted' || process.active || process.view === undefined) return
    process.active = true
    process.engine.activate(this.now)
    this.#drain(process)
    this.#tryOpen(process)
  }

  /** Cuts the process off from all others; it does not know. */
  cut(process: Process): void {
    if (process.state === 'up') process.state = 'cut'
  }

  /** Stops the process; what it sent may still arrive: all of it, or with `lose` some beginning of it. */
  halt(process: Process, { lose = false }: { lose?: boolean } = {}): void {
    const wasCut = process.state === 'cut'
    process.state = 'halted'
    for (const channel of this.#channels.values()) {
      const isMute = channel.to === process || (wasCut && channel.from === process)
      if (isMute) channel.parcels.length = 0
      if (lose && channel.from === process) {
        channel.parcels.length = this.random.below(channel.parcels.length + 1)
      }
    }
  }

  /** Delivers one parcel of some pair; false when nothing can be delivered. */
  deliverOne(accepts: (from: Process, to: Process) => boolean = () => true): boolean {
    const ready = [...this.#channels.values()].filter(
      (channel) => isReady(channel) && accepts(channel.from, channel.to),
    )
    if (ready.length === 0) return false
    this.#deliver(this.random.pick(ready))
    return true
  }

  /** Delivers until nothing is under way that can be delivered. */
  settle(accepts?: (from: Process, to: Process) => boolean): void {
    let steps = 0
    while (this.deliverOne(accepts)) {
      steps += 1
      if (steps > 200_000) throw new Error('the engines never stop talking')
    }
  }

  /** Lets time pass: every deadline up to then is kept, and what is said is delivered. */
  pass(ms: number): void {
    const end = this.now + ms
    let turns = 0
    for (;;) {
      this.settle()
      const due = this.#nextDeadline()
      if (due === undefined || due.at > end) break
      turns += 1
      if (turns > 10_000) throw new Error('an engine never stops asking for ticks')
      this.now = Math.max(this.now, due.at)
      this.give(due.process, { kind: 'tick' })
    }
    this.now = end
  }

  /** What is under way between two nodes, oldest first. */
  underWay(from: NodeId, to: NodeId): readonly unknown[] {
    return [...this.#channels.values()]
      .filter((channel) => channel.from.id === from && channel.to.id === to)
      .flatMap((channel) => channel.parcels)
      .map((parcel) => (parcel.kind === 'engine' ? parcel.message : parcel))
  }

  #nextDeadline(): { process: Process; at: Instant } | undefined {
    let first: { process: Process; at: Instant } | undefined
    for (const process of this.processes) {
      if (process.state === 'halted') continue
      const at = process.engine.deadline()
      if (at !== undefined && (first === undefined || at < first.at)) first = { process, at }
    }
    return first
  }

  #deliver(channel: Channel): void {
    const parcel = channel.parcels.shift()
    const { from, to } = channel
    if (parcel === undefined || to.view === undefined || !isMember(to.view, from)) return
    this.#options.onDeliver?.(from, to, parcel)
    if (parcel.kind === 'engine') {
      const { epoch, message } = parcel
      this.give(to, { kind: 'received', from: from.id, epoch, message })
      return
    }
    // Transfers are handed over whatever their epoch (recovery, R5).
    if (parcel.kind === 'rebuilt' && parcel.epoch !== to.view.epoch) return
    if (parcel.kind === 'transfer') {
      to.engine.accept(from.id, parcel.record)
      if (this.#options.repeatsTransfers) to.engine.accept(from.id, parcel.record)
      this.#drain(to)
    } else {
      to.rebuilt.add(from.serial)
      this.#tryOpen(to)
    }
  }

  #tryOpen(process: Process): void {
    const { view, active, open, rebuilt } = process
    if (view === undefined || open || !active) return
    if (!view.members.every((member) => rebuilt.has(member.serial))) return
    process.open = true
    process.engine.open(this.now)
    this.#drain(process)
  }

  #drain(process: Process): void {
    for (const output of process.engine.drain()) this.#carryOut(process, output)
    this.#options.onStep?.(process)
  }

  #carryOut(process: Process, output: EngineOutput): void {
    switch (output.kind) {
      case 'send': {
        const epoch = process.view?.epoch ?? 0
        this.sent += 1
        const to = this.#post(process, output.to, {
          kind: 'engine',
          epoch,
          message: output.message,
        })
        this.#options.onSend?.(process, to, output.message)
        break
      }
      case 'event':
        this.#options.onEvent?.(process, output.session, output.event)
        break
      case 'propose':
        this.#options.onPropose?.(process, output.notes)
        break
      default:
        this.#options.onFact?.(process, output.fact)
    }
  }

  #post(from: Process, toId: NodeId, parcel: Parcel): Process {
    const member = from.view?.members.find((one) => one.id === toId)
    if (member === undefined || toId === from.id) {
      const what = JSON.stringify(parcel, (_key, value) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      throw new Error(`node ${from.id} sends ${what} to ${toId}, itself or no member of its view`)
    }
    const to = this.processes[member.serial - 1] as Process
    const key = `${from.serial}>${to.serial}`
    const channel = this.#channels.get(key) ?? { from, to, parcels: [] }
    this.#channels.set(key, channel)
    if (to.state !== 'halted') channel.parcels.push(parcel)
    return to
  }
}

function isReady({ from, to, parcels }: Channel): boolean {
  const head = parcels[0]
  if (head === undefined || to.state !== 'up' || from.state === 'cut') return false
  return to.view !== undefined && head.epoch <= to.view.epoch
}

function isMember(view: View, process: Process): boolean {
  return view.members.some((member) => member.serial === process.serial)
}

function engineViewOf(view: View, process: Process): Parameters<LockEngine['install']>[0] {
  const toMember = ({ id, joined, eligible, weight }: Member): EngineMember => ({
    id,
    joined,
    eligible,
    weight,
    name: `n${id}`,
  })
  return {
    epoch: view.epoch,
    settled: view.settled,
    self: process.id,
    members: view.members.map(toMember),
    notes: view.notes.map(({ text }) => text),
    ...(view.evicted === undefined ? {} : { evicted: view.evicted }),
  }
}
