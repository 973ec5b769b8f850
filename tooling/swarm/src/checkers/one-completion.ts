import type { Process } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'one-completion'

interface SessionRecord {
  readonly open: Set<number>
  readonly done: Set<number>
  closed: boolean
}

/**
 * Each lock call has exactly one completion, and a session that was closed hears nothing more. That
 * none is left open at the end is the business of no-lost-waiter.
 */
export function createOneCompletion(): Checker {
  const sessions = new Map<string, SessionRecord>()

  const recordOf = (process: Process, session: number): SessionRecord => {
    const key = `${process.incarnation}/${session}`
    let record = sessions.get(key)
    if (record === undefined) {
      record = { open: new Set(), done: new Set(), closed: false }
      sessions.set(key, record)
    }
    return record
  }
  return {
    name: NAME,
    onCall({ process, session, call }) {
      if (call.kind === 'ping' || call.kind === 'close' || call.kind === 'query') return
      recordOf(process, session).open.add(call.call)
    },
    onEvent({ process, session, event }) {
      const record = recordOf(process, session)
      const who = `session ${session} of ${process.node}`
      if (record.closed) throw new Violation(NAME, `${who} heard ${event.kind} after its end`)
      if (event.kind === 'closed') record.closed = true
      if (event.kind !== 'completion') return
      if (record.done.has(event.call)) {
        throw new Violation(NAME, `call ${event.call} of ${who} was completed twice`)
      }
      if (!record.open.delete(event.call)) {
        throw new Violation(NAME, `call ${event.call} of ${who} was completed but never made`)
      }
      record.done.add(event.call)
    },
    onEnd({ process }) {
      for (const key of sessions.keys()) {
        if (key.startsWith(process.incarnation)) sessions.delete(key)
      }
    },
  }
}
