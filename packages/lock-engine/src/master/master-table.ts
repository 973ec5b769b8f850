/**
 * The resources that this node masters.
 *
 * Invariants:
 *   G1  Granted modes of different locks on an open resource are compatible, ghosts included.
 *   G2  A closed resource grants nothing; what asks of it waits in its stash, in order.
 *   G3  A copy is named by (holder's node, lock). Asking twice never makes two.
 *   G4  A message that means another mastership than the present one counts for nothing: its sender
 *       tells again when it installs the view of the takeover.
 */
import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { HolderMessage, RequestFields } from '../lock-messages.ts'
import type { Interest } from '../mastery/activity.ts'
import { keyOf, type ResourceKey } from '../resource-key.ts'
import type { ViewChange } from '../takeover.ts'
import type { Transfer, TransferRecord } from '../transfer.ts'
import { emptyValue } from '../value-block.ts'
import type { Mastery } from '../view.ts'
import { announce } from './blocking.ts'
import { CopyIndex } from './copy-index.ts'
import { becomeGhost, freeGhosts, givenValue } from './ghosts.ts'
import { pass } from './granting.ts'
import { cancel, convert, repeatAnswer, request, unlock } from './operations.ts'
import { acceptLock, type LastWord, settleTakenOver } from './rebuild.ts'
import { type Copy, Resource } from './resource.ts'

type Unlock = Extract<HolderMessage, { readonly kind: 'unlock' }>

export class MasterTable {
  readonly #core: Core
  readonly #resources = new Map<ResourceKey, Resource>()
  readonly #copies = new CopyIndex()
  /** Resources without locks, in the order in which they became so. */
  readonly #idle = new Map<Resource, Instant>()
  /** Where requests wait that have no copy yet, so that what follows them waits behind them. */
  readonly #stashed = new Map<string, Resource>()
  #ghosts: Copy[] = []
  /** What holders had to say of locks that ended with the change of view. */
  #lastWords: LastWord[] = []
  /** Resources on which lost members waited for something. */
  #changed = new Set<Resource>()
  /** What must be told of the installed view: values given away, entries that moved. */
  #transfers: Transfer[] = []

  constructor(core: Core) {
    this.#core = core
  }

  get resources(): Iterable<Resource> {
    return this.#resources.values()
  }

  get copyCount(): number {
    return this.#copies.size
  }

  has(key: ResourceKey): boolean {
    return this.#resources.has(key)
  }

  masteryOf(key: ResourceKey): Mastery | undefined {
    const resource = this.#resources.get(key)
    if (resource === undefined || resource.state === 'retiring') return undefined
    return { master: this.#core.view.self, takenOver: resource.takenOver }
  }

  // --- what holders ask ---------------------------------------------------------------------

  /** The directory node is the master itself: it answers in its place. */
  onLookup(from: NodeId, fields: RequestFields): void {
    const takenOver = this.#resources.get(keyOf(fields))?.takenOver ?? 0
    this.onRequest(from, { ...fields, takenOver })
  }

  onRequest(from: NodeId, fields: RequestFields): void {
    const resource = this.#resources.get(keyOf(fields))
    // A mastership that was given up may have been followed by an appointment of the same node.
    const isRetired =
      resource === undefined ||
      resource.state === 'retiring' ||
      resource.takenOver < fields.takenOver
    if (this.#isOver(fields.takenOver, isRetired ? undefined : resource)) return // G4
    if (isRetired) {
      this.#core.send(from, { kind: 'not-master', lock: fields.lock, ask: fields.ask })
      if (resource === undefined) this.#disown(fields)
      return
    }
    if (resource.state === 'closed') {
      this.#stashRequest(resource, from, fields) // G2
      return
    }
    this.#request(from, resource, fields)
  }

  /** Meant for a mastership that has ended, or one that was superseded before it began. */
  #isOver(takenOver: Epoch, resource: Resource | undefined): boolean {
    if (this.#core.isSuperseded(takenOver)) return true
    return resource !== undefined && resource.takenOver !== takenOver
  }

  /**
   * Somebody was sent here for a name that this node does not master. When the directory says so, its
   * entry is out of date, and it would send others here for ever. Not before this node knows all that
   * it took over, nor while it may be about to become the master.
   */
  #disown({ space, name }: RequestFields): void {
    const key = keyOf({ space, name })
    if (!this.#core.isOpen || this.#core.isLookedUp(key)) return
    this.#core.send(this.#core.directoryOf(key), { kind: 'retire', space, name, counter: 0 })
  }

  #stashRequest(resource: Resource, from: NodeId, fields: RequestFields): void {
    resource.stash.push({ from, message: { ...fields, kind: 'request' } })
    this.#stashed.set(stashName(from, fields.lock), resource)
  }

  #request(from: NodeId, resource: Resource, fields: RequestFields): void {
    const known = this.#copies.get(from, fields.lock)
    if (known !== undefined) {
      repeatAnswer(this.#core, known, fields) // G3
      return
    }
    this.#core.used(resource.key, from)
    this.#idle.delete(resource)
    const copy = request(this.#core, resource, from, fields)
    if (copy !== undefined) this.#copies.add(copy)
    this.#noteIdle(resource)
  }

  onHolder(from: NodeId, message: Exclude<HolderMessage, { kind: 'request' }>): void {
    const copy = this.#copies.get(from, message.lock)
    const resource = copy?.resource ?? this.#stashed.get(stashName(from, message.lock))
    if (this.#isOver(message.takenOver, resource)) return // G4
    if (resource?.state === 'closed')
      resource.stash.push({ from, message }) // G2
    else if (copy === undefined) this.#answerUnknown(from, message)
    else this.#operate(copy, message)
  }

  #operate(copy: Copy, message: Exclude<HolderMessage, { kind: 'request' }>): void {
    this.#core.used(copy.resource.key, copy.holder)
    if (message.kind === 'convert') convert(this.#core, copy, message)
    else if (message.kind === 'unlock') this.#unlock(copy, message)
    else if (cancel(this.#core, copy, message.ask)) this.#forget(copy)
  }

  #unlock(copy: Copy, message: Unlock): void {
    unlock(this.#core, copy, message)
    this.#forget(copy)
  }

  /** A lock that is not here is as good as unlocked, and there is nothing to cancel. */
  #answerUnknown(from: NodeId, { kind, lock, ask }: HolderMessage): void {
    if (kind === 'unlock') this.#core.send(from, { kind: 'unlocked', lock, ask })
    if (kind === 'cancel') {
      this.#core.send(from, { kind: 'cancel-done', lock, ask, cancelled: false })
    }
  }

  #forget(copy: Copy): void {
    this.#copies.delete(copy)
    this.#noteIdle(copy.resource)
  }

  /** For the open resources. */
  interestIn(key: ResourceKey): Interest | undefined {
    const resource = this.#resources.get(key)
    return resource?.state === 'open' ? interestOf(resource) : undefined
  }

  // --- coming and going of resources ----------------------------------------------------------

  /**
   * The directory says that this node is the master. When it has been that already, nothing changes.
   * Returns the epoch of the takeover by which it became so, 0 without one.
   */
  appoint(key: ResourceKey, counter: number): Epoch {
    const known = this.#resources.get(key)
    if (known !== undefined && known.state !== 'retiring') return known.takenOver
    const resource = new Resource(key, 0)
    resource.counter = counter
    resource.entryAt = this.#core.directoryOf(key)
    this.#resources.set(key, resource)
    this.#noteIdle(resource)
    this.#core.observe({ kind: 'appointed', space: resource.space, name: resource.name })
    return 0
  }

  onRetired(key: ResourceKey): void {
    if (this.#resources.get(key)?.state === 'retiring') this.#resources.delete(key)
  }

  /** The value block lives as long as some lock does (Linux dlm, VMS). */
  #noteIdle(resource: Resource): void {
    if (resource.state !== 'open' || !resource.isEmpty) return
    resource.value = emptyValue
    this.#idle.delete(resource)
    this.#idle.set(resource, this.#core.now)
  }

  /** Gives up resources that were idle for long enough. */
  retireIdle(): void {
    for (const [resource, since] of this.#idle) {
      if (since + this.#core.limits.idleMs > this.#core.now) return
      this.#idle.delete(resource)
      if (resource.state !== 'open') continue
      resource.state = 'retiring'
      this.#sendRetire(resource)
    }
  }

  #sendRetire({ key, space, name, counter }: Resource): void {
    this.#core.send(this.#core.directoryOf(key), { kind: 'retire', space, name, counter })
  }

  deadline(): Instant | undefined {
    if (this.#changed.size > 0) return this.#core.now
    for (const since of this.#idle.values()) return since + this.#core.limits.idleMs
    return undefined
  }

  // --- changes of view ------------------------------------------------------------------------

  install(change: ViewChange): void {
    this.#transfers = []
    this.#lastWords = this.#lastWords.filter(({ takenOver }) => !this.#core.isSuperseded(takenOver))
    for (const resource of [...this.#resources.values()]) {
      const mastery = { master: change.view.self, takenOver: resource.takenOver }
      const next = change.apply(resource.key, mastery)
      if (next === mastery) this.#keep(resource, change)
      else this.#giveUp(resource, next, change.directory(resource.key))
    }
    for (const lost of this.#copies.takeHolders(change.lost)) {
      this.#changed.add(lost.resource)
      if (becomeGhost(lost)) this.#ghosts.push(lost)
    }
  }

  #keep(resource: Resource, change: ViewChange): void {
    for (const { from, message } of this.#takeStash(resource)) {
      if (change.lost.has(from)) continue
      if (message.kind === 'request') this.#stashRequest(resource, from, message)
      else resource.stash.push({ from, message })
    }
    const { key, space, name, takenOver, entryAt } = resource
    if (resource.state === 'retiring') return
    const to = change.directory(key)
    // Otherwise the directory node may have forgotten the name in a view that this node skipped.
    if (change.followsActive && to === entryAt && !change.lost.has(to)) return
    resource.entryAt = to
    const { self: master, epoch: toldIn } = change.view
    const record = { kind: 'entry', space, name, takenOver, master, toldIn } as const
    this.#transfers.push({ to, record })
  }

  /** What nobody was granted anything from yet is told anew by its holders; an open value is certain. */
  #giveUp(resource: Resource, next: Mastery, directory: NodeId): void {
    if (resource.state === 'open' && !resource.isEmpty) {
      const { space, name } = resource
      this.#transfers.push(givenValue(resource, next))
      // Nobody else may be left who can tell the directory of it in time.
      if (next.master !== directory) {
        const toldIn = next.takenOver
        const record = { kind: 'entry', space, name, ...next, toldIn } as const
        this.#transfers.push({ to: directory, record })
      }
    }
    this.#drop(resource)
  }

  /** Forgets all of a resource: nothing of it may be found, or given up a second time. */
  #drop(resource: Resource): void {
    this.#resources.delete(resource.key)
    this.#idle.delete(resource)
    this.#changed.delete(resource)
    for (const copy of [...resource.copies(), ...resource.endings]) this.#copies.delete(copy)
    this.#takeStash(resource)
    this.#ghosts = this.#ghosts.filter((copy) => copy.resource !== resource)
  }

  transfers(): readonly Transfer[] {
    return this.#transfers
  }

  /**
   * Others may come before the lost now, where those only waited. Not at the install itself, because
   * a node may install a view while it may not grant.
   */
  settleChanged(): void {
    if (this.#changed.size === 0) return
    const changed = this.#changed
    this.#changed = new Set()
    for (const resource of changed) {
      if (resource.state === 'open') pass(this.#core, resource)
      this.#noteIdle(resource)
    }
  }

  /** Lost members waited here for something, and nobody has come in their place yet. */
  isChanged(resource: Resource): boolean {
    return this.#changed.has(resource)
  }

  /** The directory may not have heard that an idle resource was given up. */
  resume(): void {
    for (const resource of this.#resources.values()) {
      if (resource.state === 'retiring') this.#sendRetire(resource)
    }
  }

  /** The resource is this node's by takeover: closed until everybody has told. */
  takeOver(key: ResourceKey, takenOver: Epoch): Resource {
    const known = this.#resources.get(key)
    if (known !== undefined && known.takenOver === takenOver) return known
    if (known !== undefined) this.#drop(known)
    const resource = new Resource(key, takenOver)
    resource.state = 'closed'
    resource.entryAt = this.#core.directoryOf(key)
    this.#resources.set(key, resource)
    this.#core.indexOwn(key, takenOver)
    this.#core.observe({ kind: 'taken-over', space: resource.space, name: resource.name })
    return resource
  }

  accept(from: NodeId, record: TransferRecord): void {
    const key = keyOf(record)
    if (record.kind === 'last-word') {
      this.#lastWords.push({ ...record, holder: from, key })
      return
    }
    const known = this.#resources.get(key)
    if (known !== undefined && (known.state !== 'closed' || known.takenOver !== record.takenOver)) {
      return
    }
    const resource = known ?? this.takeOver(key, record.takenOver)
    if (record.kind === 'entry') return
    if (record.kind === 'value') resource.certain = record
    else if (this.#copies.get(from, record.lock) === undefined) {
      this.#copies.add(acceptLock(this.#core, resource, from, record)) // G3
    }
  }

  /** Lost members have stopped for certain: what they held here is free. */
  activate(): void {
    this.settleChanged()
    const freed = freeGhosts(this.#ghosts)
    this.#ghosts = []
    for (const resource of freed) {
      if (resource.state === 'open') pass(this.#core, resource)
      this.#noteIdle(resource)
    }
  }

  open(): void {
    const words = Map.groupBy(this.#lastWords, ({ key }) => key)
    for (const resource of [...this.#resources.values()]) {
      if (resource.state === 'closed') this.#open(resource, words.get(resource.key) ?? [])
    }
    this.#lastWords = []
  }

  #takeStash(resource: Resource): Resource['stash'] {
    const { stash } = resource
    resource.stash = []
    for (const { from, message } of stash) this.#stashed.delete(stashName(from, message.lock))
    return stash
  }

  #open(resource: Resource, words: readonly LastWord[]): void {
    const stash = this.#takeStash(resource)
    resource.state = 'open'
    const isMeant = ({ takenOver }: LastWord) => takenOver === resource.takenOver
    settleTakenOver(this.#core, resource, words.filter(isMeant))
    for (const { from, message } of stash) {
      if (message.kind === 'request') this.#request(from, resource, message)
      else this.onHolder(from, message)
    }
    announce(this.#core, resource)
    this.#noteIdle(resource)
  }
}

function stashName(holder: NodeId, lock: number): string {
  return `${holder}/${lock}`
}

function interestOf(resource: Resource): Interest {
  let locks = 0
  const holders = new Set<NodeId>()
  for (const { holder } of resource.copies()) {
    locks += 1
    if (holders.size < 2) holders.add(holder)
  }
  const [first] = holders
  return { locks, soleHolder: holders.size === 1 ? first : undefined }
}
