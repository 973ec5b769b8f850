import type { Epoch } from '@holdfast/primitives'
import { type ResourceKey, rootOf } from './resource-key.ts'
import type { ViewChange } from './takeover.ts'

/** Which takeovers of one node still count, and which of them it waits to hear everything of. */
export class Standing {
  #change: ViewChange | undefined
  /** The view in which this node last opened what it took over. */
  #opened: Epoch = 0
  /**
   * Views installed since, whose takeovers have not been superseded. A view that this node skipped is
   * not among them: it was not active before this node installed a newer one.
   */
  readonly #views = new Set<Epoch>()
  /** What notes took away from this node since it last opened, and in which view last. */
  readonly #takenAway = new Map<ResourceKey, Epoch>()

  install(change: ViewChange): void {
    const { epoch, settled } = change.view
    this.#change = change
    // A takeover that this view does not know to have been active ends here, opened or not.
    this.#opened = Math.min(this.#opened, settled)
    for (const view of this.#views) {
      if (view > settled || view <= this.#opened) this.#views.delete(view)
    }
    this.#views.add(epoch)
    for (const root of change.takenAway) this.#takenAway.set(root, epoch)
  }

  open(): void {
    this.#opened = this.#change?.view.epoch ?? 0
    this.#takenAway.clear()
  }

  get isOpen(): boolean {
    return this.#opened === (this.#change?.view.epoch ?? 0)
  }

  /** A takeover in that view counts for nothing: a newer view came before it was active. */
  isSuperseded(takenOver: Epoch): boolean {
    return takenOver > this.#opened && !this.#views.has(takenOver)
  }

  /** This node took the tree over in that view, still has it, and has not opened it. */
  isAwaited(key: ResourceKey, takenOver: Epoch): boolean {
    if (this.#change === undefined || takenOver < (this.#takenAway.get(rootOf(key)) ?? 0)) {
      return false
    }
    if (takenOver <= this.#opened || !this.#views.has(takenOver)) return false
    const { self, epoch, members } = this.#change.view
    return takenOver === epoch || members.some(({ id, eligible }) => id === self && eligible)
  }
}
