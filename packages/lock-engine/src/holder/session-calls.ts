/** What sessions ask, and what becomes of their locks when they end. */
import { isSilent } from '../conversion.ts'
import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import { ownsValue } from '../lock-mode.ts'
import type { LockCall, RefusalCode } from '../messages.ts'
import { keyBelow, keyOf, resourceFault, rootOf, spaceOf } from '../resource-key.ts'
import { ownBytes } from '../value-block.ts'
import { convertFault, newLockFault, unlockFault } from './check-call.ts'
import { complete, endCancelInVain, endGroup, refuse } from './completions.ts'
import { finishDown } from './down-conversion.ts'
import type { Group, HeldLock } from './lock.ts'
import { type NewLockCall, newConversion, newLock } from './new-lock.ts'
import type { LockRegistry, SessionLocks } from './registry.ts'
import { sendPending } from './requests.ts'
import { atOrBelow, deepestFirst, isThere, keptAsOrphans } from './subtree.ts'

/** Whose locks keep the lockspaces that sessions of this node have open. */
export const internalSession = 0

type Call<Kind> = Extract<LockCall, { readonly kind: Kind }>

export class SessionCalls {
  readonly #core: Core
  readonly #registry: LockRegistry
  /** Does for a lock what can be done now. */
  readonly #advance: (lock: HeldLock) => void

  constructor(core: Core, registry: LockRegistry, advance: (lock: HeldLock) => void) {
    this.#core = core
    this.#registry = registry
    this.#advance = advance
  }

  /** Frees what the session holds, but what is to stay as orphans; nobody hears about it any more. */
  closeSession(session: number): void {
    const entry = this.#registry.sessions.get(session)
    if (entry === undefined) return
    this.#registry.sessions.delete(session)
    const locks = deepestFirst([...entry.locks.values()])
    const kept = keptAsOrphans(locks)
    for (const lock of locks) {
      if (kept.has(lock)) this.#becomeOrphan(lock)
      else this.#giveUp(lock)
    }
  }

  /** As at the end of its session. */
  #giveUp(lock: HeldLock): void {
    if (lock.unlock !== undefined) return
    const invalidate = ownsValue(lock.granted) || mayHaveAdopted(lock)
    lock.unlock = { invalidate, ended: true, joined: [], groups: [], ask: lock.asks, sent: false }
    this.#advance(lock)
  }

  /** What it holds stays; what it waits for is withdrawn. */
  #becomeOrphan(lock: HeldLock): void {
    this.#registry.orphans.add(lock)
    lock.orphan = { sent: false }
    if (lock.pending !== undefined) {
      lock.cancel ??= { outcome: 'cancelled', ask: lock.asks, sent: false }
    }
    this.#advance(lock)
  }

  /** Frees the orphans of this node, in one lockspace or all, like the end of a session. How many. */
  purge(space: string | undefined): number {
    const purged = [...this.#registry.orphans].filter(
      ({ key, unlock }) => unlock === undefined && (space === undefined || spaceOf(key) === space),
    )
    for (const lock of deepestFirst(purged)) this.#giveUp(lock)
    return purged.length
  }

  /** What a session has in a lockspace and is not being unlocked. */
  locksOf(session: number, space: string): readonly HeldLock[] {
    return [...this.#registry.locksOfSession(session)].filter(
      ({ key, unlock }) => unlock === undefined && spaceOf(key) === space,
    )
  }

  /**
   * The lockspace of the lock is left: the lock is freed. What it waits for stays until its master has
   * answered, because it may have been granted meanwhile; the session is told the end of it now.
   */
  discard(lock: HeldLock): void {
    const { pending } = lock
    if (pending?.call !== undefined) {
      complete(this.#core, lock, { call: pending.call, outcome: 'lost' })
      pending.call = undefined
      endCancelInVain(this.#core, lock)
    }
    this.#giveUp(lock)
  }

  call(session: number, call: LockCall): void {
    const entry = this.#registry.sessions.get(session)
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
    const { resource: name } = call
    const nameless = resourceFault(name)
    if (nameless !== undefined) {
      this.#refuse(session, call, nameless)
      return
    }
    const parent = call.parent === undefined ? undefined : entry.locks.get(call.parent)
    const key = parent === undefined ? keyOf(name) : keyBelow(parent.key, name.name)
    const attributes = this.#core.attributesOf(key)
    const fault = newLockFault({ call, parent, attributes }, session === internalSession)
    const room = fault === undefined ? this.#roomFault(entry.locks) : undefined
    if (entry.locks.has(call.lock)) {
      this.#refuse(session, call, `lock ${call.lock} exists already in this session`)
    } else if (fault !== undefined) this.#refuse(session, call, fault)
    else if (room !== undefined) this.#refuse(session, call, room, 'quota')
    else {
      const number = this.#registry.nextNumber()
      const resource = this.#registry.resourceFor(rootOf(key))
      const lock = newLock({ call, session, number, key, resource, parent, attributes })
      this.#registry.add(entry, lock)
      this.#advance(lock)
    }
  }

  #roomFault(locks: ReadonlyMap<number, HeldLock>): string | undefined {
    const { locksPerSessionMax, locksMax } = this.#core.limits
    if (locks.size >= locksPerSessionMax) {
      return `a session has at most ${locksPerSessionMax} locks: unlock some, or use another session`
    }
    if (this.#registry.locks.size < locksMax) return undefined
    return `this node has ${locksMax} locks already: unlock some, or use another node`
  }

  #convert(lock: HeldLock, convert: Call<'convert'>): void {
    const attributes = this.#core.attributesOf(lock.key)
    const fault = convertFault(lock, convert, attributes)
    if (fault !== undefined || lock.granted === undefined) {
      const reason = fault ?? 'the lock is not granted'
      refuse(this.#core, lock, { call: convert.call, reason })
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
    if (fault !== undefined) refuse(this.#core, lock, { call, reason: fault })
    else if (subtree !== undefined) this.#unlockTree(lock, call, subtree)
    else if (hasLocksBelow(lock)) {
      const reason = 'there are locks below this one: unlock them first, or the subtree'
      refuse(this.#core, lock, { call, reason, code: 'children' })
    } else if (lock.unlock !== undefined) lock.unlock.joined.push(call)
    else {
      const bytes = value === undefined ? {} : { value: ownBytes(value) }
      lock.unlock = {
        call,
        joined: [],
        groups: [],
        invalidate,
        ask: lock.asks,
        sent: false,
        ...bytes,
      }
      this.#advance(lock)
    }
  }

  #unlockTree(lock: HeldLock, call: number, subtree: 'with' | 'below'): void {
    const all = atOrBelow(lock).filter((one) => subtree === 'with' || one !== lock)
    const group = newGroup('unlock', lock, call)
    const parts = all.filter((one) => one.unlock !== undefined || isThere(one))
    group.waitsFor = parts.length
    for (const part of deepestFirst(parts)) {
      if (part.unlock !== undefined) part.unlock.groups.push(group)
      else {
        const { asks: ask } = part
        part.unlock = { joined: [], groups: [group], invalidate: false, ask, sent: false }
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
      refuse(this.#core, lock, { call, reason: 'the lock is being cancelled already' })
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
}

/** An orphan that it may have without having heard: nobody knows what its last owner had in mind. */
function mayHaveAdopted({ pending }: HeldLock): boolean {
  return pending !== undefined && has(pending.flags, flag.adopt) && ownsValue(pending.mode)
}

/** Those that are being unlocked already go before it. */
function hasLocksBelow({ below }: HeldLock): boolean {
  if (below === undefined) return false
  return [...below].some((lock) => lock.unlock === undefined && isThere(lock))
}

function newGroup(kind: Group['kind'], lock: HeldLock, call: number): Group {
  return { kind, lock, call, waitsFor: 0, also: [], cancelled: false }
}
