import type { NodeId } from '@holdfast/primitives'
import type { Copy } from './resource.ts'

/** Finds master copies by holder, so that a lost node costs no more than what it held. */
export class CopyIndex {
  readonly #byHolder = new Map<NodeId, Map<number, Copy>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(holder: NodeId, lock: number): Copy | undefined {
    return this.#byHolder.get(holder)?.get(lock)
  }

  add(copy: Copy): void {
    let copies = this.#byHolder.get(copy.holder)
    if (copies === undefined) {
      copies = new Map()
      this.#byHolder.set(copy.holder, copies)
    }
    copies.set(copy.lock, copy)
    this.#size += 1
  }

  /** Nothing happens when the index has another copy, or none, under that name. */
  delete(copy: Copy): void {
    const copies = this.#byHolder.get(copy.holder)
    if (copies?.get(copy.lock) !== copy) return
    copies.delete(copy.lock)
    this.#size -= 1
    if (copies.size === 0) this.#byHolder.delete(copy.holder)
  }

  /** Takes out all copies of these holders: their names may be given to other processes now. */
  takeHolders(holders: ReadonlySet<NodeId>): readonly Copy[] {
    const taken: Copy[] = []
    for (const holder of [...holders].sort((a, b) => a - b)) {
      const copies = this.#byHolder.get(holder)
      if (copies === undefined) continue
      taken.push(...copies.values())
      this.#size -= copies.size
      this.#byHolder.delete(holder)
    }
    return taken
  }
}
