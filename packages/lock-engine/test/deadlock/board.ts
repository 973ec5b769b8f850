/**
 * A small lock table for all nodes at once, by the rules of docs/calls.md as far as they decide who
 * waits for whom. Every node is asked only about what it masters and holds, but the tests see all.
 */
import type { Instant, NodeId } from '@holdfast/primitives'
import type {
  Blocker,
  LockRef,
  LockVersion,
  Party,
  QueuedCall,
  Wait,
  WaitGraph,
} from '../../src/deadlock/graph.ts'
import type { LockMode } from '../../src/messages.ts'
import { mayShare, modePairs } from '../harness/specification.ts'

export interface BoardLock extends LockRef {
  readonly resource: BoardResource
  readonly party: Party
  readonly priority: number
  readonly anyOrder: boolean
  queue: 'granted' | 'converting' | 'waiting' | 'gone'
  held: LockMode | undefined
  wanted: LockMode | undefined
  version: number
  /** Place in its queue. */
  order: number
  since: Instant
  dueAt: Instant
  /** Each cycle that one of its calls lost to. */
  readonly lost: (readonly string[])[]
}

export interface BoardResource {
  readonly name: string
  readonly master: NodeId
  locks: BoardLock[]
}

export interface RequestOptions {
  readonly owner?: string
  readonly alone?: boolean
  readonly priority?: number
  readonly anyOrder?: boolean
}

export class Board {
  now: Instant = 0
  readonly deadlockMs: number
  readonly locks: BoardLock[] = []
  readonly #resources = new Map<string, BoardResource>()
  /** Called after each change. */
  readonly #onChange: () => void
  #numbers = 0

  constructor(deadlockMs: number, onChange: () => void = () => undefined) {
    this.deadlockMs = deadlockMs
    this.#onChange = onChange
  }

  /** The master of a resource named `2/orders` is node 2. */
  resource(name: string): BoardResource {
    const known = this.#resources.get(name)
    if (known !== undefined) return known
    const made = { name, master: Number.parseInt(name, 10), locks: [] }
    this.#resources.set(name, made)
    return made
  }

  /** A session is `<node>/<session>`. */
  request(
    session: string,
    name: string,
    wanted: LockMode,
    options: RequestOptions = {},
  ): BoardLock {
    const lock = this.#next()
    const { owner, alone = false, priority = 128, anyOrder = false } = options
    const own = alone ? `${session}/${lock}` : session
    const resource = this.resource(name)
    const made: BoardLock = {
      holder: Number.parseInt(session, 10),
      lock,
      resource,
      party: owner === undefined ? own : `=${owner}`,
      priority,
      anyOrder,
      queue: 'waiting',
      held: undefined,
      wanted,
      version: 0,
      order: 0,
      since: 0,
      dueAt: 0,
      lost: [],
    }
    this.locks.push(made)
    resource.locks.push(made)
    this.#queue(made, 'waiting')
    return made
  }

  convert(lock: BoardLock, wanted: LockMode): void {
    lock.wanted = wanted
    this.#queue(lock, 'converting')
  }

  /** Takes the lock away, in whatever queue it is. */
  release(lock: BoardLock): void {
    this.#remove(lock)
    this.#settle(lock.resource)
  }

  /** Gives up what it waits for. */
  cancel(lock: BoardLock): void {
    if (lock.queue === 'waiting') this.#remove(lock)
    else if (lock.queue === 'converting') this.#grant(lock, lock.held)
    this.#settle(lock.resource)
  }

  #remove(lock: BoardLock): void {
    lock.queue = 'gone'
    lock.resource.locks = lock.resource.locks.filter((other) => other !== lock)
  }

  #queue(lock: BoardLock, queue: 'converting' | 'waiting'): void {
    lock.queue = queue
    lock.order = this.#next()
    lock.version = this.#next()
    lock.since = this.now
    lock.dueAt = this.now + this.deadlockMs
    this.#settle(lock.resource)
  }

  #grant(lock: BoardLock, mode: LockMode | undefined): void {
    lock.queue = 'granted'
    lock.held = mode
    lock.wanted = undefined
    lock.version = this.#next()
  }

  #settle(resource: BoardResource): void {
    const isFree = (lock: BoardLock): boolean => isQueued(lock) && !isBlocked(lock)
    for (let free = resource.locks.find(isFree); free; free = resource.locks.find(isFree)) {
      this.#grant(free, free.wanted)
    }
    this.#onChange()
  }

  #next(): number {
    this.#numbers += 1
    return this.#numbers
  }

  find({ holder, lock }: LockRef): BoardLock | undefined {
    return this.locks.find((known) => known.lock === lock && known.holder === holder)
  }

  /** What the tables of one node know. */
  graphOf(node: NodeId): WaitGraph {
    const waits = (): BoardLock[] =>
      this.locks.filter((lock) => isQueued(lock) && lock.resource.master === node)
    const masteredHere = (name: LockRef): BoardLock | undefined => {
      const lock = this.find(name)
      return lock?.queue !== 'gone' && lock?.resource.master === node ? lock : undefined
    }
    return {
      due: (now, limit) => {
        const due = waits().filter(({ dueAt }) => dueAt <= now)
        const named = due.sort((a, b) => a.dueAt - b.dueAt).slice(0, limit)
        for (const lock of named) lock.dueAt = now + this.deadlockMs
        return named.map(({ holder, lock }) => ({ holder, lock }))
      },
      deadline: () => {
        const times = waits().map(({ dueAt }) => dueAt)
        return times.length === 0 ? undefined : Math.min(...times)
      },
      waitsOf: (party) => this.#callsOf(node, party),
      waitOf: (name) => {
        const lock = masteredHere(name)
        if (lock === undefined || !isQueued(lock)) return undefined
        return { wait: this.#waitOf(lock), blockers: blockersOf(lock).map(asBlocker) }
      },
      isUnchanged: (name) => masteredHere(name)?.version === name.version,
      deny: (name, cycle) => this.#deny(masteredHere(name), name, cycle),
    }
  }

  #callsOf(node: NodeId, party: Party): readonly QueuedCall[] {
    return this.locks
      .filter((lock) => isQueued(lock) && lock.holder === node && lock.party === party)
      .map(({ lock, resource }) => ({ lock, master: resource.master }))
  }

  #waitOf({ holder, lock, version, party, priority, since, wanted, resource }: BoardLock): Wait {
    const words = `${wanted} on ${resource.name}`
    return { holder, lock, version, party, priority, waitedMs: this.now - since, words }
  }

  #deny(lock: BoardLock | undefined, name: LockVersion, cycle: readonly string[]): boolean {
    if (lock?.version !== name.version || !isQueued(lock)) return false
    lock.lost.push(cycle)
    this.cancel(lock)
    return true
  }
}

export function isQueued(lock: BoardLock): boolean {
  return lock.queue === 'converting' || lock.queue === 'waiting'
}

/** Everything that must go before the call can be granted; those that hold come first. */
function blockersOf(wait: BoardLock): readonly BoardLock[] {
  const others = wait.resource.locks.filter((other) => other !== wait)
  const inTheWay = others.filter((other) => isInTheWay(wait, other))
  return [...inTheWay.filter(({ held }) => held), ...inTheWay.filter(({ held }) => !held)]
}

function isBlocked(wait: BoardLock): boolean {
  return wait.resource.locks.some((other) => other !== wait && isInTheWay(wait, other))
}

const conflicts = new Set(
  modePairs.filter(([held, asked]) => !mayShare(held, asked)).map((pair) => pair.join()),
)

function isInTheWay(wait: BoardLock, other: BoardLock): boolean {
  const { wanted, party } = wait
  const isOneOwner = party.startsWith('=') && party === other.party
  if (!isOneOwner && conflicts.has(`${other.held},${wanted}`)) return true
  return !wait.anyOrder && isAhead(other, wait)
}

/** Comes before it by its place alone. */
function isAhead(other: BoardLock, wait: BoardLock): boolean {
  if (!isQueued(other)) return false
  if (other.queue !== wait.queue) return other.queue === 'converting'
  return other.order < wait.order
}

function asBlocker({ holder, lock, version, party, held, wanted }: BoardLock): Blocker {
  return { holder, lock, version, party, words: wordsOf(held, wanted) }
}

function wordsOf(held: LockMode | undefined, wanted: LockMode | undefined): string {
  if (held === undefined) return `wants in ${wanted} before it`
  return wanted === undefined ? `holds in ${held}` : `holds in ${held} and wants in ${wanted}`
}

/** The calls that are on a cycle of parties at this moment, each as `<holder>.<lock>/<version>`. */
export function callsOnCycles(board: Board): ReadonlySet<string> {
  const edges = new Map<Party, Set<Party>>()
  const waits = board.locks.filter(isQueued).map((lock) => ({ lock, blockers: blockersOf(lock) }))
  for (const { lock, blockers } of waits) {
    const from = edges.get(lock.party) ?? new Set()
    edges.set(lock.party, from)
    for (const { party } of blockers) if (party !== lock.party) from.add(party)
  }
  const reached = new Map<Party, ReadonlySet<Party>>()
  const reach = (start: Party): ReadonlySet<Party> => {
    const known = reached.get(start)
    if (known !== undefined) return known
    const seen = new Set([start])
    for (const party of seen) for (const next of edges.get(party) ?? []) seen.add(next)
    reached.set(start, seen)
    return seen
  }
  const isOnCycle = ({ lock, blockers }: (typeof waits)[number]): boolean =>
    blockers.some(({ party }) => party !== lock.party && reach(party).has(lock.party))
  return new Set(waits.filter(isOnCycle).map(({ lock }) => nameOfCall(lock)))
}

export function nameOfCall({ holder, lock, version }: LockVersion): string {
  return `${holder}.${lock}/${version}`
}
