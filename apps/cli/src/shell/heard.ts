import { type HeardEvent, type Said, saidBy } from './event-words.ts'
import type { Names } from './names.ts'
import {
  type OutcomeWord,
  outcomeOf,
  type Stream,
  type Subject,
  streamOf,
  writeSubject,
} from './outcome.ts'

/** Something that was heard and that no step of a script has taken yet. */
export interface Heard {
  readonly of: Subject
  readonly outcome: OutcomeWord
  readonly event: HeardEvent
  readonly said: readonly Said[]
  /** What names of locks in it stand for. */
  readonly names: Names
}

export function hear(of: Subject, event: HeardEvent, names: Names): Heard {
  return { of, outcome: outcomeOf(event), event, said: saidBy(event), names }
}

/** So much is kept for a script to take; the oldest goes first. */
const KEPT_MAX = 10_000

/** What was heard, in order, until a step takes it. */
export class Ear {
  #kept: Heard[] = []
  readonly #listeners = new Set<() => void>()

  add(heard: Heard): void {
    this.#kept.push(heard)
    if (this.#kept.length > KEPT_MAX) this.#kept.shift()
    for (const listener of [...this.#listeners]) listener()
  }

  /** The oldest in that stream of the subject is taken; undefined when nothing came in time. */
  next(of: Subject, stream: Stream, limit: ListenLimit): Promise<Heard | undefined> {
    return this.#listen(() => this.#take(of, stream), limit)
  }

  /** What is there already or comes in time, of the subject or of all. It is not taken. */
  any(of: Subject | undefined, limit: ListenLimit): Promise<Heard | undefined> {
    const isMeant = (heard: Heard): boolean => of === undefined || isSame(heard.of, of)
    return this.#listen(() => this.#kept.find(isMeant), limit)
  }

  /** A new lock has an old name: what was heard of the old one is nobody's to take. */
  forget(of: Subject): void {
    this.#kept = this.#kept.filter((heard) => !isSame(heard.of, of))
  }

  #take(of: Subject, stream: Stream): Heard | undefined {
    const at = this.#kept.findIndex(
      (heard) => isSame(heard.of, of) && streamOf(heard.outcome) === stream,
    )
    return at < 0 ? undefined : this.#kept.splice(at, 1)[0]
  }

  #listen(look: () => Heard | undefined, { ms, signal }: ListenLimit): Promise<Heard | undefined> {
    const there = look()
    if (there !== undefined) return Promise.resolve(there)
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer)
        this.#listeners.delete(check)
        signal.removeEventListener('abort', abort)
      }
      const check = (): void => {
        const found = look()
        if (found === undefined) return
        stop()
        resolve(found)
      }
      const abort = (): void => {
        stop()
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        stop()
        resolve(undefined)
      }, ms)
      this.#listeners.add(check)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
    })
  }
}

export interface ListenLimit {
  readonly ms: number
  readonly signal: AbortSignal
}

function isSame(a: Subject, b: Subject): boolean {
  return writeSubject(a) === writeSubject(b)
}
