import type { Clock } from '@holdfast/driver'

interface Alarm {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves time on, from alarm to alarm; between two alarms everything that is due soon runs, as do
   * the promises that wait.
   */
  advance(ms: number): Promise<void>
  /** Runs what is due soon, until nothing is. */
  settle(): Promise<void>
  /** The machine sleeps: boot clock and time of day go on, the monotonic clock does not. */
  suspend(ms: number): void
  setWall(byMs: number): void
  /** The process does not run for a while: time goes on, and nothing happens. */
  stall(ms: number): void
  readonly alarms: number
  readonly bootReads: number
}

export function createFakeClock(): FakeClock {
  let now = 1_000
  let asleep = 0
  let wallOffset = 1_700_000_000_000
  let order = 0
  let bootReads = 0
  let alarms: Alarm[] = []
  let tasks: (() => void)[] = []

  const settle = async (): Promise<void> => {
    // Promises first: a task may be waiting in one that is resolved already.
    for (let idle = 0; idle < 5; idle += 1) {
      await Promise.resolve()
      if (tasks.length === 0) continue
      idle = 0
      const due = tasks
      tasks = []
      for (const task of due) task()
    }
  }
  return {
    now: () => now,
    after(delayMs, task) {
      order += 1
      const alarm = { at: now + Math.max(0, delayMs), order, task }
      alarms.push(alarm)
      return () => {
        alarms = alarms.filter((other) => other !== alarm)
      }
    },
    soon: (task) => void tasks.push(task),
    readings: () => ({
      monotonic: now,
      uptime: () => {
        bootReads += 1
        return now + asleep + 50_000
      },
      wall: now + asleep + wallOffset,
    }),
    async advance(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        const at = Math.min(...alarms.map((alarm) => alarm.at))
        if (at > until) break
        now = Math.max(now, at)
        // As in Node.js, all timers that are due run before the sockets are read.
        const due = alarms.filter((alarm) => alarm.at <= now)
        alarms = alarms.filter((alarm) => alarm.at > now)
        due.sort((one, other) => one.at - other.at || one.order - other.order)
        for (const alarm of due) alarm.task()
        await settle()
      }
      now = until
      await settle()
    },
    settle,
    suspend(ms) {
      asleep += ms
    },
    setWall(byMs) {
      wallOffset += byMs
    },
    stall(ms) {
      now += ms
    },
    get alarms(): number {
      return alarms.length
    },
    get bootReads(): number {
      return bootReads
    },
  }
}
