import type { ResourceKey } from '../resource-key.ts'
import { SmallSet } from '../small-set.ts'
import { KnownMasters } from './known-masters.ts'
import type { HeldLock, KnownResource } from './lock.ts'

export interface SessionLocks {
  readonly label: string
  readonly locks: Map<number, HeldLock>
}

/** All locks of one node, and the ways to find them. */
export class LockRegistry {
  readonly sessions: Map<number, SessionLocks> = new Map()
  /** By the number that names a lock between nodes. */
  readonly locks: Map<number, HeldLock> = new Map()
  /** By the key of the root. */
  readonly resources: Map<ResourceKey, KnownResource> = new Map()
  readonly orphans: Set<HeldLock> = new Set()
  readonly #byOwner = new Map<string, Set<HeldLock>>()
  readonly #known: KnownMasters
  #next = 1

  constructor(knownMastersMax: number) {
    this.#known = new KnownMasters(knownMastersMax)
  }

  nextNumber(): number {
    this.#next += 1
    return this.#next - 1
  }

  add(entry: SessionLocks, lock: HeldLock): void {
    entry.locks.set(lock.sessionLock, lock)
    this.locks.set(lock.number, lock)
    lock.resource.locks.add(lock)
    this.#index(lock)
    if (lock.parent === undefined) return
    lock.parent.below ??= new Set()
    lock.parent.below.add(lock)
  }

  /** True when it was the last one of its tree, which is forgotten with it, but for who masters it. */
  remove(lock: HeldLock): boolean {
    const { resource } = lock
    this.locks.delete(lock.number)
    this.orphans.delete(lock)
    this.#unindex(lock)
    lock.parent?.below?.delete(lock)
    for (const below of lock.below ?? []) below.parent = undefined
    const locks = this.sessions.get(lock.session)?.locks
    if (locks?.get(lock.sessionLock) === lock) locks.delete(lock.sessionLock)
    resource.locks.delete(lock)
    resource.unsent.delete(lock)
    if (resource.locks.size > 0) return false
    this.resources.delete(resource.key)
    if (resource.mastery !== undefined) this.#known.remember(resource.key, resource.mastery)
    return true
  }

  resourceFor(root: ResourceKey): KnownResource {
    const known = this.resources.get(root)
    if (known !== undefined) return known
    const resource: KnownResource = {
      key: root,
      mastery: this.#known.take(root),
      locks: new SmallSet(),
      lookup: undefined,
      unsent: new SmallSet(),
      lookups: 0,
    }
    this.resources.set(root, resource)
    return resource
  }

  /** What was known of masters of names without locks may be out of date. */
  forgetMasters(): void {
    this.#known.clear()
  }

  locksOfSession(session: number): Iterable<HeldLock> {
    return this.sessions.get(session)?.locks.values() ?? []
  }

  lockOf(session: number, sessionLock: number): HeldLock | undefined {
    return this.sessions.get(session)?.locks.get(sessionLock)
  }

  locksOfOwner(owner: string): Iterable<HeldLock> {
    return this.#byOwner.get(owner) ?? []
  }

  /** An orphan that is adopted brings its owner along. */
  setOwner(lock: HeldLock, owner: string | undefined): void {
    this.#unindex(lock)
    lock.owner = owner
    this.#index(lock)
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
}
