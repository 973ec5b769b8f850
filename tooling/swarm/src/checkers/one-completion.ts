import type { LockMode, Outcome, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { Process } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'one-completion'

type Completion = Extract<SessionEvent, { readonly kind: 'completion' }>

interface SessionRecord {
  readonly open: Map<number, SessionCall>
  readonly done: Set<number>
  /** How the last request or conversion of each lock ended. */
  readonly endings: Map<number, Outcome>
  /** Locks with a request or conversion under way. */
  readonly pending: Set<number>
  /** Locks that were unlocked. */
  readonly gone: Set<number>
  closed: boolean
}

/**
 * Each call has exactly one answer, a session that was closed hears nothing more, and a cancel that
 * says it cancelled did, and an unlock of a subtree that it unlocked. That no call is left open at the end is the business of
 * no-lost-waiter.
 */
export function createOneCompletion(): Checker {
  const sessions = new Map<string, SessionRecord>()

  const recordOf = (process: Process, session: number): SessionRecord => {
    const key = `${process.incarnation}/${session}`
    let record = sessions.get(key)
    if (record === undefined) {
      record = {
        open: new Map(),
        done: new Set(),
        endings: new Map(),
        pending: new Set(),
        gone: new Set(),
        closed: false,
      }
      sessions.set(key, record)
    }
    return record
  }
  return {
    name: NAME,
    onCall({ process, session, call }) {
      if (call.kind === 'ping' || call.kind === 'close' || call.kind === 'query') return
      const record = recordOf(process, session)
      record.open.set(call.call, call)
      if (isWanting(call)) record.pending.add(call.lock)
    },
    onEvent({ process, session, event }) {
      const record = recordOf(process, session)
      const who = `session ${session} of ${process.node}`
      if (record.closed) throw new Violation(NAME, `${who} heard ${event.kind} after its end`)
      if (event.kind === 'closed') record.closed = true
      if (event.kind === 'completion') complete(record, event, who)
      else if (event.kind === 'space' || event.kind === 'purged' || event.kind === 'refused') {
        take(record, event.call, who)
      }
    },
    onEnd({ process }) {
      for (const key of sessions.keys()) {
        if (key.startsWith(process.incarnation)) sessions.delete(key)
      }
    },
  }
}

function isWanting(call: SessionCall): call is Extract<SessionCall, { readonly mode: LockMode }> {
  return call.kind === 'request' || call.kind === 'convert' || call.kind === 'adopt'
}

/** The call that an answer is for. */
function take(record: SessionRecord, call: number, who: string): SessionCall {
  if (record.done.has(call)) throw new Violation(NAME, `call ${call} of ${who} was completed twice`)
  const made = record.open.get(call)
  if (made === undefined) {
    throw new Violation(NAME, `call ${call} of ${who} was completed but never made`)
  }
  record.open.delete(call)
  record.done.add(call)
  return made
}

function complete(record: SessionRecord, completion: Completion, who: string): void {
  const { call, lock, outcome, also = [] } = completion
  const made = take(record, call, who)
  if (isWanting(made)) {
    record.endings.set(lock, outcome)
    record.pending.delete(lock)
  }
  if (outcome === 'granted' && record.gone.has(lock)) {
    throw new Violation(NAME, `${who} was granted lock ${lock} after it was unlocked`)
  }
  if (made.kind === 'unlock' && outcome === 'unlocked') {
    const gone = made.subtree === 'below' ? also : [lock, ...also]
    for (const number of gone) {
      record.gone.add(number)
      if (!record.pending.has(number)) continue
      throw new Violation(
        NAME,
        `${who} heard that lock ${number} was unlocked, but not of its call`,
      )
    }
  }
  if (made.kind !== 'cancel' || outcome !== 'cancelled') return
  const named = made.subtree === true ? also : [lock]
  for (const number of named) {
    const ending = record.endings.get(number)
    if (ending === 'cancelled') continue
    throw new Violation(
      NAME,
      `${who} heard that lock ${number} was cancelled, but it was ${ending}`,
    )
  }
}
