import { type Epoch, type Instant, Queue } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { keyAbove, type ResourceKey, rootOf } from '../resource-key.ts'
import { emptyValue } from '../value-block.ts'
import { Resource, type Versions } from './resource.ts'
import { Tally } from './tally.ts'

/** The resources that one node masters, by key; how they come, and how those without locks go. */
export class Trees {
  readonly #core: Core
  readonly #resources = new Map<ResourceKey, Resource>()
  /** How many resources there are one level below each that has some. */
  readonly #below = new Tally<ResourceKey>()
  readonly #versions: Versions = { last: 0 }
  /** Trees without locks, in the order in which they became so. */
  readonly #idle = new Queue<Resource>()

  constructor(core: Core) {
    this.#core = core
  }

  get resources(): Iterable<Resource> {
    return this.#resources.values()
  }

  get(key: ResourceKey): Resource | undefined {
    return this.#resources.get(key)
  }

  has(key: ResourceKey): boolean {
    return this.#resources.has(key)
  }

  /** False when its tree was given away, or when another has come in its place after it was empty. */
  hasStill(resource: Resource): boolean {
    return this.#resources.get(resource.key) === resource
  }

  /** Resources one level below. */
  countBelow(key: ResourceKey): number {
    return this.#below.get(key)
  }

  /**
   * The directory says that this node is the master. When it has been that already, nothing changes.
   * Returns the epoch of the takeover by which it became so, 0 without one.
   */
  appoint(root: ResourceKey, counter: number): Epoch {
    const known = this.#resources.get(root)
    if (known !== undefined && known.state !== 'retiring') return known.takenOver
    const resource = new Resource(root, 0, this.#versions)
    resource.counter = counter
    resource.entryAt = this.#core.directoryOf(root)
    this.#resources.set(root, resource)
    this.noteIdle(resource)
    this.#core.observe({ kind: 'appointed', key: root })
    return 0
  }

  /** Taken over: closed until everybody has told. */
  takeOver(root: ResourceKey, takenOver: Epoch): Resource {
    const resource = new Resource(root, takenOver, this.#versions)
    resource.state = 'closed'
    resource.entryAt = this.#core.directoryOf(root)
    this.#resources.set(root, resource)
    this.#core.indexOwn(root, takenOver)
    this.#core.observe({ kind: 'taken-over', key: root })
    return resource
  }

  /** A resource of a tree, for a lock that comes: there from now on. */
  resourceIn(root: Resource, key: ResourceKey): Resource {
    this.#noteUsed(root)
    const known = this.#resources.get(key)
    if (known !== undefined) return known
    const resource = new Resource(key, root.takenOver, this.#versions, root)
    this.#resources.set(key, resource)
    const above = keyAbove(key)
    if (above !== undefined) this.#below.add(above)
    return resource
  }

  /** Forgets all of a tree. */
  drop(root: Resource): void {
    this.#noteUsed(root)
    for (const { key } of root.tree()) this.#delete(key)
  }

  #delete(key: ResourceKey): void {
    this.#resources.delete(key)
    const above = keyAbove(key)
    if (above !== undefined) this.#below.remove(above)
  }

  /**
   * A lock has gone. The value block lives as long as some lock on the resource does (Linux dlm, VMS);
   * a resource below another likewise, and a root as long as its tree. True when the resource is gone.
   */
  noteIdle(resource: Resource): boolean {
    const { root } = resource
    if (!this.hasStill(resource)) return false
    if (root.state !== 'open' || !resource.isEmpty) return false
    resource.value = emptyValue
    if (resource !== root) {
      this.#delete(resource.key)
      root.below.delete(resource)
    }
    if (root.isEmpty && root.below.size === 0) {
      this.#noteUsed(root)
      root.idleSince = this.#core.now
      this.#idle.addLast(root)
    }
    return resource !== root
  }

  #noteUsed(root: Resource): void {
    if (root.idleSince === undefined) return
    root.idleSince = undefined
    this.#idle.remove(root)
  }

  /** Gives up trees that were idle for long enough. */
  retireIdle(): void {
    for (const root of this.#idle) {
      if ((root.idleSince ?? 0) + this.#core.limits.idleMs > this.#core.now) return
      this.#noteUsed(root)
      if (root.state !== 'open') continue
      root.state = 'retiring'
      this.sendRetire(root)
    }
  }

  sendRetire({ key, counter }: Resource): void {
    this.#core.send(this.#core.directoryOf(key), { kind: 'retire', key, counter })
  }

  retired(root: ResourceKey): void {
    if (this.#resources.get(root)?.state === 'retiring') this.#resources.delete(root)
  }

  deadline(): Instant | undefined {
    const since = this.#idle.first?.idleSince
    return since === undefined ? undefined : since + this.#core.limits.idleMs
  }

  rootFor(key: ResourceKey): Resource | undefined {
    return this.#resources.get(rootOf(key))
  }
}
