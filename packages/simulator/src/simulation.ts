import {
  createRandom,
  type Instant,
  invariant,
  type Machine,
  type Millis,
  type NodeName,
  type Random,
} from '@holdfast/primitives'
import { createDigest } from './digest.ts'
import { createEventQueue, type EventQueue } from './event-queue.ts'
import { createNode, type NodeContext, type NodePort } from './node-process.ts'
import type { Observer } from './observer.ts'
import type { Program } from './program.ts'
import { createSimClock } from './sim-clock.ts'
import { createDisk } from './sim-disk.ts'
import { createNetwork, type SimNetwork } from './sim-network.ts'
import type { SimNode } from './sim-node.ts'
import { createTrace, type Trace } from './trace.ts'

export interface NodeOptions {
  readonly name: NodeName
  /** How fast its clock runs against virtual time. Default 1. */
  readonly clockRate?: number
  /** What its clock shows at virtual time 0, in ms. Default 0. */
  readonly clockOffsetMs?: Millis
  /** Its timers fire up to this long after their deadline, in virtual ms. Default 1. */
  readonly timerLateMs?: Millis
}

export interface SimulationOptions<
  Input,
  Output,
  Packet,
  Subject extends Machine<Input, Output> = Machine<Input, Output>,
> {
  /** Everything that is left to chance follows from it. */
  readonly seed: number | string
  readonly nodes: readonly NodeOptions[]
  readonly program: Program<Input, Output, Packet, Subject>
  readonly observer?: Observer<Input, Output, Subject>
  /** How many of the last happenings the trace keeps. Default 0: none. */
  readonly traceEntriesMax?: number
}

/**
 * A world in one thread. Nothing happens by itself: `run` makes time pass, event by event.
 *
 * One seed gives independent streams of chance: one for the network, one for each disk and each
 * node, and by `random(label)` one for each concern of the caller. So a fault that is taken out of
 * a run does not shift what the others draw.
 */
export interface Simulation<
  Input,
  Output,
  Packet,
  Subject extends Machine<Input, Output> = Machine<Input, Output>,
> {
  /** Virtual time in ms since the beginning; no machine sees it. */
  readonly now: Instant
  readonly nodes: readonly SimNode<Input, Output, Subject>[]
  readonly network: SimNetwork<Packet>
  readonly trace: Trace
  /** Events that have happened so far. */
  readonly events: number
  node(name: NodeName): SimNode<Input, Output, Subject>
  /** A stream of chance of the caller; one label always gives the same stream. */
  random(label: string): Random
  at(time: Instant, action: () => void): void
  after(delay: Millis, action: () => void): void
  /** Lets everything happen that happens until then. Throws what a machine or the observer throws. */
  run(until: Instant): void
  /** The fingerprint of everything so far. */
  digest(): string
}

export function createSimulation<Input, Output, Packet, Subject extends Machine<Input, Output>>(
  options: SimulationOptions<Input, Output, Packet, Subject>,
): Simulation<Input, Output, Packet, Subject> {
  const { seed } = options
  const time: VirtualTime = { now: 0, events: 0 }
  const queue = createEventQueue()
  const digest = createDigest()
  const network = createNetwork<Packet>(createRandom(`${seed}/network`))
  const nodes = new Map<NodeName, NodePort<Input, Output, Packet, Subject>>()
  const trace = createTrace(options.traceEntriesMax ?? 0)
  const context: NodeContext<Input, Output, Packet, Subject> = {
    now: () => time.now,
    queue,
    network,
    program: options.program,
    observer: options.observer ?? {},
    digest,
    trace,
    peer: (name) => nodes.get(name),
  }
  for (const [index, node] of options.nodes.entries()) {
    invariant(!nodes.has(node.name), 'two nodes of a world have different names')
    nodes.set(node.name, placeNode({ node, index, seed }, context))
  }
  return {
    get now(): Instant {
      return time.now
    },
    get events(): number {
      return time.events
    },
    nodes: [...nodes.values()],
    network,
    trace,
    node(name) {
      const node = nodes.get(name)
      invariant(node !== undefined, `the world has no node called ${name}`)
      return node
    },
    random: (label) => createRandom(`${seed}/${label}`),
    at: (at, action) => queue.push(Math.max(at, time.now), action),
    after: (delay, action) => queue.push(time.now + Math.max(0, delay), action),
    run: (until) => runEvents(queue, time, until),
    digest: () => digest.read(),
  }
}

interface VirtualTime {
  now: Instant
  events: number
}

function runEvents(queue: EventQueue, time: VirtualTime, until: Instant): void {
  for (let event = queue.popUntil(until); event !== undefined; event = queue.popUntil(until)) {
    time.now = event.at
    time.events += 1
    event.run()
  }
  time.now = Math.max(time.now, until)
}

interface Placement {
  readonly node: NodeOptions
  readonly index: number
  readonly seed: number | string
}

function placeNode<Input, Output, Packet, Subject extends Machine<Input, Output>>(
  { node, index, seed }: Placement,
  context: NodeContext<Input, Output, Packet, Subject>,
): NodePort<Input, Output, Packet, Subject> {
  return createNode(
    {
      name: node.name,
      index,
      clock: createSimClock({ rate: node.clockRate ?? 1, offsetMs: node.clockOffsetMs ?? 0 }),
      disk: createDisk(createRandom(`${seed}/disk/${node.name}`)),
      random: createRandom(`${seed}/node/${node.name}`),
      timerLateMs: node.timerLateMs ?? 1,
    },
    context,
  )
}
