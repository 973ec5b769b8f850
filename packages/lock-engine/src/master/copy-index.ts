import type { NodeId } from '@holdfast/primitives'
import type { Copy } from './resource.ts'
import { Tally } from './tally.ts'

/** Finds master copies by holder, so that a lost node costs no more than what it held. */
export class CopyIndex {
  readonly #byHolder = new Map<NodeId, Map<number, Copy>>()
  /** How many copies there are one level below each lock that has some. */
  readonly #below = new Tally<string>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(holder: NodeId, lock: number): Copy | undefined {
    return this.#byHolder.get(holder)?.get(lock)
  }

  /** Goes on while copies come and go: one that is there all the time comes once. */
  ofHolder(holder: NodeId): Iterable<Copy> {
    return this.#byHolder.get(holder)?.values() ?? []
  }

  /** Locks one level below a lock. */
  countBelow({ holder, session, sessionLock }: Copy): number {
    return this.#below.get(`${holder}/${session}/${sessionLock}`)
  }

  add(copy: Copy): void {
    let copies = this.#byHolder.get(copy.holder)
    if (copies === undefined) {
      copies = new Map()
      this.#byHolder.set(copy.holder, copies)
    }
    copies.set(copy.lock, copy)
    this.#size += 1
    const above = parentOf(copy)
    if (above !== undefined) this.#below.add(above)
  }

  /** Nothing happens when the index has another copy, or none, under that name. */
  delete(copy: Copy): void {
    const copies = this.#byHolder.get(copy.holder)
    if (copies?.get(copy.lock) !== copy) return
    copies.delete(copy.lock)
    this.#forget(copy)
    if (copies.size === 0) this.#byHolder.delete(copy.holder)
  }

  /** Takes out all copies of these holders: their names may be given to other processes now. */
  takeHolders(holders: ReadonlySet<NodeId>): readonly Copy[] {
    const taken: Copy[] = []
    for (const holder of [...holders].sort((a, b) => a - b)) {
      const copies = this.#byHolder.get(holder)
      if (copies === undefined) continue
      for (const copy of copies.values()) {
        taken.push(copy)
        this.#forget(copy)
      }
      this.#byHolder.delete(holder)
    }
    return taken
  }

  #forget(copy: Copy): void {
    this.#size -= 1
    const above = parentOf(copy)
    if (above !== undefined) this.#below.remove(above)
  }
}

function parentOf({ holder, session, parent }: Copy): string | undefined {
  return parent === undefined ? undefined : `${holder}/${session}/${parent}`
}
