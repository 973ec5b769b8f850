import type { Copy } from './resource.ts'
import type { StashedMessage } from './stash.ts'

interface Adoption {
  /** Absent when that has ended already. */
  readonly heir: Copy | undefined
  /** What the new holder has said since. */
  readonly messages: StashedMessage[]
}

/**
 * Orphans that have a new holder, until the former one has let go of them.
 *
 * The new holder says that it has heard (`took`), then the former one is told (`adopted`), and unlocks.
 * Until then the former copy stays in the way of others, and what the new holder says waits. So each
 * lock is known to a node that lives, whichever master dies in between; and nothing that the new
 * holder gave up is given to others while the former one could still come back with it.
 */
export class Adoptions {
  readonly #byFormer = new Map<Copy, Adoption>()
  readonly #formers = new Map<Copy, Copy>()

  begin(former: Copy, heir?: Copy): void {
    former.orphan = false
    this.#byFormer.set(former, { heir, messages: [] })
    if (heir !== undefined) this.#formers.set(heir, former)
  }

  /** True when it has to wait. */
  holdsBack(heir: Copy, stashed: StashedMessage): boolean {
    const former = this.#formers.get(heir)
    if (former === undefined) return false
    this.#byFormer.get(former)?.messages.push(stashed)
    return true
  }

  isFormer(copy: Copy): boolean {
    return this.#byFormer.has(copy)
  }

  formerOf(heir: Copy): Copy | undefined {
    return this.#formers.get(heir)
  }

  /** The former holder has let go: what waited for that. */
  end(former: Copy): readonly StashedMessage[] {
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
}
