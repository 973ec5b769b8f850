/**
 * Node machines on a virtual clock: packets take 1 ms, records are written at once, nothing is lost
 * unless a test cuts it. Small on purpose: the simulator of the swarm is the one with the faults.
 */
import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { TIMING_DEFAULT } from '@holdfast/membership'
import { createRandom } from '@holdfast/primitives'
import {
  createNodeMachine,
  type NodeFact,
  type NodeInput,
  type NodeMachine,
  type NodeOutput,
} from '../../src/machine/index.ts'

interface Running {
  readonly name: string
  readonly incarnation: string
  readonly machine: NodeMachine
  readonly events: Map<number, SessionEvent[]>
  readonly facts: { readonly at: number; readonly fact: NodeFact }[]
  up: boolean
}

type Completion = Extract<SessionEvent, { readonly kind: 'completion' }>

export class MachineCluster {
  now = 0
  readonly nodes = new Map<string, Running>()
  readonly #names: readonly string[]
  readonly #weights: Readonly<Record<string, number>>
  readonly #cut = new Set<string>()
  #events: { at: number; order: number; run: () => void }[] = []
  #order = 0
  #session = 0
  #call = 0

  constructor(names: readonly string[], weights: Readonly<Record<string, number>> = {}) {
    this.#names = names
    this.#weights = weights
    for (const name of names) this.start(name)
  }

  start(name: string): void {
    const random = createRandom(`${name} ${this.now}`)
    const incarnation = random.hex16()
    const address = (node: string): string => `sim://${node}`
    const others = this.#names.filter((other) => other !== name)
    const machine = createNodeMachine({
      membership: {
        cluster: 'test',
        self: {
          node: name,
          incarnation,
          address: address(name),
          votes: 1,
          weight: this.#weights[name] ?? 1,
        },
        genesis: this.#names.map((node) => ({ node, votes: 1 })),
        seeds: others.map((node) => ({ node, address: address(node) })),
        timing: TIMING_DEFAULT,
        random,
      },
    })
    const running = { name, incarnation, machine, events: new Map(), facts: [], up: true }
    this.nodes.set(name, running)
    this.give(name, { kind: 'tick' })
  }

  crash(name: string): void {
    this.#node(name).up = false
  }

  cut(name: string): void {
    this.#cut.add(name)
  }

  give(name: string, input: NodeInput): void {
    const node = this.#node(name)
    if (!node.up) return
    node.machine.handle(input, this.now)
    for (const output of node.machine.drain()) this.#carryOut(node, output)
  }

  /** Lets time pass. */
  run(lengthMs: number): void {
    const end = this.now + lengthMs
    for (;;) {
      const deadline = this.#nextDeadline()
      const event = this.#events[0]
      const at = Math.min(deadline?.at ?? end, event?.at ?? end)
      if (at >= end) break
      this.now = Math.max(this.now, at)
      if (event !== undefined && event.at <= at) this.#events.shift()?.run()
      else if (deadline !== undefined) this.give(deadline.name, { kind: 'tick' })
    }
    this.now = end
  }

  /** Runs until the condition holds; gives how long that took. */
  runUntil(condition: () => boolean, boundMs = 20_000): number {
    const begin = this.now
    while (!condition()) {
      if (this.now - begin > boundMs) throw new Error('it did not come about in time')
      this.run(5)
    }
    return this.now - begin
  }

  session(name: string): number {
    this.#session += 1
    this.give(name, { kind: 'session-opened', session: this.#session, label: 'test' })
    return this.#session
  }

  /** Gives a call a number and hands it over. */
  call(name: string, session: number, call: Omit<SessionCall, 'call'> & object): number {
    this.#call += 1
    const numbered = { ...call, call: this.#call } as SessionCall
    this.give(name, { kind: 'session-call', session, call: numbered })
    return this.#call
  }

  request(name: string, session: number, lock: number, resource: string): number {
    return this.call(name, session, {
      kind: 'request',
      lock,
      resource: { space: 'test', name: resource },
      mode: 'EX',
      noQueue: false,
      useValue: false,
      notify: false,
    } as Omit<SessionCall, 'call'>)
  }

  heard(name: string, session: number): readonly SessionEvent[] {
    return this.#node(name).events.get(session) ?? []
  }

  completion(name: string, session: number, call: number): Completion | undefined {
    const isIt = (event: SessionEvent): event is Completion =>
      event.kind === 'completion' && event.call === call
    return this.heard(name, session).find(isIt)
  }

  /** When the node observed a fact of that kind in that epoch. */
  at(
    name: string,
    kind: 'installed' | 'activated' | 'recovered',
    epoch: number,
  ): number | undefined {
    const seen = this.#node(name).facts.find(
      ({ fact }) => fact.kind === kind && 'epoch' in fact && fact.epoch === epoch,
    )
    return seen?.at
  }

  #node(name: string): Running {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }

  #nextDeadline(): { readonly at: number; readonly name: string } | undefined {
    let next: { at: number; name: string } | undefined
    for (const { name, machine, up } of this.nodes.values()) {
      const at = up ? machine.deadline() : undefined
      if (at !== undefined && (next === undefined || at < next.at)) next = { at, name }
    }
    return next
  }

  #carryOut(from: Running, output: NodeOutput): void {
    if (output.kind === 'send') {
      const { packet, to } = output
      if (this.#cut.has(from.name) || this.#cut.has(to.node)) return
      const source = { node: from.name, incarnation: from.incarnation }
      this.#later(1, () => this.give(to.node, { kind: 'packet', from: source, packet }))
    } else if (output.kind === 'store') {
      const { write } = output
      this.#later(0, () => this.give(from.name, { kind: 'stored', write }))
    } else if (output.kind === 'session') {
      const heard = from.events.get(output.session) ?? []
      heard.push(output.event)
      from.events.set(output.session, heard)
    } else if (output.kind === 'observed') {
      from.facts.push({ at: this.now, fact: output.fact })
    }
  }

  #later(delayMs: number, run: () => void): void {
    this.#order += 1
    this.#events.push({ at: this.now + delayMs, order: this.#order, run })
    this.#events.sort((a, b) => a.at - b.at || a.order - b.order)
  }
}
