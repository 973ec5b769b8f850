import type { Outcome, SessionCall } from '@holdfast/lock-engine/messages'
import type { Process } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'one-completion'

interface SessionRecord {
  readonly open: Map<number, SessionCall['kind']>
  readonly done: Set<number>
  /** How the last request or conversion of each lock ended. */
  readonly endings: Map<number, Outcome>
  closed: boolean
}

/**
 * Each lock call has exactly one completion, a session that was closed hears nothing more, and a
 * cancel that says it cancelled did. That no call is left open at the end is the business of
 * no-lost-waiter.
 */
export function createOneCompletion(): Checker {
  const sessions = new Map<string, SessionRecord>()

  const recordOf = (process: Process, session: number): SessionRecord => {
    const key = `${process.incarnation}/${session}`
    let record = sessions.get(key)
    if (record === undefined) {
      record = { open: new Map(), done: new Set(), endings: new Map(), closed: false }
      sessions.set(key, record)
    }
    return record
  }
  return {
    name: NAME,
    onCall({ process, session, call }) {
      if (call.kind === 'ping' || call.kind === 'close' || call.kind === 'query') return
      recordOf(process, session).open.set(call.call, call.kind)
    },
    onEvent({ process, session, event }) {
      const record = recordOf(process, session)
      const who = `session ${session} of ${process.node}`
      if (record.closed) throw new Violation(NAME, `${who} heard ${event.kind} after its end`)
      if (event.kind === 'closed') record.closed = true
      if (event.kind === 'completion') complete(record, event, who)
    },
    onEnd({ process }) {
      for (const key of sessions.keys()) {
        if (key.startsWith(process.incarnation)) sessions.delete(key)
      }
    },
  }
}

interface Completion {
  readonly call: number
  readonly lock: number
  readonly outcome: Outcome
}

function complete(record: SessionRecord, { call, lock, outcome }: Completion, who: string): void {
  if (record.done.has(call)) throw new Violation(NAME, `call ${call} of ${who} was completed twice`)
  const kind = record.open.get(call)
  if (kind === undefined) {
    throw new Violation(NAME, `call ${call} of ${who} was completed but never made`)
  }
  record.open.delete(call)
  record.done.add(call)
  if (kind === 'request' || kind === 'convert') record.endings.set(lock, outcome)
  const ending = record.endings.get(lock)
  if (kind === 'cancel' && outcome === 'cancelled' && ending !== 'cancelled') {
    throw new Violation(NAME, `${who} heard that lock ${lock} was cancelled, but it was ${ending}`)
  }
}
