/**
 * A session as its owner sees it: which calls wait, which locks are held, and until when they may
 * be trusted. A pure machine: it has no clock and no connection.
 *
 *     call ──> send                      the node answers each call with one completion
 *     tick ──> ping ... pong ──> trust   locks may be trusted until `trustedUntil`, no longer
 *     closed | disconnected | own deadline ──> lost, settled `lost`, ended
 *
 * Invariants:
 * 1. Each call is settled exactly once.
 * 2. A lock is told `lost` before anything else is told about the end.
 * 3. No grant is passed on while the session is not trusted: what arrives then waits for a pong.
 *    (A process that stood still may find an old grant in its socket.)
 */
import type { LockCall, LockMode, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { type Instant, type Machine, unreachable } from '@holdfast/primitives'
import type { SessionEnd } from '../errors.ts'
import type { ClientLimits } from '../limits.ts'
import { trustUntil } from './trust.ts'

export type { LockCall }
export type QueryCall = Extract<SessionCall, { kind: 'query' }>
export type Completion = Extract<SessionEvent, { kind: 'completion' }>
export type Report = Extract<SessionEvent, { kind: 'report' }>
export type Opened = Extract<SessionEvent, { kind: 'opened' }>

export type SessionInput =
  | { readonly kind: 'tick' }
  | { readonly kind: 'call'; readonly call: LockCall | QueryCall }
  | { readonly kind: 'event'; readonly event: SessionEvent }
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** The machine was suspended without its monotonic clock noticing. */
  | { readonly kind: 'clock-jumped' }
  | { readonly kind: 'close' }

export type SessionOutput =
  | { readonly kind: 'send'; readonly call: SessionCall }
  /** The node answered the first ping: calls may be made. */
  | { readonly kind: 'ready'; readonly opened: Opened }
  | { readonly kind: 'settled'; readonly completion: Completion }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'blocking'; readonly lock: number; readonly mode: LockMode }
  | { readonly kind: 'lost'; readonly lock: number; readonly end: SessionEnd }
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
type Parked = Extract<SessionEvent, { kind: 'completion' | 'blocking' }>

/** Pings without a pong that are remembered; an older one no longer prolongs anything. */
const PINGS_MAX = 16

export function createSessionMachine(limits: ClientLimits): SessionMachine {
  return new OwnedSession(limits)
}

class OwnedSession implements SessionMachine {
  readonly #limits: ClientLimits
  readonly #pending = new Map<number, LockCall | QueryCall>()
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

  #onCall(call: LockCall | QueryCall): void {
    if (this.#ended !== undefined) {
      this.#outputs.push(settledLost(call))
    } else if (this.#pending.size >= this.#limits.pendingCallsMax && call.kind !== 'unlock') {
      this.#outputs.push(settledRefused(call, this.#limits.pendingCallsMax))
    } else {
      this.#pending.set(call.call, call)
      this.#outputs.push({ kind: 'send', call })
    }
  }

  #onEvent(event: SessionEvent, now: Instant): void {
    switch (event.kind) {
      case 'opened':
        this.#onOpened(event, now)
        break
      case 'completion':
      case 'blocking':
        this.#onLockEvent(event, now)
        break
      case 'pong':
        this.#onPong(event, now)
        break
      case 'report':
        if (this.#pending.delete(event.call)) this.#outputs.push({ kind: 'report', report: event })
        break
      case 'closed':
        this.#end(toEnd(event))
        break
      case 'lost':
      case 'purged':
      case 'space':
      case 'refused':
      case 'recovery':
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

  #onPong(event: Extract<SessionEvent, { kind: 'pong' }>, now: Instant): void {
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
    if (event.kind === 'completion') this.#settle(event)
    else if (this.#held.has(event.lock)) this.#outputs.push(event)
  }

  #settle(completion: Completion): void {
    const call = this.#pending.get(completion.call)
    if (call === undefined || call.kind === 'query') return
    this.#pending.delete(completion.call)
    if (completion.outcome === 'granted') this.#held.add(call.lock)
    if (isGone(call, completion)) this.#held.delete(call.lock)
    this.#outputs.push({ kind: 'settled', completion })
  }

  #stop(end: SessionEnd): void {
    this.#outputs.push({ kind: 'send', call: { kind: 'close', call: this.nextNumber() } })
    this.#end(end)
  }

  #end(end: SessionEnd): void {
    this.#ended = end
    for (const lock of this.#held) this.#outputs.push({ kind: 'lost', lock, end })
    for (const call of this.#pending.values()) this.#outputs.push(settledLost(call))
    this.#held.clear()
    this.#pending.clear()
    this.#parked = []
    this.#outputs.push({ kind: 'ended', end })
  }
}

const NOTHING: readonly SessionOutput[] = []

function toEnd({ reason, detail }: Extract<SessionEvent, { kind: 'closed' }>): SessionEnd {
  return detail === undefined ? { reason } : { reason, detail }
}

/** True when the lock that the call names is not held after this completion. */
function isGone(call: LockCall, { outcome }: Completion): boolean {
  if (outcome === 'unlocked' || outcome === 'lost') return call.kind !== 'cancel'
  return false
}

function settledLost(call: LockCall | QueryCall): SessionOutput {
  if (call.kind === 'query') return { kind: 'report', report: { kind: 'report', call: call.call } }
  const { call: number, lock } = call
  return {
    kind: 'settled',
    completion: { kind: 'completion', call: number, lock, outcome: 'lost' },
  }
}

function settledRefused(call: LockCall | QueryCall, pendingCallsMax: number): SessionOutput {
  if (call.kind === 'query') return settledLost(call)
  const { call: number, lock } = call
  const reason = `more than ${pendingCallsMax} calls wait in this session; let some of them end`
  return {
    kind: 'settled',
    completion: { kind: 'completion', call: number, lock, outcome: 'refused', reason },
  }
}
