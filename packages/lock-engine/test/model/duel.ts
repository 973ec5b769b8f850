/**
 * The same steps given to the naive table and to engines; what every session hears must agree, and
 * nobody who blocks may stay untold.
 */
import { createRandom } from '@holdfast/primitives'
import type { LockMode } from '../../src/messages.ts'
import { mayShare, mayWrite, modes } from '../harness/specification.ts'
import type { Completion, Held, Session } from '../harness/world.ts'
import { textOf, World } from '../harness/world.ts'
import type { Entry, ModelEvent } from './reference-table.ts'
import { ReferenceTable } from './reference-table.ts'
import type { Step, WorkloadOptions } from './workload.ts'
import { drawStep } from './workload.ts'

export interface DuelOptions extends WorkloadOptions {
  readonly nodes: number
  readonly steps: number
  readonly seed: string
}

/** What went wrong first, and the steps up to then. */
export interface Fault {
  readonly message: string
  readonly steps: readonly Step[]
}

export function playRandom(options: DuelOptions): Fault | undefined {
  const random = createRandom(options.seed)
  const duel = new Duel(options)
  const steps: Step[] = []
  let nextLock = 1
  for (let count = 0; count < options.steps; count += 1) {
    const step = drawStep(random, options, duel.locks(), nextLock)
    nextLock += 1
    steps.push(step)
    const message = faultOf(() => duel.play(step))
    if (message !== undefined) return { message, steps }
  }
  const message = faultOf(() => duel.finish())
  return message === undefined ? undefined : { message, steps }
}

/** Plays given steps; the first fault, if there is one. */
export function replay(options: DuelOptions, steps: readonly Step[]): string | undefined {
  return faultOf(() => {
    const duel = new Duel(options)
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

class Duel {
  readonly #world: World
  readonly #model = new ReferenceTable()
  readonly #places: Session[] = []
  /** The mode that a holder was told of and that still counts, by session and lock. */
  readonly #told = new Map<Held, number>()
  /** The mode in which it was told: in another one, what it was told before is void. */
  readonly #settled = new Map<Held, LockMode>()
  readonly #topTokens = new Map<string, bigint>()
  readonly #options: DuelOptions

  constructor(options: DuelOptions) {
    this.#options = options
    this.#world = new World({ nodes: options.nodes, seed: options.seed })
    for (let place = 0; place < options.sessions; place += 1) this.#places.push(this.#open(place))
  }

  locks(): readonly (Entry & { place: number })[] {
    return this.#model.entries.map((entry) =>
      Object.assign(entry, {
        place: this.#places.findIndex((session) => session.number === entry.session),
      }),
    )
  }

  play(step: Step): void {
    const session = this.#places[step.session] as Session
    const heardBefore = this.#world.sessions.map(({ completions }) => completions.size)
    const toldBefore = this.#countTold()
    const modesBefore = new Map(this.#model.entries.map((entry) => [entry, entry.granted]))
    if (step.kind === 'close') {
      this.#model.close(session.number)
      this.#world.close(session)
      this.#places[step.session] = this.#open(step.session)
    } else this.#call(session, step)
    this.#world.settle()
    this.#compareCompletions(heardBefore)
    this.#checkTold(toldBefore, modesBefore)
    for (const { engine } of this.#world.cluster.processes) engine.checkInvariants()
  }

  /** Ends every session: nothing may be left. */
  finish(): void {
    for (const session of this.#places) {
      this.#model.close(session.number)
      this.#world.close(session)
    }
    this.#world.cluster.pass(60_000)
    for (const { engine, id } of this.#world.cluster.processes) {
      engine.checkInvariants()
      if (!engine.idle) throw new Error(`node ${id} is not idle: ${engine.describe()}`)
    }
  }

  #open(place: number): Session {
    return this.#world.session((place % this.#options.nodes) + 1)
  }

  #call(session: Session, step: Extract<Step, { kind: 'call' }>): void {
    session.calls += 1
    const call = { ...step.call, call: session.calls }
    if (call.kind === 'request') {
      session.locks.set(call.lock, { session, number: call.lock, completions: [], blocking: [] })
    }
    this.#model.call(session.number, call)
    this.#world.call(session, call)
  }

  #compareCompletions(heardBefore: readonly number[]): void {
    const expected = new Map<string, ModelEvent>()
    for (const event of this.#model.events) expected.set(`${event.session}/${event.call}`, event)
    this.#model.events = []
    let heard = 0
    const tops = new Map(this.#topTokens)
    for (const session of this.#world.sessions) {
      const completions = [...session.completions.values()]
      for (const completion of completions.slice(heardBefore[session.number - 1] ?? 0)) {
        heard += 1
        const event = expected.get(`${session.number}/${completion.call}`)
        const said = `session ${session.number} hears ${inWords(completion)}`
        const hoped = event === undefined ? 'nothing' : inWords(event)
        if (event === undefined || !agrees(completion, event)) {
          throw new Error(`${said} instead of ${hoped}`)
        }
        this.#checkToken(session, completion, tops)
      }
    }
    if (heard === expected.size) return
    throw new Error(`of ${[...expected.values()].map(inWords).join('; ')} ${heard} were heard`)
  }

  /** Above all tokens before this step: within a step the order of the grants is not seen here. */
  #checkToken(
    session: Session,
    { lock, mode, outcome, token }: Completion,
    before: ReadonlyMap<string, bigint>,
  ): void {
    const resource = this.#model.entries.find(
      (entry) => entry.session === session.number && entry.lock === lock,
    )?.resource
    if (outcome !== 'granted' || mode === undefined || resource === undefined) return
    if (!mayWrite(mode) && token !== undefined) throw new Error(`a token with ${mode}`)
    if (!mayWrite(mode)) return
    const top = before.get(resource) ?? 0n
    const granted = session.locks.get(lock)?.completions.filter((one) => one.token !== undefined)
    const own = granted?.at(-2)?.token
    if (token === undefined) throw new Error(`${mode} without a token`)
    if (token <= top && token !== own) throw new Error(`token ${token} after ${top}`)
    if (token === this.#topTokens.get(resource) && token !== own) {
      throw new Error(`token ${token} given twice`)
    }
    const newest = this.#topTokens.get(resource) ?? 0n
    this.#topTokens.set(resource, token > newest ? token : newest)
  }

  #countTold(): ReadonlyMap<Held, number> {
    const counts = new Map<Held, number>()
    for (const entry of this.#model.entries) {
      const held = this.#heldOf(entry)
      counts.set(held, held.blocking.length)
    }
    return counts
  }

  #checkTold(before: ReadonlyMap<Held, number>, modesBefore: ReadonlyMap<Entry, unknown>): void {
    for (const entry of this.#model.entries) {
      const held = this.#heldOf(entry)
      const news = held.blocking.slice(before.get(held) ?? 0)
      if (news.length > 0 && !entry.notify) throw new Error('told a lock that did not ask for it')
      const wasGranted = modesBefore.get(entry)
      for (const mode of news) {
        const conflicts = [entry.granted, wasGranted].some(
          (own) => typeof own === 'string' && !mayShare(own as never, mode),
        )
        if (!conflicts) throw new Error(`told a lock in ${entry.granted} that it blocks ${mode}`)
      }
      if (entry.notify && entry.granted && !entry.pending) this.#checkHolder(entry, held, news)
    }
  }

  #checkHolder(entry: Entry, held: Held, news: readonly LockMode[]): void {
    const { granted = 'NL', resource } = entry
    const blocked = [
      ...this.#model.queue(resource, 'converting'),
      ...this.#model.queue(resource, 'waiting'),
    ].map(({ pending }) => pending?.mode ?? 'NL')
    const ranks = blocked.filter((mode) => !mayShare(granted, mode)).map(rank)
    const top = Math.max(0, ...ranks)
    const before = granted === this.#settled.get(held) ? (this.#told.get(held) ?? 0) : 0
    this.#settled.set(held, granted)
    const told = Math.max(before, ...news.map(rank))
    if (told < top) {
      throw new Error(`a lock in ${granted} blocks ${modes[top]} and was told ${modes[told]}`)
    }
    this.#told.set(held, top)
  }

  #heldOf({ session, lock }: Entry): Held {
    return this.#world.sessions[session - 1]?.locks.get(lock) as Held
  }
}

function rank(mode: LockMode): number {
  return modes.indexOf(mode)
}

function agrees(completion: Completion, event: ModelEvent): boolean {
  if (completion.outcome !== event.outcome) return false
  if (completion.outcome === 'refused') return true
  if (completion.mode !== event.mode) return false
  const { value } = completion
  if (value === undefined || event.value === undefined) return value === event.value
  if (value.valid !== event.value.valid) return false
  return event.value.text === '*' || event.value.text === textOf(value.bytes)
}

function inWords(event: Completion | ModelEvent): string {
  const { value } = event
  const bytes = value === undefined || !('bytes' in value) ? undefined : textOf(value.bytes)
  const text = value !== undefined && 'text' in value ? value.text : bytes
  const said = value === undefined ? '' : ` value ${text}${value.valid ? '' : ' not valid'}`
  return `call ${event.call} ${event.outcome} ${event.mode ?? ''}${said}`
}
