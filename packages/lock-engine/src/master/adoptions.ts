import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { FormerName, HolderMessage } from '../lock-messages.ts'
import type { CopyIndex } from './copy-index.ts'
import type { LastWord } from './rebuild.ts'
import type { Copy, Resource } from './resource.ts'

/** What a new holder says. */
export interface HeldBack {
  readonly from: NodeId
  readonly message: Exclude<HolderMessage, { kind: 'request' }>
}

interface Adoption {
  /** Absent when that has ended already. */
  readonly heir: Copy | undefined
  readonly messages: HeldBack[]
}

/**
 * Orphans that have a new holder, until the former one has let go of them.
 *
 * The new holder says that it has heard (`took`), then the former one is told (`adopted`), and unlocks.
 * Until then the former copy stays in the way of others, and what the new holder says waits. So each
 * lock is known to a node that lives, whichever master dies in between; and nothing that the new
 * holder gave up is given to others while the former one could still come back with it. (It can come
 * back when the new holder dies together with the master: then it is as if it had not been adopted.)
 */
export class Adoptions {
  readonly #core: Core
  readonly #copies: CopyIndex
  readonly #byFormer = new Map<Copy, Adoption>()
  readonly #formers = new Map<Copy, Copy>()

  constructor(core: Core, copies: CopyIndex) {
    this.#core = core
    this.#copies = copies
  }

  isFormer(copy: Copy): boolean {
    return this.#byFormer.has(copy)
  }

  begin(heir: Copy): void {
    const former = this.#find(heir.resource, heir.adopted?.from)
    if (former !== undefined) this.#add(former, heir)
  }

  #add(former: Copy, heir?: Copy): void {
    former.orphan = false
    this.#byFormer.set(former, { heir, messages: [] })
    if (heir === undefined) return
    this.#formers.set(heir, former)
    // When it is an orphan itself by now, its holder says so again, and that waits too.
    heir.orphan = false
  }

  #find(resource: Resource, name: FormerName | undefined): Copy | undefined {
    const former = name && this.#copies.get(name.holder, name.lock)
    return former?.resource === resource ? former : undefined
  }

  /** The new holder knows that it has the orphan, or is lost. */
  onTook(heir: Copy): void {
    const former = this.#formers.get(heir)
    if (former !== undefined) this.#tell(former)
  }

  #tell({ holder, lock, ghost }: Copy): void {
    if (!ghost) this.#core.send(holder, { kind: 'adopted', lock })
  }

  /** True when it has to wait. */
  holdsBack(heir: Copy, said: HeldBack): boolean {
    const former = this.#formers.get(heir)
    if (former === undefined) return false
    this.#byFormer.get(former)?.messages.push(said)
    return true
  }

  /** The former holder has let go, or is lost: what waited for that. */
  end(former: Copy): readonly HeldBack[] {
    const adoption = this.#byFormer.get(former)
    if (adoption === undefined) return []
    const { heir, messages } = adoption
    this.#byFormer.delete(former)
    if (heir === undefined) return []
    this.#formers.delete(heir)
    const { owner, priority } = heir
    heir.adopted = owner === undefined ? { priority } : { owner, priority }
    return heir.ghost ? [] : messages
  }

  /** It is known here no more. */
  forget(copy: Copy): void {
    this.end(copy)
    const former = this.#formers.get(copy)
    if (former !== undefined) this.end(former)
  }

  /**
   * After a takeover: an orphan and the lock that it has become were both told, when its former holder
   * had not heard yet. That one vouches for no value any more.
   */
  settle(resource: Resource, lastWords: readonly LastWord[]): void {
    for (const heir of [...resource.copies(), ...resource.endings]) {
      const former = this.#find(resource, heir.adopted?.from)
      if (former === undefined) heir.adopted = undefined
      else this.#letGo(former, heir)
    }
    for (const { adopted } of lastWords) {
      const former = this.#find(resource, adopted)
      if (former !== undefined) this.#letGo(former)
    }
  }

  #letGo(former: Copy, heir?: Copy): void {
    this.#add(former, heir)
    if (former.rebuilt !== undefined) former.rebuilt = { ...former.rebuilt, value: undefined }
    this.#tell(former)
  }
}
