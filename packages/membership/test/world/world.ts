import {
  createMembership,
  type DurableRecord,
  type Membership,
  type MembershipFact,
  type MembershipInput,
  type MembershipMessage,
  type MembershipOptions,
  type MembershipOutput,
  type MembershipTiming,
  TIMING_DEFAULT,
  type View,
} from '@holdfast/membership'
import { createRandom, type Random } from '@holdfast/primitives'
import { createEventQueue, type EventQueue } from './event-queue.ts'

/** A whole cluster in virtual time: clocks with rates, a faulty network, disks and crashes. */
export interface Process {
  readonly node: string
  readonly incarnation: string
  readonly machine: Membership
  readonly startedAt: number
  views: View[]
  activated: number[]
  facts: { readonly at: number; readonly fact: MembershipFact }[]
  ended: 'evicted' | 'left' | 'halted' | 'crashed' | undefined
  endedReason: string
  fences: { readonly node: string; readonly incarnation: string }[]
  /** Messages and disk answers that wait for a paused process. */
  waiting: MembershipInput[]
  pausedUntil: number | undefined
  nextTickAt: number | undefined
}

export interface Host {
  readonly node: string
  /** Local milliseconds per real millisecond. */
  readonly rate: number
  /** Local instant at real instant 0; falls when the clock stands still. */
  offset: number
  disk: DurableRecord | undefined
  process: Process | undefined
  readonly options: HostOptions
}

export interface HostOptions {
  readonly votes: number
  readonly joinAs?: 'member' | 'witness'
  readonly rate?: number
  readonly weight?: number
}

export interface WorldOptions {
  readonly seed: number | string
  readonly timing?: MembershipTiming
  readonly genesis: readonly string[]
  readonly votes?: Readonly<Record<string, number>>
  readonly hosts?: Readonly<Record<string, Partial<HostOptions>>>
  readonly tieBreaker?: string
  readonly storeMs?: readonly [number, number]
  /** One way, from and to, in real milliseconds. */
  readonly delayMs?: readonly [number, number]
  readonly lossPercent?: number
  readonly repeatPercent?: number
  readonly fencing?: boolean
}

export type Rule = (
  from: string,
  to: string,
  message: MembershipMessage,
) => 'drop' | number | undefined

export interface Watcher {
  /** Looks at the world after each event; throws when something is wrong. */
  afterEvent(world: World): void
  onMessage?(world: World, from: Process, to: string, message: MembershipMessage): void
  /** A record is on the disk. */
  onStored?(world: World, process: Process, record: DurableRecord): void
  onInstalled?(world: World, process: Process, view: View): void
  onActivated?(world: World, process: Process, epoch: number): void
}

export interface World {
  now: number
  readonly random: Random
  readonly hosts: ReadonlyMap<string, Host>
  readonly processes: readonly Process[]
  readonly options: WorldOptions
  readonly timing: MembershipTiming
  lossPercent: number
  repeatPercent: number
  delayMs: readonly [number, number]
  storeMs: readonly [number, number]
  /** For directed schedules: 'drop', a delay in milliseconds, or `undefined` for the usual. */
  rule: Rule | undefined
  /** Ordered pairs `from>to` that lose everything. */
  readonly cuts: Set<string>
  localNow(node: string): number
  host(node: string): Host
  process(node: string): Process
  start(node: string, options?: { readonly disk?: 'kept' | 'lost' }): Process
  crash(node: string): void
  /** Stops a process for so long; with `suspend` its monotonic clock stands still too. */
  pause(node: string, forMs: number, kind?: 'pause' | 'suspend'): void
  input(node: string, input: MembershipInput): void
  cut(from: string, to: string): void
  cutBoth(a: string, b: string): void
  isolate(node: string): void
  healAll(): void
  run(forMs: number): void
  /** Runs until `condition` holds; returns how long it took, or `undefined` after `limitMs`. */
  runUntil(condition: () => boolean, limitMs: number): number | undefined
  at(inMs: number, action: () => void): void
  mayContinue(process: Process): boolean
  mayTakeOver(process: Process): boolean
  addHost(node: string, options: HostOptions): void
}

export function createWorld(options: WorldOptions, watchers: readonly Watcher[] = []): World {
  const random = createRandom(`world ${options.seed}`)
  const queue: EventQueue = createEventQueue()
  const hosts = new Map<string, Host>()
  const processes: Process[] = []
  const timing = options.timing ?? TIMING_DEFAULT
  const cuts = new Set<string>()

  const between = ([low, high]: readonly [number, number]): number =>
    low + ((high - low) * random.below(1000)) / 999

  const addHost = (node: string, own: HostOptions): void => {
    const offset = random.below(1_000_000)
    const rate = own.rate ?? 1
    hosts.set(node, { node, rate, offset, disk: undefined, process: undefined, options: own })
  }

  const feed = (process: Process, input: MembershipInput): void => {
    if (process.ended !== undefined) return
    if (process.pausedUntil !== undefined) return void process.waiting.push(input)
    process.machine.handle(input, world.localNow(process.node))
    obey(process)
    arm(process)
  }

  const write = (process: Process, number: number, record: DurableRecord): void => {
    queue.add(world.now + between(world.storeMs), () => {
      const host = world.host(process.node)
      // A write that was under way when the process ended is lost.
      if (host.process !== process) return
      host.disk = record
      for (const watcher of watchers) watcher.onStored?.(world, process, record)
      feed(process, { kind: 'stored', write: number })
    })
  }

  const obey = (process: Process): void => {
    for (const output of process.machine.drain()) carryOut(process, output)
  }

  const carryOut = (process: Process, output: MembershipOutput): void => {
    switch (output.kind) {
      case 'send':
        for (const watcher of watchers) {
          watcher.onMessage?.(world, process, output.to.node, output.message)
        }
        transmit(process, output.to.node, output.message)
        break
      case 'store':
        write(process, output.write, output.record)
        break
      case 'installed':
        process.views.push(output.view)
        for (const watcher of watchers) watcher.onInstalled?.(world, process, output.view)
        break
      case 'activated':
        process.activated.push(output.epoch)
        for (const watcher of watchers) watcher.onActivated?.(world, process, output.epoch)
        break
      case 'observed':
        process.facts.push({ at: world.now, fact: output.fact })
        break
      case 'fence':
        process.fences.push({ node: output.node, incarnation: output.incarnation })
        break
      case 'left':
        process.ended = 'left'
        break
      default:
        process.ended = output.kind
        process.endedReason = output.reason
    }
  }

  const transmit = (from: Process, to: string, message: MembershipMessage): void => {
    const verdict = world.rule?.(from.node, to, message)
    if (verdict === 'drop') return
    const copies = random.chance(world.repeatPercent, 100) ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      if (random.chance(world.lossPercent, 100)) continue
      queue.add(world.now + (verdict ?? between(world.delayMs)), () => {
        if (cuts.has(`${from.node}>${to}`)) return
        const target = hosts.get(to)?.process
        if (target === undefined) return
        const { node, incarnation } = from
        feed(target, { kind: 'received', from: { node, incarnation }, message })
      })
    }
  }

  const arm = (process: Process): void => {
    const deadline = process.machine.deadline()
    if (deadline === undefined || process.ended !== undefined) return
    const host = world.host(process.node)
    const at = Math.max(world.now, (deadline - host.offset) / host.rate)
    if (process.nextTickAt !== undefined && process.nextTickAt <= at) return
    process.nextTickAt = at
    queue.add(at, () => {
      if (process.nextTickAt !== at) return
      process.nextTickAt = undefined
      if (process.pausedUntil !== undefined || process.ended !== undefined) return
      const due = process.machine.deadline()
      if (due !== undefined && due <= world.localNow(process.node) + 1e-6) {
        process.machine.handle({ kind: 'tick' }, Math.max(due, world.localNow(process.node)))
        obey(process)
      }
      arm(process)
    })
  }

  const turn = (): boolean => {
    const event = queue.take()
    if (event === undefined) return false
    world.now = Math.max(world.now, event.at)
    event.action()
    for (const watcher of watchers) watcher.afterEvent(world)
    return true
  }

  const world: World = {
    now: 0,
    random,
    hosts,
    processes,
    options,
    timing,
    lossPercent: options.lossPercent ?? 0,
    repeatPercent: options.repeatPercent ?? 0,
    delayMs: options.delayMs ?? [0.5, 0.5],
    storeMs: options.storeMs ?? [1, 1],
    rule: undefined,
    cuts,
    localNow(node) {
      const host = world.host(node)
      return host.offset + world.now * host.rate
    },
    host(node) {
      const host = hosts.get(node)
      if (host === undefined) throw new Error(`no host ${node}`)
      return host
    },
    process(node) {
      const { process } = world.host(node)
      if (process === undefined) throw new Error(`no process on ${node}`)
      return process
    },
    start(node, how = {}) {
      const host = world.host(node)
      if (how.disk === 'lost') host.disk = undefined
      const incarnation = random.hex16()
      const machine = createMembership(optionsOf(world, host, incarnation))
      const process: Process = {
        node,
        incarnation,
        machine,
        startedAt: world.now,
        views: [],
        activated: [],
        facts: [],
        fences: [],
        ended: undefined,
        endedReason: '',
        waiting: [],
        pausedUntil: undefined,
        nextTickAt: undefined,
      }
      host.process = process
      processes.push(process)
      feed(process, { kind: 'tick' })
      return process
    },
    crash(node) {
      const host = world.host(node)
      if (host.process === undefined) return
      host.process.ended ??= 'crashed'
      host.process = undefined
    },
    pause(node, forMs, kind = 'pause') {
      const process = world.process(node)
      if (process.pausedUntil !== undefined) return
      process.pausedUntil = world.now + forMs
      queue.add(world.now + forMs, () => {
        process.pausedUntil = undefined
        if (process.ended !== undefined) return
        const host = world.host(node)
        if (kind === 'suspend') {
          host.offset -= forMs * host.rate
          feed(process, { kind: 'clock-jumped' })
        }
        const { waiting } = process
        process.waiting = []
        for (const input of waiting) feed(process, input)
        feed(process, { kind: 'tick' })
      })
    },
    input(node, input) {
      feed(world.process(node), input)
    },
    cut: (from, to) => void cuts.add(`${from}>${to}`),
    cutBoth(a, b) {
      world.cut(a, b)
      world.cut(b, a)
    },
    isolate(node) {
      for (const other of hosts.keys()) if (other !== node) world.cutBoth(node, other)
    },
    healAll: () => cuts.clear(),
    run(forMs) {
      const until = world.now + forMs
      while ((queue.nextAt() ?? Number.POSITIVE_INFINITY) <= until) turn()
      world.now = until
    },
    runUntil(condition, limitMs) {
      const from = world.now
      while (!condition()) {
        if (world.now - from > limitMs || !turn()) return undefined
      }
      return world.now - from
    },
    at: (inMs, action) => queue.add(world.now + inMs, action),
    mayContinue: (process) => isAble(process) && process.machine.mayContinue(clockOf(process)),
    mayTakeOver: (process) => isAble(process) && process.machine.mayTakeOver(clockOf(process)),
    addHost,
  }

  /** A paused process would still believe in its lease, were it asked between two instructions. */
  const isAble = (process: Process): boolean => process.ended === undefined
  const clockOf = (process: Process): number => world.localNow(process.node)

  for (const node of options.genesis) {
    const own = options.hosts?.[node] ?? {}
    addHost(node, { votes: options.votes?.[node] ?? 1, ...own })
  }
  for (const [node, own] of Object.entries(options.hosts ?? {})) {
    if (!hosts.has(node)) addHost(node, { votes: 0, ...own })
  }
  return world
}

function optionsOf(world: World, host: Host, incarnation: string): MembershipOptions {
  const { options, timing } = world
  const genesis = options.genesis.map((node) => ({ node, votes: options.votes?.[node] ?? 1 }))
  return {
    cluster: 'test',
    self: {
      node: host.node,
      incarnation,
      address: `addr-${host.node}`,
      votes: host.options.votes,
      ...(host.options.weight === undefined ? {} : { weight: host.options.weight }),
    },
    genesis,
    seeds: options.genesis.map((node) => ({ node, address: `addr-${node}` })),
    ...(options.tieBreaker === undefined ? {} : { tieBreaker: options.tieBreaker }),
    timing,
    record: host.disk,
    random: createRandom(`${options.seed} ${host.node} ${incarnation}`),
    ...(host.options.joinAs === undefined ? {} : { joinAs: host.options.joinAs }),
    ...(options.fencing === undefined ? {} : { fencing: options.fencing }),
  }
}
