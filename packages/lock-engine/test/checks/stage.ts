/**
 * A small cluster with named sessions and locks. It hears what every session is told and holds it to
 * what must be true in every check: a call ends once, two locks that conflict are never held at once,
 * tokens rise.
 */
import type { NodeId } from '@holdfast/primitives'
import { invariant } from '@holdfast/primitives'
import type { LockCall, LockMode, LockRange, PlainCall, SessionEvent } from '../../src/messages.ts'
import type { ClusterOptions, Process } from '../harness/cluster.ts'
import { Cluster } from '../harness/cluster.ts'
import { mayShare, mayWrite, modes } from '../harness/specification.ts'
import { ViewChain } from '../harness/view-chain.ts'
import type { Completion } from '../harness/world.ts'
import type { Words } from './calls.ts'

/** A session of a check. */
export interface Seat {
  readonly name: string
  readonly number: number
  readonly process: Process
  readonly locks: Lock[]
  /** What each call that has ended ended in, by its number. */
  readonly ends: Map<number, Completion>
  calls: number
  isOpen: boolean
}

/** A lock as its session knows it. */
export interface Lock {
  readonly name: string
  readonly number: number
  readonly seat: Seat
  /** Its lockspace and all names of its resource, root first. */
  readonly path: readonly string[]
  readonly owner: string | undefined
  /** What it holds; nothing before it is granted and after it has gone. */
  held?: { readonly mode: LockMode; readonly range?: LockRange | undefined } | undefined
  token?: bigint | undefined
  /** The highest mode that it was told to block since it was granted. */
  told?: LockMode | undefined
  /** Since it asked for a conversion that may go down to NL, it cannot know what it still holds. */
  mayBeDemoted: boolean
  readonly completions: Completion[]
}

/** One thing that a session was told. */
export interface Heard {
  readonly seat: Seat
  readonly lock?: Lock
  readonly line: string
  /** That the lock blocks others, in no higher mode than it was told before. */
  readonly isRepeated?: boolean
}

export class Stage {
  readonly cluster: Cluster
  readonly seats: Seat[] = []
  /** All locks in the order in which they were asked for. */
  readonly locks: Lock[] = []
  readonly #chain = new ViewChain()
  /** The highest token of each resource before this command, and those that came with it. */
  readonly #topTokens = new Map<string, bigint>()
  readonly #newTokens = new Map<string, bigint[]>()
  #heard: Heard[] = []

  constructor(nodes: number, options: ClusterOptions = {}) {
    this.cluster = new Cluster({
      ...options,
      onEvent: (process, session, event) => this.#hear(process, session, event),
    })
    for (let id = 1; id <= nodes; id += 1) this.cluster.boot(id)
    this.#changeView()
  }

  open(name: string, node: NodeId): Seat {
    const process = this.#processOf(node)
    const number = this.seats.length + 1
    const seat: Seat = { name, number, process, locks: [], ends: new Map(), calls: 0, isOpen: true }
    this.seats.push(seat)
    this.cluster.give(process, { kind: 'session-opened', session: number, label: `s${number}` })
    return seat
  }

  close(seat: Seat): void {
    seat.isOpen = false
    this.cluster.give(seat.process, { kind: 'session-closed', session: seat.number })
  }

  /** A lock that is about to be asked for. */
  add(seat: Seat, given: Pick<Lock, 'name' | 'path' | 'owner'>): Lock {
    const number = seat.locks.length + 1
    const lock: Lock = { ...given, number, seat, mayBeDemoted: false, completions: [] }
    seat.locks.push(lock)
    this.locks.push(lock)
    return lock
  }

  /** Gives the call the next number of the session, which it returns. */
  call(seat: Seat, words: Words): number {
    seat.calls += 1
    const call = { ...words, call: seat.calls } as LockCall | PlainCall
    this.cluster.give(seat.process, { kind: 'call', session: seat.number, call })
    return seat.calls
  }

  settle(): void {
    this.cluster.settle()
    this.#check()
  }

  pass(ms: number): void {
    this.cluster.pass(ms)
    this.#check()
  }

  /** The node dies, and the view without it becomes active. */
  kill(node: NodeId): void {
    const process = this.#processOf(node)
    for (const seat of this.seats) if (seat.process === process) seat.isOpen = false
    this.cluster.halt(process)
    this.#changeView()
    this.#check()
  }

  /** A view in which the node hands over what it masters. Its sessions go on. */
  leave(node: NodeId): void {
    this.#changeView(node)
    this.#check()
  }

  /** What was heard since the last time, lock by lock in the order in which they were asked for. */
  takeHeard(isTold: (heard: Heard) => boolean = () => true): readonly string[] {
    const heard = this.#heard.filter(isTold)
    this.#heard = []
    const placeOf = ({ lock }: Heard): number =>
      lock === undefined ? -1 : this.locks.indexOf(lock)
    return heard.sort((a, b) => placeOf(a) - placeOf(b)).map(({ line }) => line)
  }

  #processOf(node: NodeId): Process {
    const process = this.cluster.processes.find(({ id, state }) => id === node && state === 'up')
    invariant(process !== undefined, `there is no node ${node}`)
    return process
  }

  #changeView(leaving?: NodeId): void {
    const alive = this.cluster.processes.filter(({ state }) => state === 'up')
    const candidates = alive.map(({ id, serial }) => ({ id, serial, leaving: id === leaving }))
    const view = this.#chain.next(candidates, true)
    for (const process of alive) this.cluster.install(process, view)
    for (const process of alive) this.cluster.activate(process)
    this.cluster.settle()
  }

  #hear(process: Process, session: number, event: SessionEvent): void {
    const seat = this.seats[session - 1]
    const isThere = seat?.isOpen === true && seat.process === process
    invariant(isThere, `session ${session} on node ${process.id} is not open`)
    if (event.kind === 'completion') this.#hearEnd(seat, event)
    else if (event.kind === 'blocking' || event.kind === 'lost') this.#hearOfLock(seat, event)
    else this.#heard.push({ seat, line: `${seat.name} ${inWords(event)}` })
  }

  #hearEnd(seat: Seat, event: Completion): void {
    const { call, lock: number } = event
    invariant(call <= seat.calls, `call ${call} of ${seat.name} ended before it was made`)
    invariant(!seat.ends.has(call), `call ${call} of ${seat.name} ended twice`)
    seat.ends.set(call, event)
    const lock = lockOf(seat, number)
    this.#checkToken(lock, event)
    checkWords(lock, event)
    lock.completions.push(event)
    lock.held = event.mode === undefined ? undefined : { mode: event.mode, range: event.range }
    if (event.outcome === 'granted') Object.assign(lock, { told: undefined })
    if (event.outcome !== 'refused') lock.mayBeDemoted = false
    const also = (event.also ?? []).map((one) => lockOf(seat, one))
    if (event.outcome === 'unlocked') for (const other of also) other.held = undefined
    const others = also.map(({ name }) => name).sort()
    const line = [`${lock.name} ${endInWords(event)}`, others.join(' ')].filter(Boolean)
    this.#heard.push({ seat, lock, line: line.join(', also ') })
  }

  #hearOfLock(seat: Seat, event: Extract<SessionEvent, { kind: 'blocking' | 'lost' }>): void {
    const lock = lockOf(seat, event.lock)
    const said = { seat, lock, line: `${lock.name} ${inWords(event)}` }
    if (event.kind === 'lost') lock.held = undefined
    if (event.kind !== 'blocking') this.#heard.push(said)
    else {
      const isRepeated = lock.told !== undefined && isAtLeast(lock.told, event.mode)
      this.#heard.push({ ...said, isRepeated })
      if (!isRepeated) lock.told = event.mode
    }
  }

  #checkToken(lock: Lock, { outcome, token, mode }: Completion): void {
    if (outcome !== 'granted' || mode === undefined) return
    invariant((token !== undefined) === mayWrite(mode), `${lock.name}: ${mode} with token ${token}`)
    if (token === undefined || token === lock.token) return
    lock.token = token
    const key = lock.path.join('/')
    const top = this.#topTokens.get(key) ?? -1n
    // What one command causes at several nodes arrives in any order.
    const fresh = this.#newTokens.get(key) ?? []
    const isRight = token > top && !fresh.includes(token)
    invariant(isRight, `${lock.name}: token ${token} with ${mode} after ${top}, ${fresh.join()}`)
    this.#newTokens.set(key, [...fresh, token])
  }

  #check(): void {
    for (const { engine, state } of this.cluster.processes) {
      if (state === 'up') engine.checkInvariants()
    }
    for (const [key, tokens] of this.#newTokens) {
      for (const token of tokens) {
        if (token > (this.#topTokens.get(key) ?? -1n)) this.#topTokens.set(key, token)
      }
    }
    this.#newTokens.clear()
    const held = this.locks.filter(({ held: has, seat }) => has !== undefined && seat.isOpen)
    held.forEach((one, index) => {
      for (const other of held.slice(index + 1)) {
        invariant(!conflict(one, other), `${one.name} and ${other.name} are held at once`)
      }
    })
  }
}

/** Whoever is refused or loses a deadlock learns why; the value never goes back. */
function checkWords(lock: Lock, { outcome, reason = '', value }: Completion): void {
  const needsReason = outcome === 'refused' || outcome === 'deadlock'
  invariant(!needsReason || reason.length > 10, `${lock.name}: ${outcome} without a reason`)
  const before = lock.completions.findLast((one) => one.value !== undefined)?.value
  const rises = before === undefined || value === undefined || value.sequence >= before.sequence
  invariant(rises, `${lock.name}: value ${value?.sequence} after ${before?.sequence}`)
}

function conflict(one: Lock, other: Lock): boolean {
  if (one.held === undefined || other.held === undefined) return false
  if (one.mayBeDemoted || other.mayBeDemoted) return false
  if (one.path.join('/') !== other.path.join('/')) return false
  if (one.owner !== undefined && one.owner === other.owner) return false
  return !mayShare(one.held.mode, other.held.mode) && overlap(one.held.range, other.held.range)
}

function overlap(one: LockRange | undefined, other: LockRange | undefined): boolean {
  if (one === undefined || other === undefined) return true
  return one.start <= other.end && other.start <= one.end
}

function endInWords({ outcome, mode, range, value, code, demoted, alternate }: Completion): string {
  const said = outcome === 'granted' ? `granted ${mode}` : outcome
  const holds = outcome !== 'granted' && mode !== undefined ? `holds ${mode}` : ''
  const words = [
    code === undefined ? said : `${said} (${code})`,
    holds,
    range === undefined ? '' : `range ${range.start}-${range.end}`,
    alternate === true ? 'alternate' : '',
    demoted === true ? 'demoted' : '',
    value === undefined ? '' : `value "${new TextDecoder().decode(value.bytes)}"`,
  ]
  return `${words.filter(Boolean).join(', ')}${value?.valid === false ? ' not valid' : ''}`
}

function inWords(event: SessionEvent): string {
  if (event.kind === 'blocking') return `blocks ${event.mode}`
  if (event.kind === 'space') return `${event.outcome} ${event.space}`
  if (event.kind === 'purged') return `purged ${event.count}`
  return event.kind
}

function lockOf(seat: Seat, number: number): Lock {
  const lock = seat.locks[number - 1]
  invariant(lock !== undefined, `${seat.name} has no lock ${number}`)
  return lock
}

function isAtLeast(mode: LockMode, other: LockMode): boolean {
  return modes.indexOf(mode) >= modes.indexOf(other)
}
