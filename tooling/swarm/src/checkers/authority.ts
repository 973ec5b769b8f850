import type { Incarnation, Instant } from '@holdfast/primitives'
import type { EventFact, PowerFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'authority'

interface ProcessRecord {
  mayContinueUntil: Instant
  /** Sessions that were told `opened` and not yet `closed`. */
  readonly open: Set<number>
  /** What they are told in the turn of their end may come out behind it. */
  readonly closed: Set<number>
  /** Those that were open when the lease was over: they must be closed in that very turn. */
  orphans: readonly number[]
  lostAt: Instant
  acted: boolean
}

/**
 * A node whose lease is over grants nothing, and has closed its sessions in the turn in which it
 * noticed. Remote clients have a deadline of their own; embedded ones rely on this alone.
 */
export function createAuthority(): Checker {
  const processes = new Map<Incarnation, ProcessRecord>()

  const recordOf = (incarnation: Incarnation): ProcessRecord => {
    const known = processes.get(incarnation) ?? {
      mayContinueUntil: 0,
      open: new Set<number>(),
      closed: new Set<number>(),
      orphans: [],
      lostAt: 0,
      acted: false,
    }
    processes.set(incarnation, known)
    return known
  }
  return {
    name: NAME,
    onPower(fact: PowerFact) {
      const record = recordOf(fact.process.incarnation)
      const orphan = record.orphans.find((session) => record.open.has(session))
      if (orphan !== undefined && fact.at > record.lostAt) {
        throw new Violation(NAME, `${fact.process.node} kept session ${orphan} without authority`)
      }
      const mayAct = fact.mayContinueUntil > fact.at
      // One more look at the end of this turn, which may have more to say.
      if (record.acted && !mayAct) {
        record.orphans = [...record.open]
        record.lostAt = fact.at
      } else if (fact.at > record.lostAt) record.orphans = []
      record.acted = mayAct
      record.mayContinueUntil = fact.mayContinueUntil
    },
    onEvent({ at, process, session, event }: EventFact) {
      const record = recordOf(process.incarnation)
      if (event.kind === 'opened' && !record.closed.has(session)) record.open.add(session)
      else if (event.kind === 'closed') record.open.delete(session)
      else if (event.kind === 'completion' && event.outcome === 'granted') {
        // What was granted earlier in the very turn that ended the authority comes out of it too.
        if (at < record.mayContinueUntil || at === record.lostAt) return
        throw new Violation(
          NAME,
          `${process.node} granted a lock ${at - record.mayContinueUntil} ms after its lease`,
        )
      }
    },
    onCall({ process, session, call }) {
      if (call.kind !== 'close') return
      const record = recordOf(process.incarnation)
      record.open.delete(session)
      record.closed.add(session)
    },
    onEnd: ({ process }) => void processes.delete(process.incarnation),
  }
}
