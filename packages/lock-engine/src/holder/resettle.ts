/** What a change of view means for the locks that this node holds. */

import type { Instant } from '@holdfast/primitives'
import { givesUp, leastMode } from '../conversion.ts'
import { flag, has } from '../flags.ts'
import { priorityDefault } from '../limits.ts'
import { ownsValue } from '../lock-mode.ts'
import type { ViewChange } from '../takeover.ts'
import {
  type EndingRecord,
  entryFor,
  type MovingRecord,
  type QueuedRecord,
  type Transfer,
  type TransferRecord,
} from '../transfer.ts'
import type { Mastery } from '../view.ts'
import type { HeldLock, KnownResource, Pending } from './lock.ts'

/**
 * Applies the takeover rule to a resource. True when it moved: its locks are then told to the new
 * master.
 *
 * The rule is for those who know the master for certain: it has confirmed a lock of this node, so it
 * cannot have given the resource up. Otherwise what this node believes may be out of date, and the
 * directory is asked instead, for every lock again: a master that knows a lock already gives the same
 * answer once more. Lookups under way are forgotten, because answers of an older view are dropped.
 */
export function moveResource(resource: KnownResource, change: ViewChange): boolean {
  const { mastery, lookup } = resource
  if (lookup !== undefined) {
    resource.lookup = undefined
    putFirst(resource, lookup)
  }
  resource.lookups = 0
  const next = mastery === undefined ? undefined : change.apply(resource.key, mastery)
  const isCertain = [...resource.locks].some(isConfirmed)
  const moves = isCertain && next !== mastery
  resource.mastery = isCertain ? next : undefined
  for (const lock of resource.locks) {
    forgetFormer(lock, change)
    if (lock.sentTo === undefined) continue
    if (moves && next !== undefined) settleAt(lock, next)
    else if (isCertain ? change.lost.has(lock.sentTo) : mustAskAgain(lock, change)) unsend(lock)
  }
  return moves
}

/** The name of a former holder that is lost may be given to another process now. */
function forgetFormer(lock: HeldLock, { lost }: ViewChange): void {
  if (lock.adopted !== undefined && lost.has(lock.adopted.holder)) lock.adopted = undefined
}

/**
 * While nothing is certain: a lock that is given up stays with its master, which will answer, unless
 * that master has the resource no more; then the lock has ended. Everything else is asked again.
 */
function mustAskAgain(
  { granted, resource, sentTo, sentFor }: HeldLock,
  change: ViewChange,
): boolean {
  if (granted === undefined || sentTo === undefined) return true
  const asked = { master: sentTo, takenOver: sentFor }
  return change.apply(resource.key, asked) !== asked
}

/**
 * Its master has answered for it, so it has a copy there. Not when the lock is being given up: the
 * master may have done that already, and have given the resource up after it.
 */
export function isConfirmed({ granted, pending, cancel, unlock }: HeldLock): boolean {
  if (unlock !== undefined) return false
  return granted !== undefined || (pending?.order !== undefined && cancel === undefined)
}

/**
 * The lock is told, or asked for, at its new master. That counts as a new attempt: a resource may move
 * back to its own master, which still answers what was asked before.
 */
function settleAt(lock: HeldLock, { master, takenOver }: Mastery): void {
  lock.sentTo = master
  lock.sentFor = takenOver
  lock.asks += 1
  if (lock.pending !== undefined) lock.pending.ask = lock.asks
  forgetSending(lock)
}

/** The lock for whose sake the directory was asked came before those who wait for the answer. */
function putFirst({ unsent }: KnownResource, lookup: HeldLock): void {
  const behind = [...unsent]
  unsent.clear()
  unsend(lookup)
  for (const lock of behind) unsent.add(lock)
}

/** Nobody has it: it has to be asked for from the start. */
function unsend(lock: HeldLock): void {
  lock.sentTo = undefined
  if (lock.pending !== undefined) delete lock.pending.order
  lock.resource.unsent.add(lock)
  forgetSending(lock)
}

function forgetSending({ cancel, orphan, unlock }: HeldLock): void {
  // Where it is told, it is told as an orphan; where it is asked about again, that is said again.
  if (orphan !== undefined) orphan.sent = false
  if (cancel !== undefined) cancel.sent = false
  if (unlock !== undefined) unlock.sent = false
}

/**
 * A resource that was taken over: its master may not have heard of it yet, when the records
 * of its holders are still on their way, so it cannot tell the directory. Its holders do; without that
 * a directory part that moved would open without the name, and appoint a second master.
 */
export function entryOf(resource: KnownResource, change: ViewChange): readonly Transfer[] {
  const { key, mastery } = resource
  if (mastery === undefined || mastery.takenOver === 0) return []
  const to = change.directory(key)
  if (to === mastery.master) return []
  return [entryFor(to, key, mastery, change.view.epoch)]
}

/** What this node last had to say of locks that end here, because nobody can be asked about them. */
export function lastWordsFor(resource: KnownResource, change: ViewChange): readonly Transfer[] {
  const { unsent } = resource
  const transfers: Transfer[] = []
  for (const lock of unsent) {
    const { number, key, adopted } = lock
    const ending = lastWordOf(lock)
    if (ending === undefined) continue
    const takenOver = change.view.epoch
    const former = adopted === undefined ? {} : { adopted }
    const record = { kind: 'last-word', key, takenOver, lock: number, ending, ...former } as const
    transfers.push({ to: change.goal(resource.key), record })
  }
  return transfers
}

/** Who was told in a view that was never active has lost what it took over, and what it was told. */
export function saidAgain(
  lastWords: readonly Transfer[],
  { view, goal }: ViewChange,
): readonly Transfer[] {
  return lastWords
    .filter(({ record }) => record.takenOver > view.settled)
    .map(({ record }) => ({ to: goal(record.key), record: { ...record, takenOver: view.epoch } }))
}

/** What the new master of a resource must know of this node's locks on it. */
export function resourceTransfers(
  { mastery, locks }: KnownResource,
  now: Instant,
): readonly Transfer[] {
  if (mastery === undefined) return []
  const records = [...locks]
    .map((lock) => lockRecord(lock, now))
    .filter((record) => record !== undefined)
  return records.map((record) => ({ to: mastery.master, record }))
}

/**
 * A lock as its master last confirmed it. What was asked and not confirmed is asked again behind it,
 * so it is not in here; a lock of which nothing was confirmed has no record at all.
 */
function lockRecord(lock: HeldLock, now: Instant): TransferRecord | undefined {
  const { number, session, sessionLock, key, granted, range, pending, resource } = lock
  const queued = pending?.order === undefined ? undefined : pending
  if (granted === undefined && queued === undefined) return undefined
  return {
    kind: 'lock',
    key,
    takenOver: resource.mastery?.takenOver ?? 0,
    lock: number,
    ask: lock.asks,
    session,
    sessionLock,
    flags: lock.traits,
    ...(granted === undefined ? {} : { granted }),
    ...(range === undefined ? {} : { range }),
    ...(queued === undefined ? {} : { queued: queuedRecord(queued, now) }),
    known: lock.known,
    ...rest(lock),
  }
}

/** What most locks have nothing of. */
function rest(lock: HeldLock): Partial<Extract<TransferRecord, { readonly kind: 'lock' }>> {
  const { owner, parent, priority, token, demoted, orphan, adopted, copy } = lock
  const moving = movingTo(lock)
  const ending = endingOf(lock)
  return {
    ...(priority === priorityDefault ? {} : { priority }),
    ...(owner === undefined ? {} : { owner }),
    ...(parent === undefined ? {} : { parent: parent.sessionLock }),
    ...(token === undefined ? {} : { token }),
    ...(moving === undefined ? {} : { moving }),
    ...(demoted ? { demoted } : {}),
    ...(ending === undefined ? {} : { ending }),
    ...(orphan === undefined ? {} : { orphan: true }),
    ...(adopted === undefined ? {} : { adopted }),
    ...(copy === undefined ? {} : { copy }),
  }
}

/** Where a lock is on its way to that has given up, for that, what it has, or writes beside others. */
export function movingTo(lock: HeldLock): MovingRecord | undefined {
  const { granted, range, pending } = lock
  if (granted === undefined || pending?.kind !== 'convert') return undefined
  const demote = has(pending.flags, flag.demote)
  const { range: to, firstAsk: ask = lock.asks + 1 } = pending
  const mode = leastMode(pending)
  const changes = demote || givesUp({ mode: granted, range }, { mode, range: to })
  if (!changes && !writesBesideOthers(lock, pending)) return undefined
  return { ask, mode, demote, ...(to === undefined ? {} : { range: to }) }
}

function writesBesideOthers({ granted, range, owner }: HeldLock, { flags }: Pending): boolean {
  const isShared = range !== undefined || owner !== undefined
  return isShared && ownsValue(granted) && has(flags, flag.useValue | flag.invalidate)
}

/** A granted lock that was given up: what its unlock writes may have been written already. */
function endingOf({ granted, unlock }: HeldLock): EndingRecord | undefined {
  if (granted === undefined || unlock === undefined) return undefined
  const { invalidate, value } = unlock
  return { invalidate, ...(value === undefined ? {} : { value }) }
}

function lastWordOf(lock: HeldLock): EndingRecord | undefined {
  const { granted, unlock, adopted, wrote, valid, copy } = lock
  if (unlock === undefined) return undefined
  const isOwner = ownsValue(granted)
  const writes = isOwner && (unlock.invalidate || unlock.value !== undefined)
  if (!wrote || writes) return isOwner || adopted !== undefined ? endingOf(lock) : undefined
  // If nobody heard of what it wrote on its way down, its master still has it in PW or EX.
  return { invalidate: !valid, ...(valid && copy !== undefined ? { value: copy.bytes } : {}) }
}

function queuedRecord(pending: Pending, now: Instant): QueuedRecord {
  const { mode, flags, range, priority, deadlockMs, value, order = 0, queuedAt = now } = pending
  return {
    mode,
    flags,
    ...(range === undefined ? {} : { range }),
    ...(priority === undefined ? {} : { priority }),
    ...(deadlockMs === undefined ? {} : { deadlockMs }),
    ...(value === undefined ? {} : { value }),
    order,
    waitedMs: Math.floor(now - queuedAt),
  }
}
