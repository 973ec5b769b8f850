/**
 * The directory part of one node: which node masters a name, for the names that hash to this node.
 *
 * Invariants:
 *   D1  A name has at most one master: only its directory node appoints, and only when it has no
 *       entry for the name.
 *   D2  The directory node appoints nobody for a name whose entry it might be missing. It has all
 *       entries of the names that were its own in the last view it opened and in every view
 *       since; the others are closed until everybody has told (`open`).
 *   D3  A name whose master was lost belongs to this node's masters from the install on, closed. It
 *       is never appointed to somebody else before the view is active.
 */
import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import type { DirectoryMessage } from '../lock-messages.ts'
import type { MasterTable } from '../master/master-table.ts'
import { directoryNode } from '../rendezvous.ts'
import { type ResourceKey, rootOf } from '../resource-key.ts'
import { eligibleMembers, type ViewChange } from '../takeover.ts'
import type { Mastery } from '../view.ts'

/** Views that may pass without one opening before the whole part counts as closed. */
const unopenedViewsMax = 16

type Lookup = Extract<DirectoryMessage, { readonly kind: 'lookup' }>
type Retire = Extract<DirectoryMessage, { readonly kind: 'retire' }>

export class Directory {
  readonly #core: Core
  readonly #masters: MasterTable
  readonly #entries = new Map<ResourceKey, Mastery>()
  /** The eligible members of the view last opened and of every view since; empty: nothing is open. */
  #openThrough: (readonly NodeId[])[] = []
  #stashed: { readonly from: NodeId; readonly lookup: Lookup }[] = []
  /** The largest token counter that a retiring master has told. */
  #counter = 0

  constructor(core: Core, masters: MasterTable) {
    this.#core = core
    this.#masters = masters
  }

  get size(): number {
    return this.#entries.size
  }

  onLookup(from: NodeId, lookup: Lookup): void {
    const key = rootOf(lookup.key)
    const { self } = this.#core.view
    if (this.#core.directoryOf(key) !== self) return
    if (this.#masters.has(key)) {
      this.#masters.onLookup(from, lookup)
      return
    }
    const entry = this.#entries.get(key)
    if (entry !== undefined && entry.master !== from) {
      const { master, takenOver } = entry
      this.#core.send(from, { kind: 'master-is', lock: lookup.lock, master, takenOver })
    } else if (entry !== undefined || this.#isOpen(key)) this.#appoint(from, key, lookup)
    else this.#stashed.push({ from, lookup }) // D2
  }

  onRetire(from: NodeId, retire: Retire): void {
    const { key, counter } = retire
    this.#counter = Math.max(this.#counter, counter)
    if (this.#entries.get(key)?.master === from) this.#entries.delete(key)
    this.#core.send(from, { kind: 'retired', key })
  }

  /** Somebody who knows for certain tells who masters a name that is now this node's to index. */
  learn(key: ResourceKey, mastery: Mastery): void {
    if (this.#core.directoryOf(key) !== this.#core.view.self) return
    if (this.#core.isEligible(mastery.master)) this.#entries.set(key, mastery)
  }

  install(change: ViewChange): void {
    const { self } = change.view
    for (const [key, entry] of this.#entries) {
      if (change.directory(key) !== self) {
        this.#entries.delete(key)
        continue
      }
      const mastery = change.apply(key, entry)
      if (mastery === entry) continue
      this.#entries.set(key, mastery)
      this.#masters.takeOver(key, mastery.takenOver) // D3: the rule moves it to this very node
    }
    this.#stashed = []
    if (this.#openThrough.length === 0) return
    this.#openThrough.push(eligibleMembers(change.view))
    if (this.#openThrough.length > unopenedViewsMax) this.#openThrough = []
  }

  open(): void {
    this.#openThrough = [eligibleMembers(this.#core.view)]
    const stashed = this.#stashed
    this.#stashed = []
    for (const { from, lookup } of stashed) this.onLookup(from, lookup)
  }

  #isOpen(key: ResourceKey): boolean {
    const { self } = this.#core.view
    const views = this.#openThrough
    return views.length > 0 && views.every((members) => directoryNode(key, members) === self)
  }

  /**
   * A member that is leaving gets no new work: this node masters the name in its place. So it does in a
   * lockspace that is mastered by hash.
   */
  #appoint(from: NodeId, key: ResourceKey, lookup: Lookup): void {
    const byHash = has(lookup.flags, flag.hashed) && !this.#entries.has(key)
    if (!this.#core.isEligible(from) || byHash) {
      const takenOver = this.#masters.appoint(key, this.#counter)
      this.#entries.set(key, { master: this.#core.view.self, takenOver })
      this.#masters.onLookup(from, lookup)
      return
    }
    if (!this.#entries.has(key)) this.#entries.set(key, { master: from, takenOver: 0 })
    this.#core.send(from, { kind: 'appointed', lock: lookup.lock, counter: this.#counter })
  }
}
