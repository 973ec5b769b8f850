/**
 * The locks of this node's sessions.
 *
 * Invariants:
 *   H1  A call ends in exactly one completion.
 *   H2  Only the node that a lock was sent to (`sentTo`) can answer for it, only what was asked last,
 *       and only with an answer given after the takeover that this node knows of: an answer of a former master counts for
 *       nothing, because this node has already told the new one how the lock stands.
 *   H3  One lookup per name is on its way at most; requests behind it wait, and go in order.
 *   H4  A lock ends only when its master says so, or when no master was asked. Otherwise a master
 *       could keep a lock that nobody holds.
 */
import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { MasterMessage } from '../lock-messages.ts'
import { isDownConversion, ownsValue } from '../lock-mode.ts'
import type { LockCall } from '../messages.ts'
import { keyOf, type ResourceKey } from '../resource-key.ts'
import type { ViewChange } from '../takeover.ts'
import type { Transfer } from '../transfer.ts'
import type { Mastery } from '../view.ts'
import {
  isAnswerToLast,
  isFinding,
  onBlocking,
  onCancelDone,
  onDenied,
  onGranted,
  onQueued,
  onUnlocked,
} from './answers.ts'
import { convertFault, requestFault, unlockFault } from './check-call.ts'
import { complete, endUnsent, refuse } from './completions.ts'
import { finishDown } from './down-conversion.ts'
import { KnownMasters } from './known-masters.ts'
import type { HeldLock, KnownResource } from './lock.ts'
import { newLock } from './new-lock.ts'
import { lookUp, sendFollowUps, sendPending } from './requests.ts'
import { entryFor, isConfirmed, lastWordsFor, moveResource, resourceTransfers } from './resettle.ts'

type Call<Kind> = Extract<LockCall, { readonly kind: Kind }>

interface SessionLocks {
  readonly label: string
  readonly locks: Map<number, HeldLock>
}

export class HolderTable {
  readonly #core: Core
  readonly #sessions = new Map<number, SessionLocks>()
  readonly #resources = new Map<ResourceKey, KnownResource>()
  readonly #locks = new Map<number, HeldLock>()
  readonly #known: KnownMasters
  /** Names whose lookups lead nowhere at the moment, and when to ask again. */
  readonly #paused = new Map<KnownResource, Instant>()
  #moved: KnownResource[] = []
  #entries: Transfer[] = []
  #next = 1

  constructor(core: Core) {
    this.#core = core
    this.#known = new KnownMasters(core.limits.knownMastersMax)
  }

  get lockCount(): number {
    return this.#locks.size
  }

  get locks(): Iterable<HeldLock> {
    return this.#locks.values()
  }

  isLookedUp(key: ResourceKey): boolean {
    return this.#resources.get(key)?.lookup !== undefined
  }

  // --- sessions and their calls -----------------------------------------------------------------

  openSession(session: number, label: string): void {
    if (!this.#sessions.has(session)) this.#sessions.set(session, { label, locks: new Map() })
  }

  /** Frees what the session holds; nobody hears about it any more. */
  closeSession(session: number): void {
    const entry = this.#sessions.get(session)
    if (entry === undefined) return
    this.#sessions.delete(session)
    for (const lock of [...entry.locks.values()]) {
      if (lock.unlock !== undefined) continue
      lock.unlock = { invalidate: ownsValue(lock.granted), ask: lock.asks, sent: false }
      this.#advance(lock)
    }
  }

  hasSession(session: number): boolean {
    return this.#sessions.has(session)
  }

  call(session: number, call: LockCall): void {
    const entry = this.#sessions.get(session)
    if (entry === undefined) return
    if (call.kind === 'request') {
      this.#request(session, entry, call)
      return
    }
    const lock = entry.locks.get(call.lock)
    if (call.kind === 'adopt') this.#refuse(session, call.call, call.lock, 'not there yet')
    else if (lock === undefined) this.#callWithoutLock(session, call)
    else if (call.kind === 'convert') this.#convert(lock, call)
    else if (call.kind === 'unlock') this.#unlock(lock, call)
    else this.#cancel(lock, call)
  }

  /** A cancel may cross the end of its lock; anything else names a lock that is not there. */
  #callWithoutLock(session: number, { kind, call, lock }: LockCall): void {
    if (kind === 'cancel') {
      const outcome = 'nothing-to-cancel'
      this.#core.event(session, { kind: 'completion', call, lock, outcome })
    } else this.#refuse(session, call, lock, `there is no lock ${lock} in this session`)
  }

  #refuse(session: number, call: number, lock: number, reason: string): void {
    this.#core.event(session, { kind: 'completion', call, lock, outcome: 'refused', reason })
  }

  #request(session: number, entry: SessionLocks, request: Call<'request'>): void {
    const fault = requestFault(request) ?? this.#roomFault(entry.locks, request.lock)
    if (fault !== undefined) {
      this.#refuse(session, request.call, request.lock, fault)
      return
    }
    const resource = this.#resourceFor(request)
    const lock = newLock(request, resource, session, this.#next)
    this.#next += 1
    entry.locks.set(request.lock, lock)
    this.#locks.set(lock.number, lock)
    resource.locks.add(lock)
    this.#advance(lock)
  }

  #roomFault(locks: ReadonlyMap<number, HeldLock>, lock: number): string | undefined {
    const { locksPerSessionMax, locksMax } = this.#core.limits
    if (locks.has(lock)) return `lock ${lock} exists already in this session`
    if (locks.size >= locksPerSessionMax) return `a session has at most ${locksPerSessionMax} locks`
    return this.#locks.size >= locksMax ? `this node has ${locksMax} locks already` : undefined
  }

  #resourceFor({ resource: { space, name } }: Call<'request'>): KnownResource {
    const key = keyOf({ space, name })
    const known = this.#resources.get(key)
    if (known !== undefined) return known
    const resource: KnownResource = {
      key,
      space,
      name,
      mastery: this.#known.take(key),
      locks: new Set(),
      lookup: undefined,
      unsent: new Set(),
      lookups: 0,
    }
    this.#resources.set(key, resource)
    return resource
  }

  #convert(lock: HeldLock, convert: Call<'convert'>): void {
    const fault = convertFault(lock, convert)
    if (fault !== undefined) {
      refuse(this.#core, lock, convert.call, fault)
      return
    }
    lock.pending = { ...convert, ask: lock.asks }
    const isDown = lock.granted !== undefined && isDownConversion(lock.granted, convert.mode)
    sendPending(this.#core, lock)
    if (isDown) finishDown(this.#core, lock, lock.pending)
  }

  #unlock(lock: HeldLock, unlock: Call<'unlock'>): void {
    const fault = unlockFault(lock, unlock)
    if (fault !== undefined) {
      refuse(this.#core, lock, unlock.call, fault)
      return
    }
    const { call, value, invalidate = false } = unlock
    const ask = lock.asks
    lock.unlock = { call, invalidate, ask, sent: false, ...(value === undefined ? {} : { value }) }
    this.#advance(lock)
  }

  #cancel(lock: HeldLock, { call }: Call<'cancel'>): void {
    if (lock.cancel !== undefined) {
      refuse(this.#core, lock, call, 'the lock is being cancelled already')
    } else if (lock.pending === undefined || lock.unlock !== undefined) {
      complete(this.#core, lock, { call, outcome: 'nothing-to-cancel' })
    } else {
      lock.cancel = { call, ask: lock.asks, sent: false }
      this.#advance(lock)
    }
  }

  /** Does for a lock what can be done now, given what is known of its master. */
  #advance(lock: HeldLock): void {
    const { resource } = lock
    if (resource.lookup === lock) return // H3
    if (lock.sentTo !== undefined) {
      sendFollowUps(this.#core, lock)
      return
    }
    const isGivenUp = lock.cancel !== undefined || lock.unlock !== undefined
    if (isGivenUp && !lock.asked) {
      resource.unsent.delete(lock)
      endUnsent(this.#core, lock) // H4
      this.#removeIfOver(lock)
    } else if (resource.mastery !== undefined) sendPending(this.#core, lock)
    else {
      resource.unsent.add(lock)
      this.#lookUpFor(resource)
    }
  }

  #lookUpFor(resource: KnownResource): void {
    if (resource.lookup !== undefined || resource.unsent.size === 0) return
    // A lookup for a name of one's own would cross its retirement, and be taken for a new use.
    resource.mastery = this.#core.ownMastery(resource.key)
    if (resource.mastery !== undefined) {
      this.#masterKnown(resource)
      return
    }
    if (this.#paused.has(resource)) return
    const { lookupsAtOnce, lookupPauseMs } = this.#core.limits
    if (resource.lookups < lookupsAtOnce) lookUp(this.#core, resource)
    else {
      resource.lookups = 0
      this.#paused.set(resource, this.#core.now + lookupPauseMs)
    }
  }

  /** H4: a lock without a mode, a call, or an answer to wait for is no lock. */
  #removeIfOver(lock: HeldLock): void {
    const { granted, pending, cancel, unlock, resource } = lock
    const isOver = granted === undefined && pending === undefined
    if (!isOver || cancel !== undefined || unlock !== undefined) return
    this.#locks.delete(lock.number)
    const locks = this.#sessions.get(lock.session)?.locks
    if (locks?.get(lock.sessionLock) === lock) locks.delete(lock.sessionLock)
    resource.locks.delete(lock)
    resource.unsent.delete(lock)
    if (resource.locks.size > 0) return
    this.#resources.delete(resource.key)
    this.#paused.delete(resource)
    if (resource.mastery !== undefined) this.#known.remember(resource.key, resource.mastery)
  }

  // --- answers ----------------------------------------------------------------------------------

  /** The name that a lookup was for; `undefined` when that lookup is not under way (any more). */
  lookupKey(from: NodeId, number: number): ResourceKey | undefined {
    const lock = this.#locks.get(number)
    const isUnderWay = lock !== undefined && lock.resource.lookup === lock && lock.sentTo === from
    return isUnderWay ? lock.resource.key : undefined
  }

  /** The directory has answered the lookup for a lock. */
  onMastery(from: NodeId, number: number, mastery: Mastery): void {
    const lock = this.#locks.get(number)
    if (lock === undefined || this.lookupKey(from, number) === undefined) return
    lock.resource.lookup = undefined
    lock.sentTo = undefined
    lock.resource.mastery = mastery
    sendPending(this.#core, lock)
    this.#masterKnown(lock.resource)
  }

  /**
   * Sends what waited for the master. What was asked of the same node as the master that it was
   * before, by another takeover, will not be answered any more: it is asked again.
   */
  #masterKnown(resource: KnownResource): void {
    const { mastery, locks, unsent, lookup } = resource
    if (mastery === undefined) return
    for (const lock of locks) {
      const isOutdated = lock.sentTo === mastery.master && lock.sentFor !== mastery.takenOver
      const isAskedInVain = isOutdated && lock.pending !== undefined && !isConfirmed(lock)
      if (lock !== lookup && (isAskedInVain || unsent.has(lock))) sendPending(this.#core, lock)
    }
  }

  onMaster(from: NodeId, answer: MasterMessage, epoch: Epoch): void {
    const lock = this.#locks.get(answer.lock)
    if (lock === undefined || lock.sentTo !== from || !isAnswerToLast(lock, answer)) return // H2
    const { resource } = lock
    const { mastery, lookup } = resource
    if (mastery?.master === from && epoch < mastery.takenOver) return // H2
    if (lookup === lock && (epoch < this.#core.view.epoch || !isFinding(answer))) return
    if (lookup === lock) resource.lookup = undefined
    if ('takenOver' in answer) {
      resource.lookups = 0
      // Who grants or queues is the master, whatever was believed before.
      const isMaster = mastery === undefined || answer.kind !== 'denied'
      if (isMaster) resource.mastery = { master: from, takenOver: answer.takenOver }
      lock.sentFor = answer.takenOver
    }
    this.#answer(lock, answer)
    sendFollowUps(this.#core, lock)
    if (mastery?.master !== resource.mastery?.master) this.#masterKnown(resource)
    this.#removeIfOver(lock)
  }

  #answer(lock: HeldLock, answer: MasterMessage): void {
    switch (answer.kind) {
      case 'granted':
        onGranted(this.#core, lock, answer)
        break
      case 'queued':
        onQueued(lock, answer)
        break
      case 'denied':
        onDenied(this.#core, lock, answer)
        break
      case 'unlocked':
        onUnlocked(this.#core, lock)
        break
      case 'cancel-done':
        onCancelDone(this.#core, lock, answer)
        break
      case 'blocking':
        onBlocking(this.#core, lock, answer)
        break
      case 'not-master':
        this.#onNotMaster(lock)
        break
    }
  }

  /** The master gave the name up: ask the directory again, or end what need not be asked any more. */
  #onNotMaster(lock: HeldLock): void {
    const { resource, sentTo } = lock
    const others = [...resource.locks].some((other) => other.granted !== undefined)
    if (!others && resource.mastery?.master === sentTo) resource.mastery = undefined
    lock.sentTo = undefined
    if (lock.cancel !== undefined) lock.cancel.sent = false
    if (lock.unlock !== undefined) lock.unlock.sent = false
    this.#advance(lock)
  }

  // --- time -------------------------------------------------------------------------------------

  deadline(): Instant | undefined {
    let earliest: Instant | undefined
    for (const at of this.#paused.values()) earliest = Math.min(at, earliest ?? at)
    return earliest
  }

  /** Asks again for names whose pause is over. */
  tick(): void {
    for (const [resource, at] of this.#paused) {
      if (at > this.#core.now) continue
      this.#paused.delete(resource)
      this.#lookUpFor(resource)
    }
  }

  // --- changes of view --------------------------------------------------------------------------

  install(change: ViewChange): void {
    this.#known.clear()
    this.#paused.clear()
    this.#moved = []
    this.#entries = []
    for (const resource of this.#resources.values()) {
      if (moveResource(resource, change)) this.#moved.push(resource)
      else this.#entries.push(...lastWordsFor(resource, change))
      this.#entries.push(...entryFor(resource, change))
    }
  }

  transfers(): readonly Transfer[] {
    return [...this.#entries, ...this.#moved.flatMap(resourceTransfers)]
  }

  /** Sends again what nobody will answer any more. */
  resume(): void {
    for (const resource of this.#moved) {
      for (const lock of [...resource.locks]) this.#resend(lock)
    }
    this.#moved = []
    for (const resource of [...this.#resources.values()]) {
      if (resource.unsent.size === 0) continue
      for (const lock of [...resource.unsent]) this.#endIfAnswered(lock)
      if (resource.mastery === undefined) this.#lookUpFor(resource)
      else this.#masterKnown(resource)
    }
  }

  /** Only the answer to a cancel or an unlock is missing, and nobody has the lock any more. */
  #endIfAnswered(lock: HeldLock): boolean {
    const isGivenUp = lock.unlock !== undefined && lock.sentTo === undefined
    const isAnswered = lock.granted === undefined ? lock.pending === undefined : isGivenUp
    if (!isAnswered) return false
    lock.resource.unsent.delete(lock)
    endUnsent(this.#core, lock)
    this.#removeIfOver(lock)
    return true
  }

  #resend(lock: HeldLock): void {
    if (lock.resource.unsent.has(lock) || this.#endIfAnswered(lock)) return
    if (lock.pending !== undefined && lock.pending.order === undefined) {
      sendPending(this.#core, lock)
    } else sendFollowUps(this.#core, lock)
  }
}
