import type { Instant } from '@holdfast/primitives'
import type { EventFact, WaitFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { type Edge, edgesByParty, reaches } from './wait-graph.ts'

const NAME = 'deadlocks'

/** Longer than a search and the way of its answer take, in any weather. */
const REMEMBERED_MS = 20_000
const MOMENTS_MAX = 6_000

/** What was queued where, from one moment to the next. */
interface Moment {
  readonly at: Instant
  readonly waits: ReadonlyMap<string, readonly WaitFact[]>
}

/**
 * Every call that loses a deadlock of parties was on a cycle that was whole at one moment before it
 * lost, and would be without those that had lost before it: no phantoms, and one victim for each cycle.
 * And in calm worlds every cycle that lasts is broken.
 *
 * Conversion deadlocks, and sessions that wait for themselves, are judged by the master at once and by
 * rules of their own: see `own-deadlocks`.
 */
export function createDeadlocks(world: { readonly calm: boolean }): Checker {
  let moments: Moment[] = []
  const denials = new Map<string, Instant>()
  const victims: { readonly wait: string; readonly at: Instant }[] = []
  const lasting = createLasting()

  const judge = ({ at, process, session, event }: EventFact): void => {
    if (event.kind !== 'completion') return
    const key = `${process.incarnation}/${session}/${event.lock}`
    const wait = `${key} ${event.call}`
    const deniedAt = denials.get(event.reason ?? '') ?? at
    const before = victims.filter((victim) => victim.at < deniedAt).map((victim) => victim.wait)
    victims.push({ wait, at: deniedAt })
    if (moments.some((moment) => moment.at <= deniedAt && isOnCycle(moment, wait, []))) {
      if (moments.some((moment) => moment.at <= deniedAt && isOnCycle(moment, wait, before))) return
      throw new Violation(
        NAME,
        `call ${event.call} of session ${session} of ${process.node} lost a deadlock that another victim had broken: ${event.reason}`,
      )
    }
    throw new Violation(
      NAME,
      `call ${event.call} of session ${session} of ${process.node} lost a deadlock that never was: ${event.reason}`,
    )
  }
  return {
    name: NAME,
    onWaits({ at, process, waits }) {
      const now = moments.at(-1)
      if (now !== undefined && waits.length === 0 && !now.waits.has(process.incarnation)) return
      const next = new Map(now?.waits)
      if (waits.length === 0) next.delete(process.incarnation)
      else next.set(process.incarnation, waits)
      moments.push({ at, waits: next })
      if (moments.length > MOMENTS_MAX) {
        moments = moments.slice(MOMENTS_MAX / 2).filter((old) => old.at > at - REMEMBERED_MS)
      }
      if (world.calm) lasting.look(at, [...next.values()].flat())
    },
    onDenial({ at, words }) {
      denials.set(words, at)
    },
    onEvent(fact) {
      const { event } = fact
      if (event.kind !== 'completion' || event.outcome !== 'deadlock') return
      if (isOfParties(event.reason)) judge(fact)
    },
    onInstalled: ({ at }) => lasting.trouble(at),
    onEnd({ at, process }) {
      lasting.trouble(at)
      const now = moments.at(-1)
      if (now === undefined) return
      const waits = new Map(now.waits)
      waits.delete(process.incarnation)
      moments.push({ at, waits })
    },
  }
}

/** The words of the search name the parties of the cycle; the two other rules have words of their own. */
export function isOfParties(reason: string | undefined): boolean {
  return reason !== undefined && reason.includes(', which ') && !reason.startsWith('the session ')
}

function isOnCycle(moment: Moment, victim: string, before: readonly string[]): boolean {
  const waits = [...moment.waits.values()].flat()
  const lost = waits.find(({ key, call }) => `${key} ${call}` === victim)
  if (lost === undefined || !lost.searched) return false
  const edges = edgesByParty(waits, ({ wait }) => {
    return wait.searched && !before.includes(`${wait.key} ${wait.call}`)
  })
  const first = lost.blockers.map(({ party }) => party).filter((party) => party !== lost.party)
  return reaches(edges, first, lost.party)
}

/** The longest default of a lockspace, and what one search may take, without faults. */
const LASTS_MS = 1_000 + 3_000

interface Lasting {
  look(at: Instant, waits: readonly WaitFact[]): void
  trouble(at: Instant): void
}

/** Finds cycles that nobody breaks. */
function createLasting(): Lasting {
  let since = new Map<string, Instant>()
  let quietFrom: Instant = 0
  return {
    look(at, waits) {
      const next = new Map<string, Instant>()
      for (const wait of waits) {
        for (const blocker of wait.blockers) {
          const name = nameOf({ wait, blocker })
          next.set(name, since.get(name) ?? at)
        }
      }
      since = next
      if (at - quietFrom < LASTS_MS) return
      const edges = edgesByParty(waits, (edge) => {
        if (!edge.wait.searched || !edge.blocker.certain) return false
        return at - Math.max(quietFrom, since.get(nameOf(edge)) ?? at) > LASTS_MS
      })
      for (const [party, [edge]] of edges) {
        const first = (edges.get(party) ?? []).map(({ blocker }) => blocker.party)
        if (edge === undefined || !reaches(edges, first, party)) continue
        throw new Violation(
          NAME,
          `${party} is on a cycle of parties that nobody breaks: ${edge.wait.key} waits for ${edge.blocker.key} for ${Math.round(at - (since.get(nameOf(edge)) ?? at))} ms`,
        )
      }
    },
    trouble(at) {
      quietFrom = at
    },
  }
}

function nameOf({ wait, blocker }: Edge): string {
  return `${wait.key} ${wait.call} ${blocker.key} ${blocker.state}`
}
