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
import { isSilent } from '../conversion.ts'
import type { Core } from '../core.ts'
import type { MasterMessage } from '../lock-messages.ts'
import { ownsValue } from '../lock-mode.ts'
import type { LockCall, RefusalCode } from '../messages.ts'
import { keyBelow, keyOf, type ResourceKey, rootOf, spaceOf } from '../resource-key.ts'
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
import { convertFault, newLockFault, unlockFault } from './check-call.ts'
import { complete, endGroup, endPending, endUnsent, refuse } from './completions.ts'
import { finishDown } from './down-conversion.ts'
import { KnownMasters } from './known-masters.ts'
import type { Group, HeldLock, KnownResource } from './lock.ts'
import { type NewLockCall, newConversion, newLock } from './new-lock.ts'
import { lookUp, sendFollowUps, sendPending } from './requests.ts'
import { entryFor, isConfirmed, lastWordsFor, moveResource, resourceTransfers } from './resettle.ts'
import { atOrBelow, deepestFirst, keptAsOrphans } from './subtree.ts'
import { WaitClocks } from './wait-clocks.ts'

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
  readonly #clocks = new WaitClocks()
  readonly #orphans = new Set<HeldLock>()
  readonly #byOwner = new Map<string, Set<HeldLock>>()
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

  /** Frees what the session holds, but what is to stay as orphans; nobody hears about it any more. */
  closeSession(session: number): void {
    const entry = this.#sessions.get(session)
    if (entry === undefined) return
    this.#sessions.delete(session)
    const locks = deepestFirst([...entry.locks.values()])
    const kept = keptAsOrphans(locks)
    for (const lock of locks) {
      if (kept.has(lock)) this.#becomeOrphan(lock)
      else this.#giveUp(lock)
    }
  }

  #giveUp(lock: HeldLock): void {
    if (lock.unlock !== undefined) return
    const invalidate = ownsValue(lock.granted)
    lock.unlock = { invalidate, joined: [], ask: lock.asks, sent: false }
    this.#advance(lock)
  }

  /** What it holds stays; what it waits for is withdrawn. */
  #becomeOrphan(lock: HeldLock): void {
    this.#orphans.add(lock)
    lock.orphan = { sent: false }
    if (lock.pending !== undefined) {
      lock.cancel ??= { outcome: 'cancelled', ask: lock.asks, sent: false }
    }
    this.#advance(lock)
  }

  /** Frees the orphans of this node, in one lockspace or all, like the end of a session. How many. */
  purge(space: string | undefined): number {
    const purged = [...this.#orphans].filter(
      ({ key, unlock }) => unlock === undefined && (space === undefined || spaceOf(key) === space),
    )
    for (const lock of deepestFirst(purged)) this.#giveUp(lock)
    return purged.length
  }

  hasSession(session: number): boolean {
    return this.#sessions.has(session)
  }

  /** What a session has in a lockspace, by its own numbers. */
  locksOf(session: number, space: string): readonly HeldLock[] {
    const locks = this.#sessions.get(session)?.locks.values() ?? []
    return [...locks].filter(({ key }) => spaceOf(key) === space)
  }

  /** The lockspace of the lock is left: the lock is freed, and no call of it has another end. */
  discard(lock: HeldLock): void {
    endPending(this.#core, lock, 'lost')
    this.#giveUp(lock)
  }

  /** The locks of one explicit owner, or of one session. */
  locksOfOwner(owner: string): Iterable<HeldLock> {
    return this.#byOwner.get(owner) ?? []
  }

  locksOfSession(session: number): Iterable<HeldLock> {
    return this.#sessions.get(session)?.locks.values() ?? []
  }

  call(session: number, call: LockCall): void {
    const entry = this.#sessions.get(session)
    if (entry === undefined) return
    if (call.kind === 'request' || call.kind === 'adopt') {
      this.#newLock(session, entry, call)
      return
    }
    const lock = entry.locks.get(call.lock)
    if (lock === undefined) this.#callWithoutLock(session, call)
    else if (call.kind === 'convert') this.#convert(lock, call)
    else if (call.kind === 'unlock') this.#unlock(lock, call)
    else this.#cancel(lock, call)
  }

  /** A cancel may cross the end of its lock; anything else names a lock that is not there. */
  #callWithoutLock(session: number, { kind, call, lock }: LockCall): void {
    if (kind === 'cancel') {
      const outcome = 'nothing-to-cancel'
      this.#core.event(session, { kind: 'completion', call, lock, outcome })
    } else this.#refuse(session, { call, lock }, `there is no lock ${lock} in this session`)
  }

  #refuse(
    session: number,
    { call, lock }: Pick<LockCall, 'call' | 'lock'>,
    reason: string,
    code?: RefusalCode,
  ): void {
    const why = code === undefined ? { reason } : { reason, code }
    this.#core.event(session, { kind: 'completion', call, lock, outcome: 'refused', ...why })
  }

  #newLock(session: number, entry: SessionLocks, call: NewLockCall): void {
    const parent = call.parent === undefined ? undefined : entry.locks.get(call.parent)
    const { resource: name } = call
    const key = parent === undefined ? keyOf(name) : keyBelow(parent.key, name.name)
    const attributes = this.#core.attributesOf(key)
    const fault = newLockFault(call, parent, attributes)
    const room = fault === undefined ? this.#roomFault(entry.locks) : undefined
    if (entry.locks.has(call.lock)) {
      this.#refuse(session, call, `lock ${call.lock} exists already in this session`)
    } else if (fault !== undefined) this.#refuse(session, call, fault)
    else if (room !== undefined) this.#refuse(session, call, room, 'quota')
    else {
      const number = this.#next
      this.#next += 1
      const resource = this.#resourceFor(rootOf(key))
      this.#keep(entry, newLock({ call, session, number, key, resource, parent, attributes }))
    }
  }

  #keep(entry: SessionLocks, lock: HeldLock): void {
    entry.locks.set(lock.sessionLock, lock)
    this.#locks.set(lock.number, lock)
    lock.resource.locks.add(lock)
    this.#index(lock)
    if (lock.parent !== undefined) {
      lock.parent.below ??= new Set()
      lock.parent.below.add(lock)
    }
    this.#advance(lock)
  }

  #index(lock: HeldLock): void {
    if (lock.owner === undefined) return
    const locks = this.#byOwner.get(lock.owner) ?? new Set()
    locks.add(lock)
    this.#byOwner.set(lock.owner, locks)
  }

  #unindex(lock: HeldLock): void {
    if (lock.owner === undefined) return
    const locks = this.#byOwner.get(lock.owner)
    locks?.delete(lock)
    if (locks?.size === 0) this.#byOwner.delete(lock.owner)
  }

  #roomFault(locks: ReadonlyMap<number, HeldLock>): string | undefined {
    const { locksPerSessionMax, locksMax } = this.#core.limits
    if (locks.size >= locksPerSessionMax) {
      return `a session has at most ${locksPerSessionMax} locks: unlock some, or use another session`
    }
    if (this.#locks.size < locksMax) return undefined
    return `this node has ${locksMax} locks already: unlock some, or use another node`
  }

  #resourceFor(root: ResourceKey): KnownResource {
    const known = this.#resources.get(root)
    if (known !== undefined) return known
    const resource: KnownResource = {
      key: root,
      mastery: this.#known.take(root),
      locks: new Set(),
      lookup: undefined,
      unsent: new Set(),
      lookups: 0,
    }
    this.#resources.set(root, resource)
    return resource
  }

  #convert(lock: HeldLock, convert: Call<'convert'>): void {
    const attributes = this.#core.attributesOf(lock.key)
    const fault = convertFault(lock, convert, attributes)
    if (fault !== undefined || lock.granted === undefined) {
      refuse(this.#core, lock, convert.call, fault ?? 'the lock is not granted')
      return
    }
    const pending = newConversion(lock, convert, attributes)
    lock.pending = pending
    const { granted: mode, range, owner } = lock
    const silent = isSilent({ mode, range, owner }, pending)
    sendPending(this.#core, lock)
    if (silent) finishDown(this.#core, lock, pending)
  }

  #unlock(lock: HeldLock, unlock: Call<'unlock'>): void {
    const fault = unlockFault(lock, unlock, this.#core.attributesOf(lock.key))
    const { call, value, invalidate = false, subtree } = unlock
    if (fault !== undefined) refuse(this.#core, lock, call, fault)
    else if (subtree !== undefined) this.#unlockTree(lock, call, subtree)
    else if (hasLocksBelow(lock)) {
      const reason = 'there are locks below this one: unlock them first, or the subtree'
      refuse(this.#core, lock, call, reason, 'children')
    } else if (lock.unlock !== undefined) lock.unlock.joined.push(call)
    else {
      const bytes = value === undefined ? {} : { value }
      lock.unlock = { call, joined: [], invalidate, ask: lock.asks, sent: false, ...bytes }
      this.#advance(lock)
    }
  }

  #unlockTree(lock: HeldLock, call: number, subtree: 'with' | 'below'): void {
    const all = atOrBelow(lock).filter((one) => subtree === 'with' || one !== lock)
    const group = newGroup('unlock', lock, call)
    const parts = all.filter(({ unlock }) => unlock?.group === undefined)
    group.waitsFor = parts.length
    for (const part of deepestFirst(parts)) {
      if (part.unlock !== undefined) part.unlock.group = group
      else {
        const { asks: ask } = part
        part.unlock = { joined: [], group, invalidate: false, ask, sent: false }
        this.#advance(part)
      }
    }
    if (parts.length === 0) endGroup(this.#core, group)
  }

  #cancel(lock: HeldLock, { call, subtree }: Call<'cancel'>): void {
    if (subtree === true) {
      this.#cancelTree(lock, call)
      return
    }
    if (lock.cancel !== undefined && lock.cancel.call !== undefined) {
      refuse(this.#core, lock, call, 'the lock is being cancelled already')
    } else if (lock.pending === undefined || lock.unlock !== undefined) {
      complete(this.#core, lock, { call, outcome: 'nothing-to-cancel' })
    } else if (lock.cancel !== undefined) lock.cancel.call = call
    else {
      lock.cancel = { call, outcome: 'cancelled', ask: lock.asks, sent: false }
      this.#advance(lock)
    }
  }

  #cancelTree(lock: HeldLock, call: number): void {
    const group = newGroup('cancel', lock, call)
    const parts = atOrBelow(lock).filter(
      ({ pending, cancel, unlock }) =>
        pending !== undefined && cancel === undefined && unlock === undefined,
    )
    group.waitsFor = parts.length
    for (const part of parts) {
      part.cancel = { outcome: 'cancelled', group, ask: part.asks, sent: false }
    }
    for (const part of parts) this.#advance(part)
    if (parts.length === 0) endGroup(this.#core, group)
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
    this.#orphans.delete(lock)
    this.#clocks.forget(lock)
    this.#unindex(lock)
    lock.parent?.below?.delete(lock)
    for (const below of lock.below ?? []) below.parent = undefined
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
    if (lock.pending === undefined) this.#clocks.forget(lock)
    sendFollowUps(this.#core, lock)
    if (mastery?.master !== resource.mastery?.master) this.#masterKnown(resource)
    this.#removeIfOver(lock)
  }

  #answer(lock: HeldLock, answer: MasterMessage): void {
    switch (answer.kind) {
      case 'granted':
        this.#unindex(lock)
        onGranted(this.#core, lock, answer)
        this.#index(lock)
        break
      case 'queued':
        onQueued(lock, answer)
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

  /** Somebody else has the orphan now: this node lets go of it, and spoils nothing by that. */
  #onAdopted(lock: HeldLock): void {
    if (lock.unlock !== undefined) return
    lock.unlock = { joined: [], invalidate: false, ask: lock.asks, sent: false }
    this.#advance(lock)
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
    this.#known.clear()
    this.#paused.clear()
    this.#moved = []
    this.#entries = []
    this.#clocks.stop(this.#core.now)
    for (const resource of this.#resources.values()) {
      if (moveResource(resource, change)) this.#moved.push(resource)
      else this.#entries.push(...entryFor(resource, change), ...lastWordsFor(resource, change))
    }
  }

  /** Everybody has told everything: what was queued before is queued again where it can be granted. */
  open(): void {
    this.#clocks.goOn(this.#core.now)
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

/** Those that are being unlocked already go before it. */
function hasLocksBelow({ below }: HeldLock): boolean {
  if (below === undefined) return false
  return [...below].some(({ unlock }) => unlock === undefined)
}

function newGroup(kind: Group['kind'], lock: HeldLock, call: number): Group {
  return { kind, lock, call, waitsFor: 0, also: [], cancelled: false }
}
