/**
 * The resources that this node masters, by trees: a resource below another is mastered with it, is
 * found by the name of its root, and is there for as long as there are locks on it.
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
import { flag, has } from '../flags.ts'
import type { HolderMessage, RequestFields } from '../lock-messages.ts'
import { type ResourceKey, rootOf } from '../resource-key.ts'
import type { ViewChange } from '../takeover.ts'
import { entryFor, type Transfer, type TransferRecord } from '../transfer.ts'
import type { Mastery } from '../view.ts'
import { Adoptions, type HeldBack } from './adoptions.ts'
import { announce } from './blocking.ts'
import { CopyIndex } from './copy-index.ts'
import { becomeGhost, freeGhosts, givenValue } from './ghosts.ts'
import { Givings } from './givings.ts'
import { type Freed, pass, passOver } from './granting.ts'
import {
  adopt,
  answerUnknown,
  cancel,
  convert,
  denyDeadlock,
  newCopy,
  orphan,
  repeatAnswer,
  request,
  unlock,
} from './operations.ts'
import { acceptLock, type LastWord, settleTakenOver } from './rebuild.ts'
import type { Copy, Resource } from './resource.ts'
import { Stash } from './stash.ts'
import { Trees } from './trees.ts'

type Unlock = Extract<HolderMessage, { readonly kind: 'unlock' }>

export class MasterTable {
  readonly #core: Core
  readonly trees: Trees
  readonly #copies = new CopyIndex()
  readonly #stash = new Stash()
  readonly givings: Givings = new Givings()
  readonly #adoptions: Adoptions
  /** What waited for a former holder that is lost. */
  #released: HeldBack[] = []
  #ghosts: Copy[] = []
  /** What holders had to say of locks that ended with the change of view. */
  #lastWords: LastWord[] = []
  /** Resources on which lost members had something, and what nobody holds there any more. */
  #changed = new Map<Resource, Freed[]>()
  /** What must be told of the installed view: values given away, entries that moved. */
  #transfers: Transfer[] = []

  constructor(core: Core) {
    this.#core = core
    this.trees = new Trees(core)
    this.#adoptions = new Adoptions(core, this.#copies)
  }

  get resources(): Iterable<Resource> {
    return this.trees.resources
  }

  get copyCount(): number {
    return this.#copies.size
  }

  /** The master copy of a lock. */
  copyOf(holder: NodeId, lock: number): Copy | undefined {
    return this.#copies.get(holder, lock)
  }

  resourceOf(key: ResourceKey): Resource | undefined {
    return this.trees.get(key)
  }

  /** The locks of one node, those included that are freed when the view is active. Live, as `ofHolder`. */
  *copiesHeldBy(holder: NodeId): Iterable<Copy> {
    yield* this.#copies.ofHolder(holder)
    for (const ghost of this.#ghosts)
      if (ghost.holder === holder && this.trees.hasStill(ghost.resource)) yield ghost
  }

  /** Resources one level below. */
  resourcesBelow({ key }: Resource): number {
    return this.trees.countBelow(key)
  }

  /** Locks one level below; those that are being unlocked count until they are gone. */
  locksBelow(copy: Copy): number {
    return this.#copies.countBelow(copy)
  }

  has(root: ResourceKey): boolean {
    return this.trees.has(root)
  }

  masteryOf(root: ResourceKey): Mastery | undefined {
    const resource = this.trees.get(root)
    if (resource === undefined || resource.state === 'retiring') return undefined
    return { master: this.#core.view.self, takenOver: resource.takenOver }
  }

  // --- what holders ask ---------------------------------------------------------------------

  /** The directory node is the master itself: it answers in its place. */
  onLookup(from: NodeId, fields: RequestFields): void {
    const takenOver = this.trees.rootFor(fields.key)?.takenOver ?? 0
    this.onRequest(from, { ...fields, takenOver })
  }

  onRequest(from: NodeId, fields: RequestFields): void {
    const root = this.trees.rootFor(fields.key)
    // A mastership that was given up may have been followed by an appointment of the same node.
    const isRetired =
      root === undefined || root.state === 'retiring' || root.takenOver < fields.takenOver
    if (this.#isOver(fields.takenOver, isRetired ? undefined : root)) return // G4
    if (isRetired) {
      this.#core.send(from, { kind: 'not-master', lock: fields.lock, ask: fields.ask })
      if (root === undefined) this.#disown(rootOf(fields.key))
      return
    }
    if (root.state === 'closed') {
      this.#stash.add(root, { from, message: { ...fields, kind: 'request' } }) // G2
      return
    }
    this.#request(from, root, fields)
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
  #disown(key: ResourceKey): void {
    if (!this.#core.isOpen || this.#core.isLookedUp(key)) return
    this.#core.send(this.#core.directoryOf(key), { kind: 'retire', key, counter: 0 })
  }

  #request(from: NodeId, root: Resource, fields: RequestFields): void {
    const known = this.#copies.get(from, fields.lock)
    if (known !== undefined) {
      repeatAnswer(this.#core, known, fields) // G3
      return
    }
    this.#core.used(root.key, from)
    if (has(fields.flags, flag.hashed)) root.byHash = true
    const resource = this.trees.resourceIn(root, fields.key)
    const copy = has(fields.flags, flag.adopt)
      ? this.#adopt(from, resource, fields)
      : request(this.#core, resource, from, fields)
    if (copy !== undefined) {
      this.#copies.add(copy)
      if (copy.adopted !== undefined) this.#adoptions.begin(copy)
    }
    this.#noteIdle(resource)
  }

  #adopt(from: NodeId, resource: Resource, fields: RequestFields): Copy | undefined {
    const asked = newCopy(this.#core, resource, from, fields)
    return adopt(this.#core, asked, fields.mode)
  }

  onHolder(from: NodeId, message: Exclude<HolderMessage, { kind: 'request' }>): void {
    const copy = this.#copies.get(from, message.lock)
    const root = copy?.resource.root ?? this.#stash.rootOf(from, message.lock)
    if (this.#isOver(message.takenOver, root)) return // G4
    if (root?.state === 'closed')
      this.#stash.add(root, { from, message }) // G2
    else if (copy === undefined) answerUnknown(this.#core, from, message)
    else if (message.kind === 'took') this.#adoptions.onTook(copy)
    else if (!this.#adoptions.holdsBack(copy, { from, message })) this.#operate(copy, message)
  }

  #operate(copy: Copy, message: Exclude<HolderMessage, { kind: 'request' | 'took' }>): void {
    this.#core.used(copy.resource.root.key, copy.holder)
    switch (message.kind) {
      case 'convert':
        convert(this.#core, copy, message)
        break
      case 'unlock':
        this.#unlock(copy, message)
        break
      case 'cancel':
        if (cancel(this.#core, copy, message.ask)) this.#forget(copy)
        break
      case 'orphan':
        if (!this.#adoptions.isFormer(copy)) orphan(this.#core, copy)
        break
    }
  }

  #unlock(copy: Copy, message: Unlock): void {
    // What is somebody else's now is spoilt by nobody.
    const isFormer = this.#adoptions.isFormer(copy)
    unlock(this.#core, copy, isFormer ? { ...message, invalidate: false } : message)
    this.#forget(copy)
  }

  /** The queued call of a lock lost a deadlock. */
  denyDeadlock(copy: Copy, words: string): void {
    if (denyDeadlock(this.#core, copy, words)) this.#forget(copy)
  }

  /** Its request was refused in a pass, and whoever runs that looks whether the resource is idle. */
  ended(copy: Copy): void {
    this.#copies.delete(copy)
  }

  #forget(copy: Copy): void {
    this.#copies.delete(copy)
    for (const { from, message } of this.#adoptions.end(copy)) this.onHolder(from, message)
    this.#noteIdle(copy.resource)
  }

  // --- coming and going of trees ----------------------------------------------------------------

  deadline(): Instant | undefined {
    return this.#changed.size > 0 ? this.#core.now : this.trees.deadline()
  }

  #noteIdle(resource: Resource): void {
    if (this.trees.noteIdle(resource)) this.#changed.delete(resource)
  }

  // --- changes of view ------------------------------------------------------------------------

  install(change: ViewChange): void {
    this.#transfers = [...this.givings.install(change)]
    this.#lastWords = this.#lastWords.filter(({ takenOver }) => !this.#core.isSuperseded(takenOver))
    for (const resource of [...this.trees.resources]) {
      if (resource !== resource.root) continue
      const mastery = { master: change.view.self, takenOver: resource.takenOver }
      const next = change.apply(resource.key, mastery)
      if (next === mastery) this.#keep(resource, change)
      else this.#giveUp(resource, next, change.directory(resource.key))
    }
    this.#ghosts = this.#ghosts.filter((ghost) => this.trees.hasStill(ghost.resource))
    for (const lost of this.#copies.takeHolders(change.lost)) {
      const freed = this.#changed.get(lost.resource) ?? []
      this.#changed.set(lost.resource, freed)
      if (this.#adoptions.isFormer(lost)) freed.push(this.#dropFormer(lost))
      else if (becomeGhost(lost)) this.#ghosts.push(lost)
    }
    this.#released = this.#released.filter(({ from }) => !change.lost.has(from))
  }

  /** Nobody relies on it. Returns what it stood in the way of. */
  #dropFormer(former: Copy): Freed {
    former.resource.remove(former)
    former.resource.endings.delete(former)
    for (const held of this.#adoptions.end(former)) this.#released.push(held)
    return former.range
  }

  #keep(resource: Resource, change: ViewChange): void {
    for (const stashed of this.#stash.take(resource)) {
      if (!change.lost.has(stashed.from)) this.#stash.add(resource, stashed)
    }
    const { key, takenOver, entryAt } = resource
    // Tokens of a newer epoch are above all others: so a counter that is used up begins again.
    resource.counter = 0
    if (resource.state === 'retiring') return
    const to = change.directory(key)
    // Otherwise the directory node may have forgotten the name in a view that this node skipped.
    if (change.followsActive && to === entryAt && !change.lost.has(to)) return
    resource.entryAt = to
    const { self: master, epoch } = change.view
    this.#transfers.push(entryFor(to, key, { master, takenOver }, epoch))
  }

  /** What nobody was granted anything from yet is told anew by its holders; an open value is certain. */
  #giveUp(root: Resource, next: Mastery, directory: NodeId): void {
    const values: Transfer[] = []
    const isFormer = (copy: Copy) => this.#adoptions.isFormer(copy)
    for (const resource of root.tree()) {
      if (root.state !== 'open' || resource.isEmpty) continue
      values.push(...givenValue(resource, next, isFormer))
    }
    for (const value of values) this.#transfers.push(value)
    if (values.length > 0 && next.master !== this.#core.view.self) this.givings.add(root.key, next)
    // Nobody else may be left who can tell the directory of it in time.
    if (values.length > 0 && next.master !== directory) {
      this.#transfers.push(entryFor(directory, root.key, next))
    }
    this.#drop(root)
  }

  /** Forgets all of a tree: nothing of it may be found, or given up a second time. */
  #drop(root: Resource): void {
    this.#stash.take(root)
    for (const resource of root.tree()) {
      this.#changed.delete(resource)
      for (const copy of [...resource.copies(), ...resource.endings]) {
        this.#copies.delete(copy)
        this.#adoptions.forget(copy)
      }
    }
    this.trees.drop(root)
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
    this.#changed = new Map()
    for (const [resource, freed] of changed) {
      if (resource.root.state === 'open') passOver(this.#core, resource, freed)
      this.#noteIdle(resource)
    }
    const released = this.#released
    this.#released = []
    for (const { from, message } of released) this.onHolder(from, message)
  }

  /** Lost members waited here for something, and nobody has come in their place yet. */
  isChanged(resource: Resource): boolean {
    return this.#changed.has(resource)
  }

  /** The directory may not have heard that an idle resource was given up. */
  resume(): void {
    for (const resource of this.trees.resources) {
      if (resource.state === 'retiring') this.trees.sendRetire(resource)
    }
  }

  /** The tree is this node's by takeover: closed until everybody has told. */
  takeOver(key: ResourceKey, takenOver: Epoch): Resource {
    const known = this.trees.get(key)
    if (known !== undefined && known.takenOver === takenOver) return known
    if (known !== undefined) this.#drop(known)
    return this.trees.takeOver(key, takenOver)
  }

  accept(from: NodeId, record: TransferRecord): void {
    const { key, takenOver } = record
    if (record.kind === 'last-word') {
      this.#lastWords.push({ ...record, holder: from })
      return
    }
    const known = this.trees.rootFor(key)
    if (known !== undefined && (known.state !== 'closed' || known.takenOver !== takenOver)) return
    const root = known ?? this.takeOver(rootOf(key), takenOver)
    if (record.kind === 'entry') return
    const resource = this.trees.resourceIn(root, key)
    if (record.kind === 'value') {
      resource.certain ??= { value: record.value, owners: [] }
      resource.certain.owners.push(...record.owners)
      this.#core.send(from, { kind: 'taken', key: root.key, takenOver })
    } else if (this.#copies.get(from, record.lock) === undefined) {
      this.#copies.add(acceptLock(this.#core, resource, from, record)) // G3
    }
  }

  /** Lost members have stopped for certain: what they held here is free. */
  activate(): void {
    this.settleChanged()
    const ghosts = this.#ghosts.filter((ghost) => this.trees.hasStill(ghost.resource))
    this.#ghosts = []
    for (const ghost of ghosts) this.#adoptions.onTook(ghost)
    const freed = freeGhosts(ghosts)
    for (const resource of freed) {
      if (resource.root.state === 'open') pass(this.#core, resource, undefined)
      this.#noteIdle(resource)
    }
  }

  open(): void {
    const words = Map.groupBy(this.#lastWords, ({ key }) => key)
    for (const resource of [...this.trees.resources]) {
      if (resource === resource.root && resource.state === 'closed') this.#open(resource, words)
    }
    this.#lastWords = []
  }

  #open(root: Resource, words: ReadonlyMap<ResourceKey, readonly LastWord[]>): void {
    const stash = this.#stash.take(root)
    root.state = 'open'
    const tree = [...root.tree()]
    for (const resource of tree) {
      const isMeant = ({ takenOver }: LastWord) => takenOver === root.takenOver
      const last = (words.get(resource.key) ?? []).filter(isMeant)
      this.#adoptions.settle(resource, last)
      settleTakenOver(this.#core, resource, last)
    }
    for (const { from, message } of stash) {
      if (message.kind === 'request') this.#request(from, root, message)
      else this.onHolder(from, message)
    }
    for (const resource of tree) {
      announce(this.#core, resource)
      this.#noteIdle(resource)
    }
  }
}
