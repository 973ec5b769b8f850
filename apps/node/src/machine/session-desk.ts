/**
 * Where sessions meet the node: opens and closes them, answers what needs no lock, and keeps what
 * needs the lock engine until the node may act.
 *
 * Invariant: the locks of a session that the node ends by itself are not freed before everything that
 * its pongs promised is over. Its owner may not have heard of the end yet, and trusts its locks until
 * its own deadline, which lies before that on any clock.
 */
import type { LockEngine } from '@holdfast/lock-engine'
import type { LockCall, PlainCall, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { refusalOf } from '@holdfast/lock-engine/messages'
import type { Instant, Millis, NodeName } from '@holdfast/primitives'
import type { SessionNumber } from './inputs.ts'
import type { NodeLimits } from './options.ts'
import type { Outbox } from './outbox.ts'
import { createSessions } from './sessions.ts'

export type SessionQuery = Extract<SessionCall, { readonly kind: 'query' }>
export type CloseReason = Extract<SessionEvent, { readonly kind: 'closed' }>['reason']

/** What the desk asks of the node around it. */
export interface DeskOffice {
  readonly self: NodeName
  readonly limits: NodeLimits
  readonly engine: LockEngine
  readonly outbox: Outbox
  /** How long the node may still act, ms; 0 when it may not. */
  authorityMs(now: Instant): number
  readonly leaving: boolean
  answer(session: SessionNumber, query: SessionQuery, now: Instant): void
}

export class SessionDesk {
  readonly #office: DeskOffice
  readonly #sessions: ReturnType<typeof createSessions>
  /** What waits for authority: ends of sessions first, then calls, each in order. */
  #endings: { readonly session: SessionNumber; readonly at: Instant }[] = []
  #calls: { readonly session: SessionNumber; readonly call: LockCall | PlainCall }[] = []

  #nextEnding: Instant = Number.POSITIVE_INFINITY
  /** What was due then waits for authority, and not for time. */
  #seen: Instant = 0
  /** Until when, at the latest, the owner of a session trusts its locks. */
  readonly #promised = new Map<SessionNumber, Instant>()

  constructor(office: DeskOffice) {
    this.#office = office
    this.#sessions = createSessions(office.limits.sessionLeaseMs)
  }

  open(session: SessionNumber, label: string, now: Instant): void {
    const { self, limits, engine, outbox } = this.#office
    if (this.#sessions.size + this.#endings.length >= limits.sessionsMax) {
      const detail = `node ${self} serves ${limits.sessionsMax} sessions already`
      outbox.tell(session, { kind: 'closed', reason: 'refused', detail })
      return
    }
    this.#sessions.open(session, now)
    engine.handle({ kind: 'session-opened', session, label }, now)
    const leaseMs = limits.sessionLeaseMs
    outbox.tell(session, { kind: 'opened', session: `${self}/${session}`, leaseMs, node: self })
  }

  call(session: SessionNumber, call: SessionCall, now: Instant): void {
    if (!this.#sessions.has(session)) return
    this.#sessions.heard(session, now)
    switch (call.kind) {
      case 'ping': {
        const authorityMs = this.#office.authorityMs(now)
        const { call: number, sent } = call
        this.#promise(session, now, authorityMs)
        this.#office.outbox.tell(session, { kind: 'pong', call: number, sent, authorityMs })
        break
      }
      case 'close':
        this.#close(session, now)
        break
      case 'query':
        this.#query(session, call, now)
        break
      default:
        this.#lockCall(session, call)
    }
  }

  /** The connection has ended: nobody is there to be told. */
  gone(session: SessionNumber, now: Instant): void {
    if (this.#sessions.end(session)) this.#free(session, now)
  }

  closeAll(reason: CloseReason, now: Instant): void {
    for (const session of this.#sessions.endAll()) this.#endByNode(session, reason, now)
  }

  expire(now: Instant): void {
    this.#seen = now
    for (const session of this.#sessions.expire(now)) {
      this.#endByNode(session, 'session-expired', now)
    }
  }

  tell(session: SessionNumber, event: SessionEvent): void {
    if (this.#sessions.has(session)) this.#office.outbox.tell(session, event)
  }

  /** Hands the lock engine what waited for authority. False when nothing did. */
  work(now: Instant): boolean {
    const due = this.#takeDue(now)
    if (due.length === 0 && this.#calls.length === 0) return false
    const calls = this.#calls
    this.#calls = []
    const { engine } = this.#office
    for (const session of due) engine.handle({ kind: 'session-closed', session }, now)
    for (const { session, call } of calls) {
      if (this.#sessions.has(session)) engine.handle({ kind: 'call', session, call }, now)
    }
    return true
  }

  get quiet(): boolean {
    return this.#endings.length === 0 && this.#calls.length === 0
  }

  get count(): number {
    return this.#sessions.size
  }

  deadline(): Instant | undefined {
    const expiry = this.#sessions.deadline()
    if (this.#nextEnding <= this.#seen) return expiry
    return Math.min(expiry ?? this.#nextEnding, this.#nextEnding)
  }

  #takeDue(now: Instant): readonly SessionNumber[] {
    this.#seen = now
    if (now < this.#nextEnding) return []
    const due = this.#endings.filter(({ at }) => at <= now).map(({ session }) => session)
    this.#endings = this.#endings.filter(({ at }) => at > now)
    this.#nextEnding = Number.POSITIVE_INFINITY
    for (const { at } of this.#endings) this.#nextEnding = Math.min(this.#nextEnding, at)
    return due
  }

  #promise(session: SessionNumber, now: Instant, authorityMs: Millis): void {
    const until = now + Math.min(authorityMs, this.#office.limits.sessionLeaseMs)
    this.#promised.set(session, Math.max(until, this.#promised.get(session) ?? until))
  }

  #close(session: SessionNumber, now: Instant): void {
    if (!this.#sessions.end(session)) return
    this.#office.outbox.tell(session, { kind: 'closed', reason: 'asked' })
    this.#free(session, now)
  }

  #endByNode(session: SessionNumber, reason: CloseReason, now: Instant): void {
    this.#office.outbox.tell(session, { kind: 'closed', reason })
    this.#free(session, this.#promised.get(session) ?? now)
  }

  #free(session: SessionNumber, at: Instant): void {
    this.#promised.delete(session)
    this.#endings.push({ session, at })
    this.#nextEnding = Math.min(this.#nextEnding, at)
  }

  #query(session: SessionNumber, query: SessionQuery, now: Instant): void {
    const fault = statusFault(query)
    if (fault !== undefined) this.#office.outbox.tell(session, refusalOf(query, fault))
    else if (this.#isForEngine(query, now)) this.#lockCall(session, query)
    else this.#office.answer(session, query, now)
  }

  /** A node that may not act still tells what it masters: people look when nothing goes on. */
  #isForEngine({ what, scope, filter, after }: SessionQuery, now: Instant): boolean {
    if (what !== 'locks') return false
    const isPlain = scope !== 'cluster' && filter === undefined && after === undefined
    return !isPlain || this.#office.authorityMs(now) > 0
  }

  #lockCall(session: SessionNumber, call: LockCall | PlainCall): void {
    const reason = this.#refusal(call)
    if (reason === undefined) {
      this.#calls.push({ session, call })
      return
    }
    this.#office.outbox.tell(session, refusalOf(call, reason))
  }

  #refusal(call: LockCall | PlainCall): string | undefined {
    const { self, limits, leaving } = this.#office
    const takes = call.kind === 'request' || call.kind === 'adopt'
    if (takes && leaving) {
      return `node ${self} is leaving the cluster: connect to another node`
    }
    if (this.#calls.length >= limits.heldCallsMax) {
      return `node ${self} cannot act now and ${limits.heldCallsMax} calls wait: try again later`
    }
    return undefined
  }
}

/** What is for locks alone would be ignored in a query for the status. */
function statusFault({ what, scope, filter, after, limit }: SessionQuery): string | undefined {
  if (what === 'locks') return undefined
  const isPlain = filter === undefined && after === undefined && limit === undefined
  if (isPlain && scope !== 'cluster') return undefined
  return 'a status is that of one node: `scope` cluster, `filter`, `after` and `limit` are for locks'
}
