import type { LockMode } from '../lock-mode.ts'
import { Schedule } from '../schedule.ts'

/** A lock, as far as it matters for whether it can be adopted. */
export interface Adoptable {
  readonly owner: string | undefined
  readonly serial: number
  readonly granted: LockMode | undefined
  readonly orphan: boolean
  readonly ghost: boolean
  readonly placed: boolean
}

/** Whose orphan is looked for: anybody's, that of an owner, or one without (undefined). */
export type Whose = typeof anybody | string | undefined
export const anybody: unique symbol = Symbol('anybody')

/** The orphans on one resource by mode and owner: the oldest of a kind is found without a look at others. */
export class Orphans<Item extends Adoptable> {
  /** By serial. */
  readonly #byKind = new Map<string, Schedule<Item>>()

  /** Once more when it was taken off the resource and put back. */
  add(item: Item): void {
    const { granted, owner } = item
    if (granted === undefined) return
    this.#add(item, granted, anybody)
    this.#add(item, granted, owner)
  }

  #add(item: Item, mode: LockMode, whose: Whose): void {
    const kind = kindOf(mode, whose)
    const orphans = this.#byKind.get(kind) ?? orphansIn<Item>(mode)
    orphans.add(item, item.serial)
    this.#byKind.set(kind, orphans)
  }

  oldest(mode: LockMode, whose: Whose): Item | undefined {
    return this.#byKind.get(kindOf(mode, whose))?.peek()
  }

  /** A lock was taken off the resource: nothing stays of a kind that was its alone. */
  forget({ granted, owner }: Item): void {
    if (granted === undefined) return
    for (const kind of [kindOf(granted, anybody), kindOf(granted, owner)]) {
      const orphans = this.#byKind.get(kind)
      if (orphans !== undefined && orphans.peek() === undefined) this.#byKind.delete(kind)
    }
  }
}

function orphansIn<Item extends Adoptable>(mode: LockMode): Schedule<Item> {
  return new Schedule(
    ({ orphan, ghost, placed, granted }) => orphan && !ghost && placed && granted === mode,
  )
}

function kindOf(mode: LockMode, whose: Whose): string {
  if (whose === anybody) return mode
  return whose === undefined ? `${mode}-` : `${mode}=${whose}`
}
