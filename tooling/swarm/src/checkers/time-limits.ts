import type { Instant, Millis } from '@holdfast/primitives'
import { type Checker, Violation } from './checker.ts'

const NAME = 'time-limits'

/** Below what a double can tell after the arithmetic of clocks, ms. */
const ROUNDING_MS = 0.001

/** A call ends by its time limit only when it has waited for that long, by the fastest clock there is. */
export function createTimeLimits({ rho }: { readonly rho: number }): Checker {
  const limits = new Map<string, { readonly at: Instant; readonly limitMs: Millis }>()
  return {
    name: NAME,
    onCall({ at, process, session, call }) {
      if (call.kind !== 'request' && call.kind !== 'convert') return
      if (call.timeoutMs === undefined) return
      limits.set(`${process.incarnation}/${session}/${call.call}`, { at, limitMs: call.timeoutMs })
    },
    onEvent({ at, process, session, event }) {
      if (event.kind !== 'completion') return
      const key = `${process.incarnation}/${session}/${event.call}`
      const limit = limits.get(key)
      limits.delete(key)
      if (event.outcome !== 'timed-out') return
      const who = `call ${event.call} of session ${session} of ${process.node}`
      if (limit === undefined) throw new Violation(NAME, `${who} timed out and has no time limit`)
      const waitedMs = at - limit.at
      if (waitedMs * (1 + rho) + ROUNDING_MS >= limit.limitMs) return
      throw new Violation(
        NAME,
        `${who} timed out after ${waitedMs.toFixed(1)} ms, and its limit is ${limit.limitMs} ms`,
      )
    },
  }
}
