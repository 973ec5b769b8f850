import type { Instant } from './instant.ts'

/** Named deadlines of a machine: the whole timer story, without a callback. */
export interface TimerTable<Name extends string> {
  /** Sets or moves the deadline of a timer. */
  set(name: Name, at: Instant): void
  clear(name: Name): void
  get(name: Name): Instant | undefined
  /** The earliest deadline. */
  next(): Instant | undefined
  /** Takes out and returns the timers that are due at `now`, earliest first. */
  expire(now: Instant): readonly Name[]
}

export function createTimerTable<Name extends string>(): TimerTable<Name> {
  const deadlines = new Map<Name, Instant>()
  return {
    set: (name, at) => void deadlines.set(name, at),
    clear: (name) => void deadlines.delete(name),
    get: (name) => deadlines.get(name),
    next() {
      let earliest: Instant | undefined
      for (const at of deadlines.values()) {
        if (earliest === undefined || at < earliest) earliest = at
      }
      return earliest
    },
    expire(now) {
      const due = [...deadlines].filter(([, at]) => at <= now)
      due.sort(([nameA, a], [nameB, b]) => a - b || (nameA < nameB ? -1 : 1))
      for (const [name] of due) deadlines.delete(name)
      return due.map(([name]) => name)
    },
  }
}
