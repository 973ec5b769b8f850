import type { Instant, NodeId } from '@holdfast/primitives'
import type { ReadWait } from './cycles.ts'
import type { DeadlockMessage } from './deadlock-messages.ts'
import { keyOfLock, type LockRef, nodeOfParty, type Party } from './graph.ts'
import type { SearchLimits } from './search-limits.ts'

type Told = Extract<DeadlockMessage, { readonly kind: 'deadlock-told' }>

/** A queued call, and where it is queued. */
export interface MasteredLock extends LockRef {
  readonly master: NodeId
}

/** What one node is to be asked. */
export interface Question {
  readonly waits: LockRef[]
  readonly parties: Party[]
}

/** What a batch has read of the graph, and what it has yet to read. */
export class Reading {
  readonly #limits: SearchLimits
  readonly #members: readonly NodeId[]
  readonly #waits = new Map<string, ReadWait>()
  /** Calls and parties that were asked for, or will be in the next round. */
  readonly #calls = new Set<string>()
  readonly #parties = new Set<Party>()
  #next = new Map<NodeId, Question>()
  /** A limit was reached: there may be more. */
  cut = false

  constructor(members: readonly NodeId[], limits: SearchLimits) {
    this.#members = members
    this.#limits = limits
  }

  get waits(): Iterable<ReadWait> {
    return this.#waits.values()
  }

  /** How many calls and how many parties the batch has come across. */
  get size(): { readonly waits: number; readonly parties: number } {
    return { waits: this.#calls.size, parties: this.#parties.size }
  }

  /** What to ask next, by node; each question once. */
  takeQuestions(): ReadonlyMap<NodeId, Question> {
    const questions = this.#next
    this.#next = new Map()
    return questions
  }

  addCall(call: MasteredLock): void {
    const key = keyOfLock(call)
    if (this.#calls.has(key) || !this.#members.includes(call.master)) return
    if (this.#calls.size >= this.#limits.waitsPerBatchMax) {
      this.cut = true
      return
    }
    this.#calls.add(key)
    this.#askAbout(call)
  }

  #addParty(party: Party): void {
    if (this.#parties.has(party)) return
    if (this.#parties.size >= this.#limits.partiesPerBatchMax) {
      this.cut = true
      return
    }
    this.#parties.add(party)
    const node = nodeOfParty(party)
    const nodes = node === undefined ? this.#members : this.#members.filter((id) => id === node)
    for (const id of nodes) this.#questionTo(id).parties.push(party)
  }

  #askAbout({ holder, lock, master }: MasteredLock): void {
    this.#questionTo(master).waits.push({ holder, lock })
  }

  #questionTo(node: NodeId): Question {
    const known = this.#next.get(node)
    if (known !== undefined) return known
    const question = { waits: [], parties: [] }
    this.#next.set(node, question)
    return question
  }

  /** Takes in what a node answered. What it was not asked counts for nothing. */
  learn(from: NodeId, asked: ReadonlySet<string>, told: Told, now: Instant): void {
    const { waits, blockers, calls } = told
    for (const { by, ...wait } of waits) {
      if (!asked.has(keyOfLock(wait))) continue
      const found = by.flatMap((place) => blockers[place] ?? [])
      this.#waits.set(keyOfLock(wait), {
        wait,
        master: from,
        since: now - wait.waitedMs,
        blockers: found,
      })
      // The call's own party is asked for when something turns out to wait for it.
      for (const { party } of found) this.#addParty(party)
    }
    for (const { lock, master } of calls) this.addCall({ holder: from, lock, master })
  }

  remove(call: LockRef): void {
    this.#waits.delete(keyOfLock(call))
  }

  /** What was read of these locks is out of date: the waits of them and for them are read again. */
  readAgain(changed: ReadonlySet<string>): void {
    for (const [key, { wait, master, blockers }] of this.#waits) {
      const isStale = changed.has(key) || blockers.some((lock) => changed.has(keyOfLock(lock)))
      if (!isStale) continue
      this.#waits.delete(key)
      this.#askAbout({ ...wait, master })
    }
  }
}
