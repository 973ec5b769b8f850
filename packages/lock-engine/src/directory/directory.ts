/**
 * The directory part of one node: which node masters a name, for the names that hash to this node.
 *
 * Invariants:
 *   D1  A name has at most one master: only its directory node appoints, and only when it has no
 *       entry for the name.
 *   D2  The directory node appoints nobody for a name whose entry it might be missing. It has all
 *       entries of the names that were its own in the last view it opened and in every view
 *       since; the others are closed until everybody has told (`open`).
 *   D3  A name whose master was lost belongs to its new master from the install on, closed: to this
 *       node, or to one that a note names and that is told of it. It is never appointed to somebody
 *       else before the view is active.
 */
import type { Epoch, NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import type { DirectoryMessage } from '../lock-messages.ts'
import type { MasterTable } from '../master/master-table.ts'
import { type Candidate, directoryNode } from '../rendezvous.ts'
import { type ResourceKey, rootOf } from '../resource-key.ts'
import { candidatesOf, type ViewChange } from '../takeover.ts'
import { entryFor, type Transfer } from '../transfer.ts'
import type { Mastery } from '../view.ts'

/** Views that may pass without one opening before the whole part counts as closed. */
const unopenedViewsMax = 16

type Lookup = Extract<DirectoryMessage, { readonly kind: 'lookup' }>
type Retire = Extract<DirectoryMessage, { readonly kind: 'retire' }>

interface Entry extends Mastery {
  /** The newest view in which it was certain. */
  readonly toldIn: Epoch
}

export class Directory {
  readonly #core: Core
  readonly #masters: MasterTable
  readonly #entries = new Map<ResourceKey, Entry>()
  #change: ViewChange | undefined
  /** The eligible members of the view last opened and of every view since; empty: nothing is open. */
  #openThrough: (readonly Candidate[])[] = []
  #stashed: { readonly from: NodeId; readonly lookup: Lookup }[] = []
  /** The largest token counter that a retiring master has told in this epoch. */
  #counter = 0
  #transfers: Transfer[] = []

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
    // Who took the name over, and does not know, finds out by asking itself.
    if (entry !== undefined && (entry.master !== from || entry.takenOver > 0)) {
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

  /**
   * Somebody tells who masters a name that is now this node's to index. It may be news of an older
   * view: then what is told in a newer one counts, and what the rule of takeover has moved since counts
   * for nothing, because who still refers to it tells it anew. About the open part there is nothing to
   * learn (D2).
   */
  learn(key: ResourceKey, { master, takenOver }: Mastery, toldIn: Epoch): void {
    const { view } = this.#core
    if (this.#core.directoryOf(key) !== view.self || this.#isOpen(key)) return
    const known = this.#entries.get(key)
    if (known !== undefined && known.toldIn > toldIn) return
    const entry = { master, takenOver, toldIn }
    const stands = takenOver === view.epoch || this.#change?.apply(key, entry) === entry
    if (stands) this.#entries.set(key, entry)
  }

  /** This node itself took the name over. */
  index(key: ResourceKey, mastery: Mastery): void {
    const { self, epoch } = this.#core.view
    if (this.#core.directoryOf(key) === self) this.#entries.set(key, { ...mastery, toldIn: epoch })
  }

  install(change: ViewChange): void {
    const { self } = change.view
    this.#transfers = []
    this.#change = change
    this.#counter = 0
    for (const [key, entry] of this.#entries) {
      if (change.directory(key) !== self) {
        this.#entries.delete(key)
        continue
      }
      const mastery = change.apply(key, entry)
      if (mastery === entry) continue
      this.#entries.set(key, { ...mastery, toldIn: mastery.takenOver })
      if (mastery.master === self)
        this.#masters.takeOver(key, mastery.takenOver) // D3
      else this.#transfers.push(entryFor(mastery.master, key, mastery)) // D3
    }
    this.#stashed = []
    if (this.#openThrough.length === 0) return
    this.#openThrough.push(candidatesOf(change.view))
    if (this.#openThrough.length > unopenedViewsMax) this.#openThrough = []
  }

  /** To the new masters of names that this node indexes and that a note has moved. */
  transfers(): readonly Transfer[] {
    return this.#transfers
  }

  open(): void {
    this.#openThrough = [candidatesOf(this.#core.view)]
    const stashed = this.#stashed
    this.#stashed = []
    for (const { from, lookup } of stashed) this.onLookup(from, lookup)
  }

  #isOpen(key: ResourceKey): boolean {
    const { self } = this.#core.view
    const views = this.#openThrough
    return views.length > 0 && views.every((candidates) => directoryNode(key, candidates) === self)
  }

  /**
   * A member that is leaving gets no new work: this node masters the name in its place. So it does in a
   * lockspace that is mastered by hash.
   */
  #appoint(from: NodeId, key: ResourceKey, lookup: Lookup): void {
    const byHash = has(lookup.flags, flag.hashed) && !this.#entries.has(key)
    if (!this.#core.isEligible(from) || byHash) {
      const takenOver = this.#masters.trees.appoint(key, this.#counter)
      this.index(key, { master: this.#core.view.self, takenOver })
      this.#masters.onLookup(from, lookup)
      return
    }
    const toldIn = this.#core.view.epoch
    this.#entries.set(key, { master: from, takenOver: 0, toldIn })
    this.#core.send(from, { kind: 'appointed', lock: lookup.lock, counter: this.#counter })
  }
}
