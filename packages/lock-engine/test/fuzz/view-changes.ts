/**
 * A random life of a small cluster: calls, messages in any order, nodes that die, are cut off, come
 * back, leave; views that are installed late, never become active, or are skipped by some. At the
 * end everything heals, and nothing may be left over.
 */
import { createRandom, type NodeId, type Random } from '@holdfast/primitives'
import type { LockCall } from '../../src/index.ts'
import type { HeldReport } from '../../src/reports.ts'
import type { Process } from '../harness/cluster.ts'
import { modes } from '../harness/specification.ts'
import type { View } from '../harness/view-chain.ts'
import type { Session } from '../harness/world.ts'
import { World } from '../harness/world.ts'
import { shorten } from '../model/shorten.ts'
import { Calls, type Kind } from './calls.ts'
import { checkHeld, leftBehind } from './held.ts'
import type { KnownLock } from './known-lock.ts'
import { inWords, kindOf, type Life, type LifeOptions, stepsOf } from './life.ts'
import { drawMoves, weightOf } from './moves.ts'
import { aboveOf, depthOf } from './names.ts'
import type { Completion, NewLockCall } from './promises.ts'
import { Promises } from './promises.ts'
import { QueueOrder } from './queue-order.ts'

/** Each step has randomness of its own, so that a life can be lived again with fewer steps. */
export function live(options: LifeOptions, steps: readonly number[] = stepsOf(options)): Life {
  const run = new Run(options)
  let fault: string | undefined
  try {
    for (const step of steps) run.step(step)
    run.heal()
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error)
  }
  return { fault, trace: run.trace, marks: run.marks }
}

/** The life with the fewest steps that shows the same kind of fault. */
export function shortest(options: LifeOptions, fault: string): Life {
  const kind = kindOf(fault)
  const steps = shorten(stepsOf(options), (some) => kindOf(live(options, some).fault) === kind)
  return live(options, steps)
}

class Run {
  readonly trace: string[] = []
  readonly marks = new Map<string, number>()
  #random: Random
  readonly #seed: string
  readonly #isCalm: boolean
  readonly #world: World
  readonly #promises = new Promises()
  readonly #resources: readonly string[]
  readonly #nodes: number
  readonly #kinds: readonly Kind[]
  readonly #order = new QueueOrder()
  /** By epoch: the serials of the processes that installed the view. */
  readonly #installed = new Map<number, Set<number>>()
  readonly #active = new Set<number>()
  readonly #leaving = new Set<number>()
  /** Thrown out by a view: they live until they are halted, and are never taken in again. */
  readonly #evicted = new Set<number>()
  /** Calls that have not ended, by session and call. */
  readonly #open = new Map<string, string>()

  constructor(options: LifeOptions) {
    const { seed, nodes, resources, repeats = false, tellsAll = false, idleMs = 50 } = options
    this.#isCalm = options.calm ?? false
    this.#seed = seed
    this.#random = createRandom(seed)
    this.#nodes = nodes
    this.#kinds = options.kinds ?? []
    this.#resources = Array.from({ length: resources }, (_, index) => `r${index}`)
    this.#world = new World({
      nodes,
      start: false,
      seed,
      repeatsTransfers: repeats,
      limits: { idleMs },
      onEvent: (_process, number, event) => {
        if (event.kind !== 'completion') return
        this.#open.delete(`${number}/${event.call}`)
        this.#noteEnd(event, this.#promises.locks.get(`${number}/${event.lock}`))
        this.trace.push(`    s${number} ${inWords({ ...event, kind: undefined })}`)
        const isTwice = event.reason === 'the lock is being cancelled already'
        if (event.outcome === 'refused' && !isTwice) throw new Error(`refused: ${event.reason}`)
        this.#promises.onCompletion(number, event, this.#world.cluster.now)
      },
      onDeliver: (from, to, parcel) => {
        this.#order.onDeliver(from, to, parcel)
        if (tellsAll) this.trace.push(`    ${from.id} > ${to.id} ${inWords(parcel)}`)
      },
      onStep: ({ engine }) => engine.checkInvariants(),
    })
    const view = this.#propose(this.#ups(), false)
    for (const process of this.#ups()) this.#install(process, view)
    this.#tryActivate(view)
    for (let count = 0; count < 2 * nodes; count += 1) this.#openSession()
  }

  step(number: number): void {
    this.#random = createRandom(`${this.#seed}/${number}`)
    this.#world.cluster.random = this.#random
    if (this.#candidates().length === 0) this.#boot()
    const draw = this.#isCalm && this.#random.chance(2, 3) ? 0 : this.#random.below(1000)
    if (draw < 500) this.#world.cluster.deliverOne()
    else if (draw < 800) this.#callSomething()
    else if (draw < 815) this.#openSession()
    else if (draw < 830) this.#closeSession()
    else if (draw < 860) this.#passTime()
    else if (draw < 880) this.#proposeSomething()
    else if (draw < 950) this.#installSomething()
    else if (draw < 985) this.#activateSomething()
    else this.#disturb()
    if (number % 4 === 0) this.#look()
  }

  /** What the nodes say is held, and the order of those that wait. */
  #look(): void {
    checkHeld(this.#members())
    for (const process of this.#ups()) if (process.open) this.#order.look(process)
  }

  #noteEnd(event: Completion, known: KnownLock | undefined): void {
    const isAdoption = known?.pending?.call === event.call && known.pending.kind === 'adopt'
    this.#mark(isAdoption ? `adoption ${event.outcome}` : event.outcome)
    if (event.demoted === true) this.#mark('demoted')
    if (event.alternate === true) this.#mark('alternate')
    if (event.also !== undefined && event.also.length > 0) this.#mark(`also ${event.outcome}`)
    if (event.range !== undefined && event.outcome === 'granted') this.#mark('granted a range')
  }

  /** Everybody who lives agrees again; then every lock is given up, and nothing may be left. */
  heal(): void {
    this.#random = createRandom(`${this.#seed}/heal`)
    this.#world.cluster.random = this.#random
    this.trace.push('heal')
    this.#agreeForGood()
    this.#look()
    this.#promises.checkWaiters()
    this.#adoptAll()
    for (let round = 0; this.#open.size > 0 || this.#held().length > 0; round += 1) {
      if (round > 500) throw new Error(`a lost waiter: ${[...this.#open.values()].join('; ')}`)
      this.#unlockAll()
      // Calls that are no concern of the deadlock search may wait for each other for ever.
      if (round === 50 && this.#kinds.includes('flags')) this.#cancelAll()
      this.#world.cluster.pass(100)
    }
    for (const session of this.#world.sessions) this.#close(session)
    this.#world.cluster.pass(120_000)
    for (const { engine, id } of this.#ups()) {
      engine.checkInvariants()
      if (!engine.idle) throw new Error(`node ${id} is not idle: ${engine.describe()}`)
    }
    this.#mark('healed')
    this.#mark('places compared', this.#order.compared)
    this.#mark('valid values', this.#promises.reported.valid)
    this.#mark('values not valid', this.#promises.reported.notValid)
  }

  #agreeForGood(): void {
    for (const process of this.#members()) {
      if (process.state === 'cut' || this.#evicted.has(process.serial)) this.#halt(process)
    }
    if (this.#candidates().every(({ serial }) => this.#leaving.has(serial))) this.#boot()
    const view = this.#propose(this.#candidates(), this.#knowsLast())
    for (const process of this.#candidates()) this.#install(process, view)
    for (const process of this.#members()) if (process.view !== view) this.#halt(process)
    if (!this.#tryActivate(view)) throw new Error('the last view cannot become active')
    for (const process of this.#ups()) this.#world.cluster.activate(process)
    this.#world.cluster.pass(1_000)
  }

  #held(): readonly KnownLock[] {
    return [...this.#promises.locks.values()].filter(
      (lock) => this.#promises.isHeld(lock) && !lock.orphan,
    )
  }

  #unlockAll(): void {
    const held = this.#held()
    const parents = new Set(held.map(({ parent }) => parent))
    for (const lock of held) if (!lock.pending && !parents.has(lock)) this.#unlock(lock)
  }

  #cancelAll(): void {
    for (const lock of this.#held()) {
      const session = this.#world.sessions[lock.session - 1]
      if (lock.pending && session !== undefined) this.#cancel(session, lock)
    }
  }

  /** All that was left behind is there, once, and nothing else is. */
  #adoptAll(): void {
    const left = leftBehind(this.#members(), this.#promises.orphans)
    const session = this.#openSession()
    if (session === undefined) return
    for (const report of left) {
      this.#adoptHealed(session, report, 'granted')
      this.#mark('left behind at the end')
    }
    for (const report of left) this.#adoptHealed(session, report, 'not-found')
    if (left.length > 0) this.#promises.checkWaiters()
  }

  /** Locks above it are asked for as they are needed. */
  #adoptHealed(session: Session, report: HeldReport, outcome: 'granted' | 'not-found'): void {
    const { path = [], name } = report.resource
    const { owner, granted: mode = 'NL' } = report
    const own = owner === undefined ? {} : { owner }
    let below = {}
    for (const above of path) {
      const call = this.#number(session)
      const named = { call, lock: call, resource: { space: 'test', name: above }, ...own, ...below }
      const asked = { mode: 'NL', expedite: true, noQueue: false, useValue: false } as const
      this.#askFor(session, { kind: 'request', ...named, ...asked, notify: false })
      below = { parent: call }
      this.#world.cluster.settle()
    }
    const call = this.#number(session)
    const named = { call, lock: call, resource: { space: 'test', name }, ...own, ...below }
    this.#askFor(session, { kind: 'adopt', ...named, mode, useValue: true, notify: false })
    this.#world.cluster.settle()
    const end = session.completions.get(call)?.outcome
    if (end === outcome || (end === 'denied' && outcome === 'not-found')) return
    throw new Error(`adopting an orphan in ${mode} ends ${end}, not ${outcome}`)
  }

  #mark(name: string, count = 1): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + count)
  }

  #members(): Process[] {
    return this.#world.cluster.processes.filter(({ state }) => state !== 'halted')
  }

  #ups(): Process[] {
    return this.#members().filter(({ state }) => state === 'up')
  }

  // Views

  #knowsLast(): boolean {
    const last = this.#world.chain.views.at(-1)
    return last !== undefined && this.#active.has(last.epoch) && this.#random.chance(3, 4)
  }

  #propose(processes: readonly Process[], knowsLastActive: boolean): View {
    const candidates = processes.map(({ id, serial }) => ({
      id,
      serial,
      leaving: this.#leaving.has(serial),
      weight: weightOf(this.#seed, serial),
    }))
    const moves = drawMoves(this.#random, {
      names: this.#resources,
      nodes: this.#nodes,
      running: this.#ups(),
    })
    for (const _ of moves) this.#mark('move')
    const view = this.#world.chain.next(candidates, knowsLastActive, moves)
    this.#installed.set(view.epoch, new Set())
    for (const { serial, view: own } of this.#members()) {
      if (own !== undefined || this.#wasMember(serial, view)) {
        if (!view.members.some((one) => one.serial === serial)) this.#evicted.add(serial)
      }
    }
    const names = view.members.map(
      ({ id, serial, eligible }) => `${id}.${serial}${eligible ? '' : '-'}`,
    )
    this.trace.push(`view ${view.epoch} settled ${view.settled}: ${[...names, ...moves].join(' ')}`)
    this.#mark('view')
    return view
  }

  #wasMember(serial: number, before: View): boolean {
    return this.#world.chain.views.some(
      (view) => view !== before && view.members.some((one) => one.serial === serial),
    )
  }

  /** Who may be taken into the next view. */
  #candidates(): Process[] {
    return this.#ups().filter(({ serial }) => !this.#evicted.has(serial))
  }

  #proposeSomething(): void {
    const ups = this.#candidates()
    // Now and then one that lives is thrown out, and does not know.
    const out = ups.length > 2 && this.#random.chance(1, 8) ? this.#random.pick(ups) : undefined
    const staying = ups.filter((process) => process !== out)
    if (staying.every(({ serial }) => this.#leaving.has(serial))) return
    this.#propose(staying, this.#knowsLast())
  }

  #installSomething(): void {
    this.#sayGoodbye()
    const ups = this.#ups()
    if (ups.length === 0) return
    const process = this.#random.pick(ups)
    const newer = this.#world.chain.views.filter(
      ({ epoch, members }) =>
        epoch > (process.view?.epoch ?? 0) && members.some((one) => one.serial === process.serial),
    )
    if (newer.length === 0) return
    const view = this.#random.chance(3, 4) ? newer.at(-1) : this.#random.pick(newer)
    if (view !== undefined) this.#install(process, view)
  }

  #install(process: Process, view: View): void {
    const isSkip = view.epoch > (process.view?.epoch ?? view.epoch) + 1
    if (isSkip) this.#mark('skipped a view')
    if (process.view !== undefined && !process.open) this.#mark('superseded before it opened')
    this.trace.push(`install ${view.epoch} on ${process.id}.${process.serial}`)
    this.#installed.get(view.epoch)?.add(process.serial)
    this.#world.cluster.install(process, view)
  }

  #activateSomething(): void {
    const isOld = this.#random.chance(1, 10)
    const { views } = this.#world.chain
    const view = isOld ? this.#random.pick(views) : views.at(-1)
    if (view === undefined || !this.#tryActivate(view)) return
    const process = this.#random.pick(view.members.map(({ serial }) => this.#start(serial)))
    if (process.state !== 'halted' && process.view === view && !process.active) {
      this.trace.push(`activate ${view.epoch} on ${process.id}.${process.serial}`)
      this.#world.cluster.activate(process)
    }
  }

  #start(serial: number): Process {
    return this.#world.cluster.processes[serial - 1] as Process
  }

  /** A view is active when all its members installed it and all others have stopped. */
  #tryActivate(view: View): boolean {
    if (this.#active.has(view.epoch)) return true
    const installed = this.#installed.get(view.epoch)
    if (!view.members.every(({ serial }) => installed?.has(serial))) return false
    for (const process of this.#members()) {
      const isMember = view.members.some(({ serial }) => serial === process.serial)
      const wasBefore = process.view !== undefined && process.view.epoch < view.epoch
      if (!isMember && wasBefore) this.#halt(process)
    }
    this.#active.add(view.epoch)
    this.trace.push(`view ${view.epoch} is active`)
    this.#mark('view active')
    return true
  }

  // Nodes

  #disturb(): void {
    const draw = this.#random.below(10)
    const ups = this.#ups()
    const canLose = this.#candidates().filter(({ view }) => view !== undefined).length > 2
    if (draw < 3) {
      if (canLose) this.#kill(this.#random.pick(ups))
    } else if (draw < 4) {
      if (canLose) this.#cut(this.#random.pick(ups))
    } else if (draw < 8) this.#boot()
    else if (ups.length > 0) this.#leave(this.#random.pick(ups))
  }

  #kill(process: Process): void {
    this.#mark('killed')
    this.#halt(process, true)
    if (this.#random.chance(1, 2)) this.#boot()
  }

  #cut(process: Process): void {
    this.#mark('cut off')
    this.trace.push(`cut ${process.id}.${process.serial}`)
    this.#world.cluster.cut(process)
  }

  #halt(process: Process, lose = false): void {
    this.trace.push(`halt ${process.id}.${process.serial}${lose ? ' and lose' : ''}`)
    this.#world.cluster.halt(process, { lose })
    this.#promises.onHalt(process)
    for (const session of this.#world.sessions) {
      if (session.process === process) this.#forget(session)
    }
  }

  #boot(): void {
    const taken = new Set(this.#members().map(({ id }) => id))
    const free: NodeId[] = []
    for (let id = 1; id <= this.#nodes + 1; id += 1) if (!taken.has(id)) free.push(id)
    if (free.length === 0) return
    // Often the node that went last, before others have agreed that it is gone.
    const last = this.#world.cluster.processes.findLast(({ state }) => state === 'halted')?.id
    const isBack = last !== undefined && free.includes(last) && this.#random.chance(1, 2)
    const process = this.#world.boot(isBack ? last : this.#random.pick(free))
    this.trace.push(`boot ${process.id}.${process.serial}`)
    this.#mark('booted')
  }

  #leave(process: Process): void {
    const staying = this.#ups().filter(({ serial }) => !this.#leaving.has(serial))
    if (staying.length < 2 || process.view === undefined) return
    this.trace.push(`${process.id}.${process.serial} leaves`)
    this.#leaving.add(process.serial)
    for (const session of this.#world.sessions) {
      if (session.process === process) this.#close(session)
    }
  }

  /** A leaving node goes when all who stay have opened what it handed over. */
  #sayGoodbye(): void {
    for (const process of this.#ups()) {
      const { view, open, engine } = process
      const own = view?.members.find(({ serial }) => serial === process.serial)
      if (view === undefined || own === undefined || own.eligible || !open || !engine.idle) continue
      const staying = view.members.filter(({ eligible }) => eligible)
      const haveOpened = staying.every(({ serial }) => {
        const other = this.#start(serial)
        return other.view === view && other.open
      })
      if (!haveOpened) continue
      this.#mark('handed over')
      this.#halt(process)
    }
  }

  #passTime(): void {
    const { cluster } = this.#world
    cluster.now += this.#random.below(60)
    for (const process of this.#members()) {
      const at = process.engine.deadline()
      if (at !== undefined && at <= cluster.now) cluster.give(process, { kind: 'tick' })
    }
  }

  // Sessions

  #openSession(): Session | undefined {
    const able = this.#members().filter(
      ({ serial, view }) => !this.#leaving.has(serial) && view !== undefined,
    )
    if (able.length === 0) return undefined
    const process = this.#random.pick(able)
    if (this.#world.node(process.id) !== process) return undefined
    const session = this.#world.session(process.id)
    this.trace.push(`session s${session.number} on ${process.id}.${process.serial}`)
    return session
  }

  #closeSession(): void {
    const open = this.#world.sessions.filter(({ closed }) => !closed)
    if (open.length > 0) this.#close(this.#random.pick(open))
  }

  #close(session: Session): void {
    if (session.closed) return
    this.trace.push(`close s${session.number}`)
    this.#promises.onClose(session.number)
    this.#forget(session)
    this.#world.close(session)
  }

  #forget(session: Session): void {
    session.closed = true
    for (const key of [...this.#open.keys()]) {
      if (key.startsWith(`${session.number}/`)) this.#open.delete(key)
    }
  }

  // Calls

  #callSomething(): void {
    const open = this.#world.sessions.filter(({ closed }) => !closed)
    if (open.length === 0) return
    const session = this.#random.pick(open)
    if (this.#kinds.includes('orphans') && this.#random.chance(1, 15)) {
      this.#close(session)
      this.#openSession()
      return
    }
    const locks = [...this.#promises.locks.values()].filter(
      (lock) => lock.session === session.number && !lock.isGone && !lock.isBeingUnlocked,
    )
    if (locks.length === 0 || (locks.length < this.#many() && this.#random.chance(1, 3))) {
      this.#newLock(session, locks)
      return
    }
    const lock = this.#random.pick(locks)
    const draw = this.#random.below(10)
    const hasBelow = this.#promises.atOrBelow(lock).length > 1
    if ((lock.pending || hasBelow) && draw < 4) this.#cancel(session, lock)
    else if (draw < 5) this.#unlock(lock)
    else if (lock.mode !== undefined && !lock.pending) this.#convert(session, lock)
  }

  #many(): number {
    return this.#kinds.includes('trees') ? 7 : 4
  }

  #newLock(session: Session, locks: readonly KnownLock[]): void {
    const isTree = this.#kinds.includes('trees')
    const granted = locks.filter(
      ({ mode, resource }) => mode !== undefined && depthOf(resource) < 3,
    )
    const isBelow = isTree && granted.length > 0 && this.#random.chance(3, 4)
    const parent = isBelow ? this.#random.pick(granted) : undefined
    const name = this.#random.pick(parent === undefined ? this.#resources : ['a'])
    if (this.#kinds.includes('orphans') && this.#random.chance(1, 3)) {
      this.#adopt(session, name, parent)
      return
    }
    const call = this.#calls().request(this.#number(session), name, parent)
    if (parent !== undefined) this.#mark('asked for below another')
    if (call.owner !== undefined) this.#mark('asked for with an owner')
    this.#askFor(session, call)
  }

  /** Something that was left behind, as a rule. */
  #adopt(session: Session, otherwise: string, parent: KnownLock | undefined): void {
    const left = this.#promises.orphans.filter(
      ({ resource }) => aboveOf(resource) === (parent?.resource ?? ''),
    )
    const orphan =
      left.length > 0 && this.#random.chance(5, 6) ? this.#random.pick(left) : undefined
    const name = orphan?.resource.split('/').at(-1) ?? otherwise
    const owner = parent === undefined && this.#random.chance(1, 2) ? orphan?.owner : parent?.owner
    const call = this.#number(session)
    this.#mark('asked to adopt')
    this.#askFor(session, {
      kind: 'adopt',
      call,
      lock: call,
      resource: { space: 'test', name },
      mode: orphan?.mode ?? this.#random.pick(modes),
      useValue: this.#random.chance(2, 3),
      notify: this.#random.chance(1, 2),
      persistent: this.#random.chance(1, 2),
      ...(parent === undefined ? {} : { parent: parent.lock }),
      ...(owner === undefined ? {} : { owner }),
    })
  }

  #askFor(session: Session, call: NewLockCall): void {
    if ('timeoutMs' in call) this.#order.exclude(session.process, session.number, call.lock)
    this.#promises.onNewLock(session.process, session.number, call, this.#world.cluster.now)
    this.#make(session, call)
  }

  #convert(session: Session, lock: KnownLock): void {
    const call = this.#calls().convert(this.#number(session), lock, this.#bytes(session))
    this.#promises.onConvert(session.number, call, this.#world.cluster.now)
    this.#make(session, call)
  }

  #cancel(session: Session, { lock }: KnownLock): void {
    const call = this.#number(session)
    const subtree = this.#kinds.includes('trees') && this.#random.chance(2, 3)
    if (subtree) this.#promises.onCancelSubtree(session.number, call, lock)
    else this.#promises.onCancel(session.number, lock)
    for (const one of this.#promises.locks.values()) {
      if (one.session === session.number) this.#order.exclude(one.process, one.session, one.lock)
    }
    this.#make(session, { kind: 'cancel', call, lock, ...(subtree ? { subtree } : {}) })
  }

  #unlock(lock: KnownLock): void {
    const session = this.#world.sessions[lock.session - 1] as Session
    const { mode, pending } = lock
    const call = this.#number(session)
    const hasBelow = this.#promises
      .atOrBelow(lock)
      .some((one) => one !== lock && !one.isBeingUnlocked)
    const isTree = hasBelow || (this.#kinds.includes('trees') && this.#random.chance(1, 6))
    const subtree = this.#random.chance(2, 3) ? 'with' : 'below'
    const draw = this.#random.below(6)
    const ends = [mode, ...(pending?.demote === true ? ['NL'] : (pending?.modes ?? []))]
    const isWriter = ends.every((end) => end === 'PW' || end === 'EX') && !isTree
    const value = isWriter && draw < 4 ? { value: this.#bytes(session) } : {}
    const mark = isWriter && draw === 4 ? { invalidate: true } : {}
    const asked = { ...value, ...mark, ...(isTree ? ({ subtree } as const) : {}) }
    const unlock = { kind: 'unlock', call, lock: lock.lock, ...asked } as const
    this.#promises.onUnlock(session.number, unlock)
    this.#make(session, unlock)
  }

  #calls(): Calls {
    return new Calls(this.#random, this.#kinds)
  }

  #number(session: Session): number {
    session.calls += 1
    return session.calls
  }

  #make(session: Session, call: LockCall): void {
    const what = inWords(call)
    this.trace.push(`s${session.number} on ${session.process.id}: ${what}`)
    this.#open.set(`${session.number}/${call.call}`, `s${session.number} ${what}`)
    this.#world.call(session, call)
  }

  #bytes(session: Session): Uint8Array {
    return new TextEncoder().encode(`v${session.number}.${session.calls}`)
  }
}
