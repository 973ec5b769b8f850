/**
 * One search: from the calls that have waited long to the last victim.
 *
 *   read     asks masters who is in the way of calls, and holders what parties have queued, round
 *            after round, until nothing new comes
 *   check    finds cycles, and asks whether any lock on them has changed since it was read
 *   end      has the call that loses on each whole cycle ended; then reads again what has changed
 *
 * It is over when there is no cycle, or at a limit. Invariants:
 *   D1  A check is sent when all answers to all questions before it have come. So a cycle on which
 *       nothing has changed was whole at the moment when its check was sent (docs/deadlock.md).
 *   D2  An answer counts once, from the node that was asked, and for what it was asked.
 */
import type { Instant, NodeId } from '@holdfast/primitives'
import { wordsOfCycle } from './cycle-words.ts'
import { type Cycle, findCycles } from './cycles.ts'
import {
  type DeadlockMessage,
  locksPerCheckMax,
  partiesPerMessageMax,
  waitsPerMessageMax,
} from './deadlock-messages.ts'
import { keyOfLock, type LockVersion } from './graph.ts'
import { type MasteredLock, Reading } from './reading.ts'
import type { SearchLimits } from './search-limits.ts'

type Told = Extract<DeadlockMessage, { readonly kind: 'deadlock-told' }>
type Checked = Extract<DeadlockMessage, { readonly kind: 'deadlock-checked' }>
type Ended = Extract<DeadlockMessage, { readonly kind: 'deadlock-ended' }>
type Question = Extract<
  DeadlockMessage,
  { readonly kind: 'deadlock-ask' | 'deadlock-check' | 'deadlock-victim' }
>

/** What a batch needs around it. */
export interface BatchWorld {
  readonly members: readonly NodeId[]
  readonly limits: SearchLimits
  /** A number that no question of this node had before. */
  nextAsk(): number
  send(to: NodeId, message: DeadlockMessage): void
}

/** What one batch looked at, and what came of it. */
export interface BatchTally {
  readonly waits: number
  readonly parties: number
  /** Rounds of questions. */
  readonly rounds: number
  readonly victims: number
  /** It reached a limit. */
  readonly cut: boolean
}

export class Batch {
  readonly #world: BatchWorld
  readonly #reading: Reading
  /** Questions whose answer is not complete. */
  readonly #awaited = new Map<number, { readonly to: NodeId; readonly question: Question }>()
  #phase: 'read' | 'check' | 'end' | 'over' = 'read'
  #cycles: readonly Cycle[] = []
  /** Locks that are no longer what they were when they were read. */
  #changed = new Set<string>()
  readonly #rounds = { read: 0, check: 0, end: 0 }
  #victims = 0
  #cut = false

  constructor(world: BatchWorld, start: Iterable<MasteredLock>) {
    this.#world = world
    this.#reading = new Reading(world.members, world.limits)
    for (const call of start) this.#reading.addCall(call)
    this.#read()
  }

  get isOver(): boolean {
    return this.#phase === 'over'
  }

  get tally(): BatchTally {
    const { read, check, end } = this.#rounds
    const cut = this.#cut || this.#reading.cut
    return { ...this.#reading.size, rounds: read + check + end, victims: this.#victims, cut }
  }

  // --- answers ----------------------------------------------------------------------------------

  onTold(from: NodeId, told: Told, now: Instant): void {
    const question = this.#questionOf(from, told.ask)
    if (question?.kind !== 'deadlock-ask') return
    this.#reading.learn(from, new Set(question.waits.map(keyOfLock)), told, now)
    if (told.last) this.#settle(told.ask)
  }

  onChecked(from: NodeId, { ask, changed }: Checked): void {
    if (this.#questionOf(from, ask)?.kind !== 'deadlock-check') return
    for (const lock of changed) this.#changed.add(keyOfLock(lock))
    this.#settle(ask)
  }

  onEnded(from: NodeId, { ask, denied }: Ended): void {
    const question = this.#questionOf(from, ask)
    if (question?.kind !== 'deadlock-victim') return
    this.#changed.add(keyOfLock(question.wait))
    if (denied) {
      this.#victims += 1
      this.#reading.remove(question.wait)
    }
    this.#settle(ask)
  }

  #questionOf(from: NodeId, ask: number): Question | undefined {
    const awaited = this.#awaited.get(ask)
    return awaited?.to === from ? awaited.question : undefined // D2
  }

  #settle(ask: number): void {
    this.#awaited.delete(ask)
    if (this.#awaited.size > 0) return // D1
    if (this.#phase === 'read') this.#read()
    else if (this.#phase === 'check') this.#end()
    else this.#goOn()
  }

  // --- the phases -------------------------------------------------------------------------------

  #read(): void {
    this.#phase = 'read'
    const questions = this.#reading.takeQuestions()
    if (questions.size === 0) {
      this.#check()
      return
    }
    if (this.#rounds.read === this.#world.limits.roundsPerBatchMax) {
      this.#cut = true
      this.#check()
      return
    }
    this.#rounds.read += 1
    for (const [node, { waits, parties }] of questions) {
      const waitPages = pages(waits, waitsPerMessageMax)
      const partyPages = pages(parties, partiesPerMessageMax)
      const count = Math.max(waitPages.length, partyPages.length)
      for (let page = 0; page < count; page += 1) {
        const [ofWaits = [], ofParties = []] = [waitPages[page], partyPages[page]]
        const ask = this.#world.nextAsk()
        this.#ask(node, { kind: 'deadlock-ask', ask, waits: ofWaits, parties: ofParties })
      }
    }
  }

  #check(): void {
    this.#cycles = findCycles(this.#reading.waits)
    if (this.#cycles.length === 0) {
      this.#phase = 'over'
      return
    }
    if (this.#rounds.check === this.#world.limits.roundsPerBatchMax) {
      this.#cut = true
      this.#phase = 'over'
      return
    }
    this.#phase = 'check'
    this.#rounds.check += 1
    for (const [master, locks] of locksByMaster(this.#cycles)) {
      for (const page of pages(locks, locksPerCheckMax)) {
        this.#ask(master, { kind: 'deadlock-check', ask: this.#world.nextAsk(), locks: page })
      }
    }
  }

  #end(): void {
    const whole = this.#cycles.filter((cycle) => !this.#hasChanged(cycle))
    if (whole.length === 0) {
      this.#goOn()
      return
    }
    this.#phase = 'end'
    this.#rounds.end += 1
    for (const cycle of whole) {
      const { wait, master } = cycle[0].read
      const ask = this.#world.nextAsk()
      const words = wordsOfCycle(cycle)
      this.#ask(master, { kind: 'deadlock-victim', ask, wait: versionOf(wait), cycle: words })
    }
  }

  #hasChanged(cycle: Cycle): boolean {
    return cycle.some(({ read, blocker }) => {
      return this.#changed.has(keyOfLock(read.wait)) || this.#changed.has(keyOfLock(blocker))
    })
  }

  #goOn(): void {
    this.#reading.readAgain(this.#changed)
    this.#changed = new Set()
    this.#read()
  }

  #ask(to: NodeId, question: Question): void {
    this.#awaited.set(question.ask, { to, question })
    this.#world.send(to, question)
  }
}

function versionOf({ holder, lock, version }: LockVersion): LockVersion {
  return { holder, lock, version }
}

/** Everything that the cycles stand on, each lock once. */
function locksByMaster(cycles: readonly Cycle[]): ReadonlyMap<NodeId, readonly LockVersion[]> {
  const found = new Map<NodeId, Map<string, LockVersion>>()
  for (const { read, blocker } of cycles.flat()) {
    const locks = found.get(read.master) ?? new Map<string, LockVersion>()
    found.set(read.master, locks)
    for (const lock of [read.wait, blocker]) locks.set(nameOfVersion(lock), versionOf(lock))
  }
  return new Map([...found].map(([master, locks]) => [master, [...locks.values()]]))
}

/** A lock that was read twice, before and after a change, is checked twice. */
function nameOfVersion(lock: LockVersion): string {
  return `${keyOfLock(lock)}/${lock.version}`
}

function pages<Item>(items: readonly Item[], lengthMax: number): readonly (readonly Item[])[] {
  const result: Item[][] = []
  for (let at = 0; at < items.length; at += lengthMax) result.push(items.slice(at, at + lengthMax))
  return result
}
