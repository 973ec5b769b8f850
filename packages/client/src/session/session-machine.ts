/**
 * A session as its owner sees it: which calls wait, which locks are held, and until when they may
 * be trusted. A pure machine: it has no clock and no connection.
 *
 *     call ──> send                      the node answers each call on a lock with one completion,
 *                                        and each other call with one answer
 *     tick ──> ping ... pong ──> trust   locks may be trusted until `trustedUntil`, no longer
 *     closed | disconnected | own deadline ──> lost, settled `lost`, ended
 *
 * Invariants:
 * 1. Each call is settled exactly once.
 * 2. A lock is told `lost` before anything else is told about the end.
 * 3. What the node could not read is refused here: a bad frame would cost the session, and all its locks.
 * 4. No grant is passed on while the session is not trusted: what arrives then waits for a pong.
 *    (A process that stood still may find an old grant in its socket.)
 */
import {
  type LockCall,
  type LockMode,
  type PlainCall,
  refusalOf,
  type SessionCall,
  type SessionEvent,
} from '@holdfast/lock-engine/messages'
import { type Instant, type Machine, unreachable } from '@holdfast/primitives'
import { callFault } from '../check-call.ts'
import type { LockEnd, SessionEnd } from '../errors.ts'
import type { ClientLimits } from '../limits.ts'
import { trustUntil } from './trust.ts'

type Event<Kind extends SessionEvent['kind']> = Extract<SessionEvent, { readonly kind: Kind }>
export type CompletionEvent = Event<'completion'>
export type Opened = Event<'opened'>
export type Recovery = Event<'recovery'>
/** What may answer a call that names no lock. */
export type Answer = Event<'report' | 'purged' | 'space' | 'refused'>

export type SessionInput =
  | { readonly kind: 'tick' }
  | { readonly kind: 'call'; readonly call: LockCall | PlainCall }
  | { readonly kind: 'event'; readonly event: SessionEvent }
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** The machine was suspended without its monotonic clock noticing. */
  | { readonly kind: 'clock-jumped' }
  | { readonly kind: 'close' }

export type SessionOutput =
  | { readonly kind: 'send'; readonly call: SessionCall }
  /** The node answered the first ping: calls may be made. */
  | { readonly kind: 'ready'; readonly opened: Opened }
  | { readonly kind: 'settled'; readonly call: LockCall; readonly completion: CompletionEvent }
  /** Without an answer: the session ended before there was one. */
  | { readonly kind: 'answered'; readonly call: PlainCall; readonly answer: Answer | undefined }
  | { readonly kind: 'blocking'; readonly lock: number; readonly mode: LockMode }
  /** Unlocked by its own call, or together with a lock above it. */
  | { readonly kind: 'unlocked'; readonly lock: number }
  | { readonly kind: 'lost'; readonly lock: number; readonly end: LockEnd }
  | { readonly kind: 'recovery'; readonly recovery: Recovery }
  /** The last output. */
  | { readonly kind: 'ended'; readonly end: SessionEnd }

export interface SessionMachine extends Machine<SessionInput, SessionOutput> {
  /** A number for the next call or lock: rising, never reused. */
  nextNumber(): number
  /** True while the locks of this session may be trusted. */
  trusted(now: Instant): boolean
  readonly ended: SessionEnd | undefined
}

/** What keeps its order behind a grant that waits for trust. */
type Parked = Event<'completion' | 'blocking' | 'lost'>

/** Pings without a pong that are remembered; an older one no longer prolongs anything. */
const PINGS_MAX = 16

export function createSessionMachine(limits: ClientLimits): SessionMachine {
  return new OwnedSession(limits)
}

class OwnedSession implements SessionMachine {
  readonly #limits: ClientLimits
  readonly #pending = new Map<number, LockCall | PlainCall>()
  readonly #held = new Set<number>()
  readonly #pings = new Map<number, Instant>()
  #outputs: SessionOutput[] = []
  #parked: Parked[] = []
  #opened: Opened | undefined
  #isReady = false
  #ended: SessionEnd | undefined
  #lastNumber = 0
  #trustedUntil: Instant = Number.NEGATIVE_INFINITY
  /** When the node last showed that it knows this session. */
  #heardAt: Instant = 0
  #pingAt: Instant = 0

  constructor(limits: ClientLimits) {
    this.#limits = limits
  }

  handle(input: SessionInput, now: Instant): void {
    // The own deadline goes first: what arrives after it is too late, even if it arrives in order.
    this.#judge(now)
    if (input.kind === 'call') this.#onCall(input.call)
    if (this.#ended !== undefined) return
    if (input.kind === 'event') this.#onEvent(input.event, now)
    if (input.kind === 'disconnected') {
      this.#end({ reason: 'connection-lost', detail: input.reason })
    }
    if (input.kind === 'clock-jumped') this.#onClockJumped(now)
    if (input.kind === 'close') this.#stop({ reason: 'asked' })
  }

  drain(): readonly SessionOutput[] {
    if (this.#outputs.length === 0) return NOTHING
    const drained = this.#outputs
    this.#outputs = []
    return drained
  }

  deadline(): Instant | undefined {
    if (this.#ended !== undefined || this.#opened === undefined) return undefined
    const next = Math.min(this.#pingAt, this.#heardAt + this.#opened.leaseMs)
    return this.#held.size > 0 ? Math.min(next, this.#trustedUntil) : next
  }

  nextNumber(): number {
    this.#lastNumber += 1
    return this.#lastNumber
  }

  trusted(now: Instant): boolean {
    return this.#ended === undefined && now < this.#trustedUntil
  }

  get ended(): SessionEnd | undefined {
    return this.#ended
  }

  #judge(now: Instant): void {
    if (this.#ended !== undefined || this.#opened === undefined) return
    if (this.#held.size > 0 && now >= this.#trustedUntil) {
      this.#stop({ reason: 'stalled', detail: 'the node did not confirm the session in time' })
    } else if (now - this.#heardAt >= this.#opened.leaseMs) {
      this.#stop({ reason: 'stalled', detail: 'no word of the node for a whole lease' })
    } else if (now >= this.#pingAt) {
      this.#ping(now)
    }
  }

  #onCall(call: LockCall | PlainCall): void {
    if (this.#ended !== undefined) {
      this.#outputs.push(settledLost(call))
      return
    }
    const reason = this.#refusal(call)
    if (reason !== undefined) {
      this.#outputs.push(settledRefused(call, reason))
      return
    }
    this.#pending.set(call.call, call)
    this.#outputs.push({ kind: 'send', call })
  }

  #refusal(call: LockCall | PlainCall): string | undefined {
    const { pendingCallsMax } = this.#limits
    if (this.#pending.size >= pendingCallsMax && call.kind !== 'unlock') {
      return `more than ${pendingCallsMax} calls wait in this session; let some of them end`
    }
    return callFault(call)
  }

  #onEvent(event: SessionEvent, now: Instant): void {
    switch (event.kind) {
      case 'opened':
        this.#onOpened(event, now)
        break
      case 'completion':
      case 'blocking':
      case 'lost':
        this.#onLockEvent(event, now)
        break
      case 'pong':
        this.#onPong(event, now)
        break
      case 'report':
      case 'purged':
      case 'space':
      case 'refused':
        this.#onAnswer(event)
        break
      case 'recovery':
        this.#outputs.push({ kind: 'recovery', recovery: event })
        break
      case 'closed':
        this.#end(toEnd(event))
        break
      default:
        unreachable(event)
    }
  }

  /** No length that was measured across lost time means anything; nor does an answer from before. */
  #onClockJumped(now: Instant): void {
    this.#trustedUntil = Number.NEGATIVE_INFINITY
    this.#pings.clear()
    if (this.#held.size > 0) this.#stop({ reason: 'stalled', detail: 'this machine was suspended' })
    else this.#ping(now)
  }

  #onOpened(event: Opened, now: Instant): void {
    if (this.#opened !== undefined) return
    this.#opened = event
    this.#heardAt = now
    this.#ping(now)
  }

  #ping(now: Instant): void {
    if (this.#opened === undefined) return
    const call = this.nextNumber()
    // Rounded down, as a later instant would prolong the trust.
    const sent = Math.floor(now)
    this.#pings.set(call, sent)
    const [oldest] = this.#pings.keys()
    if (this.#pings.size > PINGS_MAX && oldest !== undefined) this.#pings.delete(oldest)
    this.#pingAt = now + Math.min(this.#opened.leaseMs / 6, this.#limits.pingMsMax)
    this.#outputs.push({ kind: 'send', call: { kind: 'ping', call, sent } })
  }

  #onPong(event: Event<'pong'>, now: Instant): void {
    // Our own note of the sending counts, not what the node says it was.
    const sent = this.#pings.get(event.call)
    if (sent === undefined || this.#opened === undefined) return
    this.#pings.delete(event.call)
    this.#heardAt = now
    const until = trustUntil(sent, event.authorityMs, this.#opened.leaseMs)
    this.#trustedUntil = Math.max(this.#trustedUntil, until)
    if (!this.#isReady) {
      this.#isReady = true
      this.#outputs.push({ kind: 'ready', opened: this.#opened })
    }
    if (now >= this.#trustedUntil) return
    const waiting = this.#parked
    this.#parked = []
    for (const waited of waiting) this.#pass(waited)
  }

  #onLockEvent(event: Parked, now: Instant): void {
    const isGrant = event.kind === 'completion' && event.outcome === 'granted'
    const mustWait = this.#parked.length > 0 || (isGrant && now >= this.#trustedUntil)
    if (!mustWait) {
      this.#pass(event)
      return
    }
    this.#parked.push(event)
    if (this.#parked.length === 1) this.#ping(now)
  }

  #pass(event: Parked): void {
    if (event.kind === 'completion') {
      this.#settle(event)
      return
    }
    if (!this.#held.has(event.lock)) return
    if (event.kind === 'blocking') this.#outputs.push(event)
    else this.#lose(event.lock, { reason: 'lockspace-left' })
  }

  #settle(completion: CompletionEvent): void {
    const call = this.#pending.get(completion.call)
    if (call === undefined || !('lock' in call)) return
    this.#pending.delete(completion.call)
    for (const lock of unlockedBy(call, completion)) {
      if (this.#held.delete(lock)) this.#outputs.push({ kind: 'unlocked', lock })
    }
    if (completion.outcome === 'granted') this.#held.add(call.lock)
    if (completion.outcome === 'lost' && call.kind !== 'cancel' && this.#held.has(call.lock)) {
      this.#lose(call.lock, { reason: 'lockspace-left' })
    }
    this.#outputs.push({ kind: 'settled', call, completion })
  }

  #lose(lock: number, end: LockEnd): void {
    this.#held.delete(lock)
    this.#outputs.push({ kind: 'lost', lock, end })
  }

  #onAnswer(answer: Answer): void {
    const call = this.#pending.get(answer.call)
    if (call === undefined || !answersTo(call, answer)) return
    this.#pending.delete(answer.call)
    this.#outputs.push({ kind: 'answered', call, answer })
  }

  #stop(end: SessionEnd): void {
    this.#outputs.push({ kind: 'send', call: { kind: 'close', call: this.nextNumber() } })
    this.#end(end)
  }

  #end(end: SessionEnd): void {
    this.#ended = end
    for (const lock of this.#held) this.#lose(lock, end)
    for (const call of this.#pending.values()) this.#outputs.push(settledLost(call))
    this.#pending.clear()
    this.#parked = []
    this.#outputs.push({ kind: 'ended', end })
  }
}

const NOTHING: readonly SessionOutput[] = []
const NONE: readonly number[] = []

function toEnd({ reason, detail }: Event<'closed'>): SessionEnd {
  return detail === undefined ? { reason } : { reason, detail }
}

/** The locks that are not held any more after this completion. */
function unlockedBy(call: LockCall, { outcome, also = [] }: CompletionEvent): readonly number[] {
  if (outcome !== 'unlocked' || call.kind === 'cancel') return NONE
  // A conversion that an unlock ended, before the unlock itself has ended.
  if (call.kind !== 'unlock') return [call.lock]
  return call.subtree === 'below' ? also : [call.lock, ...also]
}

/** The kind of answer that each call gets when it is not refused. */
interface AnswerKinds {
  readonly query: 'report'
  readonly purge: 'purged'
  readonly 'open-space': 'space'
  readonly 'leave-space': 'space'
}

const answerKinds: AnswerKinds = {
  query: 'report',
  purge: 'purged',
  'open-space': 'space',
  'leave-space': 'space',
}

export type AnswerTo<Call extends { readonly kind: PlainCall['kind'] }> = Event<
  AnswerKinds[Call['kind']]
>

/** An answer of another kind is none, whatever its number. */
function answersTo(call: LockCall | PlainCall, { kind }: Answer): call is PlainCall {
  return !('lock' in call) && (kind === 'refused' || kind === answerKinds[call.kind])
}

function settledLost(call: LockCall | PlainCall): SessionOutput {
  if (!('lock' in call)) return { kind: 'answered', call, answer: undefined }
  const { call: number, lock } = call
  const completion = { kind: 'completion', call: number, lock, outcome: 'lost' } as const
  return { kind: 'settled', call, completion }
}

function settledRefused(call: LockCall | PlainCall, reason: string): SessionOutput {
  const event = refusalOf(call, reason)
  return 'lock' in call
    ? { kind: 'settled', call, completion: event as CompletionEvent }
    : { kind: 'answered', call, answer: event as Answer }
}
