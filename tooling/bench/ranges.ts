/** What a lock on a range costs, by how many ranges of the same resource are locked. */
import type { LockRange } from '@holdfast/lock-engine/messages'
import { createRandom, type Random } from '@holdfast/primitives'
import { LoneNode } from './lone-node.ts'
import { measureRounds } from './rounds.ts'
import { formatTable } from './table.ts'

export interface RangeRow {
  readonly name: string
  /** Ranged locks that are held on the one resource. */
  readonly held: number
  /** Of the thread's processor time, for the two calls: the mean of the middle half of the rounds. */
  readonly microseconds: number
  /** Against the same with the fewest locks. */
  readonly ratio: number
}

interface RangeCase {
  readonly name: string
  /** Both calls of one pair. `slot` is one of those that are held. */
  readonly pair: (table: RangedTable, slot: number) => void
}

const sizes = [10, 1_000, 100_000]
const slotLength = 20n

const cases: readonly RangeCase[] = [
  {
    name: 'lock a free range, unlock it',
    pair: (table, slot) => {
      const lock = table.request(gapBehind(slot), 'granted')
      table.unlock(lock, 'unlocked')
    },
  },
  {
    name: 'wait for a range in use, give up',
    pair: (table, slot) => {
      const lock = table.request(heldIn(slot), undefined)
      table.unlock(lock, 'unlocked')
    },
  },
  {
    name: 'wait for a range in use, get it',
    pair: (table, slot) => {
      const next = table.request(heldIn(slot), undefined)
      table.unlock(table.lockIn(slot), 'granted')
      table.put(slot, next)
    },
  },
]

export function measureRanges(forMs: number): readonly RangeRow[] {
  const random = createRandom('bench ranges')
  const tables = sizes.map((size) => {
    process.stderr.write(`${size} ranges ...\n`)
    return new RangedTable(size, random)
  })
  const timed = tables.flatMap((table) =>
    cases.map(({ name, pair }) => ({ name, table, run: (slot: number) => pair(table, slot) })),
  )
  const draw = ({ table }: { readonly table: RangedTable }): number => random.below(table.held)
  const means = measureRounds(timed, draw, forMs)
  return cases.flatMap(({ name }) => {
    const rows = timed.filter((each) => each.name === name)
    const [first = Number.NaN] = rows.map((each) => means.get(each) ?? Number.NaN)
    return rows.map((each) => {
      const microseconds = means.get(each) ?? Number.NaN
      return { name, held: each.table.held, microseconds, ratio: microseconds / first }
    })
  })
}

export function rangeTable(rows: readonly RangeRow[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.held.toLocaleString('en'),
    row.microseconds.toFixed(1),
    row.ratio.toFixed(2),
  ])
  return formatTable(['', 'locks held', 'µs/pair', 'ratio'], cells)
}

/** Slots are far enough apart for a free range of the same length between them. */
function heldIn(slot: number): LockRange {
  const start = BigInt(slot) * slotLength
  return { start, end: start + slotLength / 2n - 1n }
}

function gapBehind(slot: number): LockRange {
  const start = BigInt(slot) * slotLength + slotLength / 2n
  return { start, end: start + slotLength / 2n - 1n }
}

/** One node that masters one resource, with every slot locked, in no order. */
class RangedTable {
  readonly held: number
  readonly #node: LoneNode
  readonly #locks: number[]

  constructor(held: number, random: Random) {
    this.held = held
    this.#node = new LoneNode(held + 2)
    this.#locks = Array.from({ length: held }, () => 0)
    for (const slot of shuffled(held, random)) {
      this.#locks[slot] = this.request(heldIn(slot), 'granted')
    }
  }

  lockIn(slot: number): number {
    return this.#locks[slot] ?? 0
  }

  put(slot: number, lock: number): void {
    this.#locks[slot] = lock
  }

  /** `outcome` is what some call must end with at once; `undefined`: nothing may end. */
  request(range: LockRange, outcome: 'granted' | undefined): number {
    return this.#node.request({ name: 'ranges', mode: 'EX', range, anyOrder: true }, outcome)
  }

  unlock(lock: number, outcome: 'granted' | 'unlocked'): void {
    this.#node.unlock(lock, outcome)
  }
}

function shuffled(count: number, random: Random): readonly number[] {
  const numbers = Array.from({ length: count }, (_, number) => number)
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    ;[numbers[last], numbers[other]] = [numbers[other] ?? 0, numbers[last] ?? 0]
  }
  return numbers
}
