/** What a lock on a range costs, by how many ranges of the same resource are locked. */
import { createLockEngine, type EngineInput, type LockEngine } from '@holdfast/lock-engine'
import type { LockMode, LockRange, SessionEvent } from '@holdfast/lock-engine/messages'
import { createRandom, type Random } from '@holdfast/primitives'
import { formatTable } from './table.ts'

export interface RangeRow {
  readonly name: string
  /** Ranged locks that are held on the one resource. */
  readonly held: number
  /** Of the thread's processor time, for the two calls: the median of the rounds. */
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
const pairsPerRound = 500
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

/** Rounds go over all sizes and cases in turn, so that a busy moment of the machine meets them all. */
export function measureRanges(forMs: number): readonly RangeRow[] {
  const random = createRandom('bench ranges')
  const tables = sizes.map((size) => {
    process.stderr.write(`${size} ranges ...\n`)
    return new RangedTable(size, random)
  })
  const rounds = new Map<string, number[]>()
  const end = performance.now() + forMs * sizes.length * cases.length
  do {
    for (const table of tables) {
      for (const { name, pair } of cases) {
        const times = rounds.get(`${name} ${table.held}`) ?? []
        rounds.set(`${name} ${table.held}`, times)
        times.push(roundMicroseconds(table, pair, random))
      }
    }
  } while (performance.now() < end)
  return cases.flatMap(({ name }) => {
    const first = median(rounds.get(`${name} ${sizes[0]}`))
    return sizes.map((held) => {
      const microseconds = median(rounds.get(`${name} ${held}`))
      return { name, held, microseconds, ratio: microseconds / first }
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

function roundMicroseconds(table: RangedTable, pair: RangeCase['pair'], random: Random): number {
  const slots = Array.from({ length: pairsPerRound }, () => random.below(table.held))
  // Processor time, so that a busy machine does not pass for a slow engine.
  const start = process.threadCpuUsage()
  for (const slot of slots) pair(table, slot)
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / pairsPerRound
}

function median(times: readonly number[] = []): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
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

/** One engine that masters one resource, with every slot locked, in no order. */
class RangedTable {
  readonly held: number
  readonly #engine: LockEngine
  readonly #locks: number[]
  #number = 0

  constructor(held: number, random: Random) {
    this.held = held
    this.#engine = startAlone(held)
    this.#give({ kind: 'session-opened', session: 1, label: 'bench' })
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
    this.#number += 1
    const lock = this.#number
    const mode: LockMode = 'EX'
    const resource = { space: 'bench', name: 'ranges' }
    const flags = { noQueue: false, useValue: false, notify: false, alone: true, anyOrder: true }
    const call = { kind: 'request', call: lock, lock, resource, mode, range, ...flags } as const
    this.#expect(outcome, this.#give({ kind: 'call', session: 1, call }))
    return lock
  }

  unlock(lock: number, outcome: 'granted' | 'unlocked'): void {
    this.#number += 1
    const call = { kind: 'unlock', call: this.#number, lock } as const
    this.#expect(outcome, this.#give({ kind: 'call', session: 1, call }))
  }

  #give(input: EngineInput): readonly SessionEvent[] {
    this.#engine.handle(input, 0)
    return this.#engine.drain().flatMap((output) => (output.kind === 'event' ? [output.event] : []))
  }

  #expect(outcome: string | undefined, events: readonly SessionEvent[]): void {
    const ended = events.flatMap((event) => (event.kind === 'completion' ? [event.outcome] : []))
    if (outcome === undefined ? ended.length === 0 : ended.some((each) => each === outcome)) return
    throw new Error(`expected ${outcome ?? 'nothing'}, came ${ended.join(', ') || 'nothing'}`)
  }
}

function startAlone(locks: number): LockEngine {
  const room = locks + 2
  const engine = createLockEngine({ limits: { locksPerSessionMax: room, locksMax: room } })
  const self = { id: 1, joined: 1, eligible: true, weight: 1 }
  engine.install({ epoch: 1, settled: 0, self: self.id, members: [self], notes: [] })
  engine.resume()
  engine.activate()
  engine.open()
  return engine
}

function shuffled(count: number, random: Random): readonly number[] {
  const numbers = Array.from({ length: count }, (_, number) => number)
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    ;[numbers[last], numbers[other]] = [numbers[other] ?? 0, numbers[last] ?? 0]
  }
  return numbers
}
