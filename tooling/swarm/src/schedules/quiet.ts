import type { WorkloadOptions } from '../client/behaviours/workload.ts'
import { type Schedule, staged, voters } from './schedule.ts'

/** Nothing fails, and everybody does one thing. */
function quiet(
  name: string,
  workload: Partial<WorkloadOptions>,
  kind: 'worker' | 'ringer',
): Schedule {
  return {
    name,
    prepare(options) {
      const changed = { ...options.workload, ...workload }
      const count = kind === 'ringer' ? Math.max(4, changed.ringSize) : 8
      const clients = Array.from({ length: count }, (_, place) => {
        const [drawn] = options.clients
        const clock = {
          clockRate: drawn?.clockRate ?? 1,
          clockOffsetMs: drawn?.clockOffsetMs ?? 0,
        }
        return { name: `c${place + 1}`, ...clock, kind, place }
      })
      return {
        ...staged(options, voters(3)),
        clients,
        calm: true,
        workload: changed,
        faultMs: Math.max(options.faultMs, 8_000),
      }
    },
    run(world) {
      world.counts.rounds += 1
      return () => undefined
    },
  }
}

const opened = { deadlockMs: 50, mastering: 'directory' } as const

/** Parties that wait for each other, over three nodes. */
export const quietRings: Schedule = quiet(
  'quiet-rings',
  { spaces: ['a'], opened, ringMs: 100, leaveShare: 0 },
  'ringer',
)

/** Parts of one resource, that change and overlap. */
export const quietRanges: Schedule = quiet(
  'quiet-ranges',
  {
    spaces: ['a'],
    hotNames: 1,
    hotShare: 90,
    rangeShare: 95,
    ownerShare: 0,
    thinkMs: 40,
    holdMs: 50,
    locksMax: 5,
    modes: ['PR', 'CW', 'EX'],
  },
  'worker',
)

/** Conversions upwards that are in each other's way, without a deadlock search to help them. */
export const quietConversions: Schedule = quiet(
  'quiet-conversions',
  {
    spaces: ['a'],
    hotNames: 1,
    hotShare: 90,
    rangeShare: 0,
    ownerShare: 0,
    opened: { deadlockMs: 0, mastering: 'directory' },
    thinkMs: 100,
    holdMs: 50,
    locksMax: 1,
    modes: ['CR', 'PR', 'PW', 'EX'],
    noQueueShare: 0,
    convertShare: 80,
    terms: {
      timeoutMs: 0,
      alternatePR: 30,
      alternateCW: 0,
      demote: 50,
      atHead: 0,
      anyOrder: 0,
      expedite: 0,
      tellHolders: 0,
      noDeadlockWait: 0,
      noDeadlockBlock: 0,
      priority: 0,
      persistent: 0,
      masterHere: 0,
    },
  },
  'worker',
)
