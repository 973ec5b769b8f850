import type { MasterTable } from '../master/master-table.ts'
import type { Copy } from '../master/resource.ts'
import type { AskedFilter } from './query-messages.ts'

/**
 * What one node has yet to tell of its locks to somebody who asks for them by and by. It goes on where it
 * stopped, however many locks have come and gone: one that is there all the time comes exactly once.
 */
export class Scan {
  readonly filter: AskedFilter
  readonly #looks: Iterator<Copy | undefined>
  /** Was looked at, and found no room in the last answer. */
  #held: Copy | undefined

  constructor(masters: MasterTable, filter: AskedFilter) {
    this.filter = filter
    this.#looks = looksOf(masters, filter)
  }

  /** `undefined`: something was looked at that is no lock to tell. */
  next(): IteratorResult<Copy | undefined, void> {
    const value = this.#held
    if (value === undefined) return this.#looks.next()
    this.#held = undefined
    return { value, done: false }
  }

  /** It comes again, as the next one. */
  putBack(copy: Copy): void {
    this.#held = copy
  }
}

function* looksOf(
  masters: MasterTable,
  { key, holder }: AskedFilter,
): Generator<Copy | undefined, void> {
  if (key !== undefined) yield* [...(masters.resourceOf(key)?.copies() ?? [])]
  else if (holder !== undefined) yield* masters.copiesHeldBy(holder)
  else {
    for (const resource of masters.resources) {
      yield undefined
      yield* [...resource.copies()]
    }
  }
}

/** The scans that others may go on with, by number. The one unused for the longest time goes first. */
export class Scans {
  readonly #scans = new Map<number, Scan>()
  readonly #max: number
  #last = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Returns the number by which it can be taken, once. */
  keep(scan: Scan): number {
    this.#last += 1
    this.#scans.set(this.#last, scan)
    const [oldest] = this.#scans.keys()
    if (oldest !== undefined && this.#scans.size > this.#max) this.#scans.delete(oldest)
    return this.#last
  }

  take(number: number): Scan | undefined {
    const scan = this.#scans.get(number)
    this.#scans.delete(number)
    return scan
  }

  clear(): void {
    this.#scans.clear()
  }
}
