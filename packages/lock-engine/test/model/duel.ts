/**
 * The same steps given to the naive table and to engines. After each step, when all is said, they
 * must agree on what every session hears and on every lock at its master.
 */
import type { Random } from '@holdfast/primitives'
import type { LockCall } from '../../src/index.ts'
import type { Process } from '../harness/cluster.ts'
import { Cluster } from '../harness/cluster.ts'
import { ViewChain } from '../harness/view-chain.ts'
import type { Census } from './census.ts'
import type { Heard } from './reference-table.ts'
import { ReferenceTable } from './reference-table.ts'
import { resourceOf } from './rules.ts'
import { engineTables, modelTables } from './tables.ts'
import { TokenCheck } from './tokens.ts'
import { eventInWords, stepInWords } from './words.ts'
import type { Placed, Shape, Step } from './workload.ts'
import { purges, Workload } from './workload.ts'

/** What went wrong first, and the steps up to then. */
export interface Fault {
  readonly message: string
  readonly steps: readonly Step[]
}

export function playRandom(
  random: Random,
  shape: Shape,
  calls: number,
  census?: Census,
): Fault | undefined {
  const workload = new Workload(random, shape)
  const duel = new Duel(shape, census)
  const steps: Step[] = []
  const message = faultOf(() => {
    for (let count = 0; count < calls; count += 1) {
      const step = workload.draw(duel.locks())
      steps.push(step)
      duel.play(step)
    }
    duel.finish()
  })
  return message === undefined ? undefined : { message, steps }
}

/** Plays given steps; the first fault, if there is one. */
export function replay(
  shape: Shape,
  steps: readonly Step[],
  narrate?: (line: string) => void,
): string | undefined {
  return faultOf(() => {
    const duel = new Duel(shape, undefined, narrate)
    for (const step of steps) duel.play(step)
    duel.finish()
  })
}

function faultOf(play: () => void): string | undefined {
  try {
    play()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

interface Session {
  readonly number: number
  readonly process: Process
  calls: number
}

class Duel {
  readonly #shape: Shape
  readonly #census: Census | undefined
  readonly #narrate: ((line: string) => void) | undefined
  /** Looking at every lock takes as long as a call; a run that is played again does it each time. */
  readonly #tablesEvery: number
  readonly #cluster: Cluster
  readonly #model: ReferenceTable
  readonly #places: Session[] = []
  #heard: Heard[] = []
  #sessions = 0
  #steps = 0
  readonly #tokens = new TokenCheck()

  constructor(shape: Shape, census?: Census, narrate?: (line: string) => void) {
    this.#shape = shape
    this.#census = census
    this.#narrate = narrate
    this.#tablesEvery = census === undefined ? 1 : 8
    this.#model = new ReferenceTable(shape.locksPerSessionMax)
    this.#cluster = new Cluster({
      seed: shape.seed,
      limits: { locksPerSessionMax: shape.locksPerSessionMax },
      onEvent: (_process, session, event) => this.#heard.push({ session, event }),
      onSend: (from, to, message) => this.#census?.sent(from.id, to.id, message),
    })
    this.#start()
    for (let place = 0; place < shape.places; place += 1) this.#open(place)
  }

  #start(): void {
    for (let id = 1; id <= this.#shape.nodes; id += 1) this.#cluster.boot(id)
    const { processes } = this.#cluster
    const view = new ViewChain().next(processes, true)
    for (const process of processes) this.#cluster.install(process, view)
    for (const process of processes) this.#cluster.activate(process)
    this.#cluster.settle()
  }

  #open(place: number): void {
    const process = this.#cluster.processes[place % this.#shape.nodes] as Process
    this.#sessions += 1
    const number = this.#sessions
    this.#places[place] = { number, process, calls: 0 }
    this.#cluster.give(process, { kind: 'session-opened', session: number, label: `s${number}` })
  }

  locks(): readonly Placed[] {
    return this.#model.locks.map((lock) => {
      const place = this.#places.findIndex(({ number }) => number === lock.session)
      return { lock, place: place < 0 || lock.orphan ? undefined : place }
    })
  }

  play(step: Step): void {
    this.#narrate?.(stepInWords(step))
    if (step.kind === 'pass') {
      this.#model.pass(step.ms)
      this.#cluster.pass(step.ms)
    } else if (step.kind === 'close') this.#close(step.place)
    else this.#call(this.#places[step.place] as Session, step.call)
    this.#cluster.settle()
    this.#compare()
  }

  /** Ends every session and drops every orphan: nothing may be left. */
  finish(): void {
    for (const place of this.#places.keys()) this.play({ kind: 'close', place })
    if (purges) this.play({ kind: 'call', place: 0, call: { kind: 'purge' } })
    this.#compareTables()
    if (this.#model.locks.length > 0) return
    this.#cluster.pass(60_000)
    for (const { engine, id } of this.#cluster.processes) {
      engine.checkInvariants()
      if (!engine.idle) throw new Error(`node ${id} is not idle: ${engine.describe()}`)
    }
  }

  #close(place: number): void {
    const { number, process } = this.#places[place] as Session
    this.#model.close(number)
    this.#cluster.give(process, { kind: 'session-closed', session: number })
    this.#open(place)
  }

  #call(session: Session, unnumbered: Extract<Step, { kind: 'call' }>['call']): void {
    session.calls += 1
    const { number, process, calls } = session
    const call = { ...unnumbered, call: calls } as LockCall
    if (call.kind === 'request' || call.kind === 'adopt') {
      const parent = this.#model.find(number, call.parent)
      this.#tokens.expect(number, call.lock, resourceOf(call, parent))
    }
    this.#census?.called(number, call, this.#model.find(number, call.lock))
    this.#model.call(number, process.id, call)
    this.#cluster.give(process, { kind: 'call', session: number, call })
  }

  #compare(): void {
    const heard = this.#heard
    const expected = this.#model.events
    this.#heard = []
    this.#model.events = []
    const lines = heard.map(({ session, event }) => eventInWords(session, event)).sort()
    const hoped = expected.map(({ session, event }) => eventInWords(session, event)).sort()
    for (const line of lines) this.#narrate?.(`    ${line}`)
    expectSame(lines, hoped)
    this.#census?.heard(expected, this.#model.locks)
    this.#tokens.check(heard)
    this.#steps += 1
    if (this.#steps % this.#tablesEvery === 0) this.#compareTables()
  }

  #compareTables(): void {
    const { processes } = this.#cluster
    expectSame(engineTables(processes), modelTables(this.#model))
    for (const { engine, id } of processes) {
      engine.checkInvariants()
      for (const { holder } of engine.locks(1)) this.#census?.mastered(id, holder)
    }
  }
}

function expectSame(seen: readonly string[], hoped: readonly string[]): void {
  if (seen.length === hoped.length && seen.every((line, index) => line === hoped[index])) return
  const surplus = seen.filter((line) => !hoped.includes(line))
  const missing = hoped.filter((line) => !seen.includes(line))
  throw new Error(
    `\n  ${surplus.join('; ') || 'nothing'}\ninstead of\n  ${missing.join('; ') || 'nothing'}`,
  )
}
