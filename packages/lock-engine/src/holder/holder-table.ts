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
import type { ResourceKey } from '../resource-key.ts'
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
import { endUnsent } from './completions.ts'
import type { HeldLock, KnownResource } from './lock.ts'
import { LockRegistry } from './registry.ts'
import { lookUp, sendFollowUps, sendPending } from './requests.ts'
import {
  entryOf,
  isConfirmed,
  lastWordsFor,
  moveResource,
  resourceTransfers,
  saidAgain,
} from './resettle.ts'
import { internalSession, SessionCalls } from './session-calls.ts'
import { WaitClocks } from './wait-clocks.ts'

export class HolderTable {
  readonly #core: Core
  readonly registry: LockRegistry
  readonly calls: SessionCalls
  readonly #clocks = new WaitClocks()
  /** Names whose lookups lead nowhere at the moment, and when to ask again. */
  readonly #paused = new Map<KnownResource, Instant>()
  #moved: KnownResource[] = []
  #entries: Transfer[] = []
  /** Of locks that ended with a view, until the takeovers of that view are known to stand. */
  #lastWords: readonly Transfer[] = []

  constructor(core: Core) {
    this.#core = core
    this.registry = new LockRegistry(core.limits.knownMastersMax)
    this.calls = new SessionCalls(core, this.registry, (lock) => this.#advance(lock))
  }

  get lockCount(): number {
    return this.registry.locks.size
  }

  /** All locks are those of open lockspaces, and nothing is under way. */
  get isQuiet(): boolean {
    const open = this.registry.sessions.get(internalSession)?.locks
    if (this.lockCount !== (open?.size ?? 0)) return false
    return [...(open?.values() ?? [])].every(({ pending, unlock }) => !(pending ?? unlock))
  }

  get locks(): Iterable<HeldLock> {
    return this.registry.locks.values()
  }

  isLookedUp(key: ResourceKey): boolean {
    return this.registry.resources.get(key)?.lookup !== undefined
  }

  // --- sessions and their calls -----------------------------------------------------------------

  openSession(session: number, label: string): void {
    if (!this.registry.sessions.has(session))
      this.registry.sessions.set(session, { label, locks: new Map() })
  }

  hasSession(session: number): boolean {
    return this.registry.sessions.has(session)
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
    this.#clocks.forget(lock)
    if (this.registry.remove(lock)) this.#paused.delete(resource)
  }

  // --- answers ----------------------------------------------------------------------------------

  /** The name that a lookup was for; `undefined` when that lookup is not under way (any more). */
  lookupKey(from: NodeId, number: number): ResourceKey | undefined {
    const lock = this.registry.locks.get(number)
    const isUnderWay = lock !== undefined && lock.resource.lookup === lock && lock.sentTo === from
    return isUnderWay ? lock.resource.key : undefined
  }

  /** The directory has answered the lookup for a lock. */
  onMastery(from: NodeId, number: number, mastery: Mastery): void {
    const lock = this.registry.locks.get(number)
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
    const lock = this.registry.locks.get(answer.lock)
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
    if (lock.pending === undefined) this.#clocks.forget(lock)
    sendFollowUps(this.#core, lock)
    if (mastery?.master !== resource.mastery?.master) this.#masterKnown(resource)
    this.#removeIfOver(lock)
  }

  #answer(lock: HeldLock, answer: MasterMessage): void {
    switch (answer.kind) {
      case 'granted':
        if (answer.adopted !== undefined) this.registry.setOwner(lock, answer.adopted.owner)
        onGranted(this.#core, lock, answer)
        if (answer.adopted?.from !== undefined) this.#sayTook(lock)
        break
      case 'queued':
        onQueued(this.#core, lock, answer)
        this.#clocks.start(lock, this.#core.now)
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
      case 'adopted':
        this.#onAdopted(lock)
        break
    }
  }

  /** The orphan that it has now is its former holder's no more. */
  #sayTook({ sentTo, number, sentFor: takenOver, asks: ask }: HeldLock): void {
    if (sentTo === undefined) return
    this.#core.send(sentTo, { kind: 'took', lock: number, takenOver, ask })
  }

  /** Somebody else has the orphan now: this node lets go of it, and spoils nothing by that. */
  #onAdopted(lock: HeldLock): void {
    // Of a lock whose session lives it cannot be true.
    if (lock.unlock !== undefined || lock.orphan === undefined) return
    lock.unlock = { joined: [], groups: [], invalidate: false, ask: lock.asks, sent: false }
    this.#advance(lock)
  }

  /** The master gave the name up: ask the directory again, or end what need not be asked any more. */
  #onNotMaster(lock: HeldLock): void {
    const { resource, sentTo } = lock
    const isBelieved = resource.mastery?.master === sentTo
    if (isBelieved && !hasGranted(resource)) resource.mastery = undefined
    lock.sentTo = undefined
    if (lock.cancel !== undefined) lock.cancel.sent = false
    if (lock.unlock !== undefined) lock.unlock.sent = false
    this.#advance(lock)
  }

  // --- time -------------------------------------------------------------------------------------

  deadline(): Instant | undefined {
    let earliest = this.#clocks.deadline()
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
    for (const lock of this.#clocks.takeDue(this.#core.now)) this.#timeOut(lock)
  }

  #timeOut(lock: HeldLock): void {
    if (lock.cancel !== undefined || lock.unlock !== undefined) return
    lock.cancel = { outcome: 'timed-out', ask: lock.asks, sent: false }
    this.#advance(lock)
  }

  // --- changes of view --------------------------------------------------------------------------

  install(change: ViewChange): void {
    this.registry.forgetMasters()
    this.#paused.clear()
    this.#moved = []
    this.#entries = []
    this.#clocks.stop(this.#core.now)
    const words = [...saidAgain(this.#lastWords, change)]
    for (const resource of this.registry.resources.values()) {
      if (moveResource(resource, change)) this.#moved.push(resource)
      else for (const word of lastWordsFor(resource, change)) words.push(word)
      for (const entry of entryOf(resource, change)) this.#entries.push(entry)
    }
    this.#lastWords = words
  }

  /** Everybody has told everything: what was queued before is queued again where it can be granted. */
  open(): void {
    this.#clocks.goOn(this.#core.now)
  }

  transfers(): readonly Transfer[] {
    const { now } = this.#core
    const moved = this.#moved.flatMap((resource) => resourceTransfers(resource, now))
    return [...this.#entries, ...this.#lastWords, ...moved]
  }

  /** Sends again what nobody will answer any more. */
  resume(): void {
    for (const resource of this.#moved) {
      for (const lock of [...resource.locks]) this.#resend(lock)
    }
    this.#moved = []
    for (const resource of [...this.registry.resources.values()]) {
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

/** It is mastered for certain, then: its master cannot have given it up. */
function hasGranted({ locks }: KnownResource): boolean {
  for (const { granted } of locks) if (granted !== undefined) return true
  return false
}
