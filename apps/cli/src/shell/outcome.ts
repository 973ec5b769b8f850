import type { Outcome } from '@holdfast/client/raw-session'
import type { EventKind, HeardEvent } from './event-words.ts'
import { type Kind, oneOf } from './kind.ts'

/** What can be heard of a lock or a session, as `wait` and `expect` name it. */
export type OutcomeWord =
  | Outcome
  | 'blocking'
  | 'purged'
  | 'opened'
  | 'left'
  | 'report'
  | 'recovery'
  | 'closed'

/** The event that carries the outcome, where it is about a lock, and where it is about a session. */
const carriers: Readonly<Record<OutcomeWord, { lock?: EventKind; session?: EventKind }>> = {
  granted: { lock: 'completion' },
  denied: { lock: 'completion' },
  deadlock: { lock: 'completion' },
  cancelled: { lock: 'completion' },
  'timed-out': { lock: 'completion' },
  unlocked: { lock: 'completion' },
  lost: { lock: 'completion' },
  'nothing-to-cancel': { lock: 'completion' },
  'not-found': { lock: 'completion' },
  refused: { lock: 'completion', session: 'refused' },
  blocking: { lock: 'blocking' },
  purged: { session: 'purged' },
  opened: { session: 'space' },
  left: { session: 'space' },
  report: { session: 'report' },
  recovery: { session: 'recovery' },
  closed: { session: 'closed' },
}

export const outcomeKind: Kind<OutcomeWord> = oneOf('OUTCOME', carriers)

export function outcomeOf(event: HeardEvent): OutcomeWord {
  return event.kind === 'completion' || event.kind === 'space' ? event.outcome : event.kind
}

/**
 * What a script listens to in turn: a callback may come before or after the answer to a call, so
 * neither is in the other's way.
 */
export type Stream = 'answers' | 'blocking' | 'recovery' | 'closed'

export function streamOf(outcome: OutcomeWord): Stream {
  if (outcome === 'blocking' || outcome === 'recovery' || outcome === 'closed') return outcome
  return 'answers'
}

/** The words that may be expected with an outcome. Undefined when the subject can never say it. */
export function carrierOf(outcome: OutcomeWord, of: Subject): EventKind | undefined {
  return carriers[outcome]['lock' in of ? 'lock' : 'session']
}

/** Whom something is heard of, by the name that it has in the shell. */
export type Subject = { readonly lock: string } | { readonly session: string }

/** A lock by its name, a session by its name and a colon. */
export const subjectKind: Kind<Subject> = {
  form: 'LOCK',
  hint: 'the name of a lock, or of a session with a colon: `a:`',
  read(text, names) {
    if (text.endsWith(':')) return { session: names.session(text.slice(0, -1)) }
    names.anyLock(text)
    return { lock: text }
  },
  write: writeSubject,
  choices: ({ locks, sessions }) => [...locks, ...sessions.map((name) => `${name}:`)],
}

export function writeSubject(subject: Subject): string {
  return 'lock' in subject ? subject.lock : `${subject.session}:`
}
