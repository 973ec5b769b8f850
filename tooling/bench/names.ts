/** What a lock costs, by how many others are held on names of their own; and the memory of those. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRandom } from '@holdfast/primitives'
import { LoneNode } from './lone-node.ts'
import { measureRounds } from './rounds.ts'
import { formatTable } from './table.ts'

export interface NameRow {
  readonly held: number
  /** For a request and an unlock of a name that was never used before, processor time. */
  readonly newName: number
  /** For a conversion of a held lock from NL to EX and back. */
  readonly conversion: number
  /** Of the heap, for each lock that is held. */
  readonly bytes: number
}

const sizes = [1_000, 100_000, 1_000_000]
/** So many names pass in one ms of the engine's clock; each stays for ten seconds after its unlock. */
const namesPerMs = 10

export function measureNames(forMs: number): readonly NameRow[] {
  const random = createRandom('bench names')
  const tables = sizes.map((size) => {
    process.stderr.write(`${size} names ...\n`)
    return createTable(size)
  })
  const timed = tables.flatMap((table) => [
    { table, column: 'newName', run: () => table.useNewName() },
    { table, column: 'conversion', run: (lock: number) => table.convert(lock) },
  ])
  const means = measureRounds(timed, ({ table }) => 1 + random.below(table.held), forMs)
  return tables.map((table) => {
    const of = (column: string): number => {
      const each = timed.find((one) => one.table === table && one.column === column)
      return (each && means.get(each)) ?? Number.NaN
    }
    const { held, bytes } = table
    return { held, newName: of('newName'), conversion: of('conversion'), bytes }
  })
}

export function nameTable(rows: readonly NameRow[]): string {
  const cells = rows.map(({ held, newName, conversion, bytes }) => [
    held.toLocaleString('en'),
    newName.toFixed(1),
    conversion.toFixed(1),
    bytes.toFixed(0),
  ])
  const titles = ['locks held', 'µs/new name', 'µs/conversion up and down', 'bytes/lock']
  return formatTable(titles, cells)
}

interface Table {
  readonly held: number
  readonly bytes: number
  useNewName(): void
  convert(lock: number): void
}

function createTable(held: number): Table {
  const before = heapBytes()
  const node = new LoneNode(held + 2)
  for (let name = 0; name < held; name += 1) {
    node.request({ name: `held-${name}`, mode: 'NL' }, 'granted')
  }
  const bytes = (heapBytes() - before) / held
  let names = 0
  return {
    held,
    bytes,
    useNewName() {
      names += 1
      node.now = names / namesPerMs
      node.unlock(node.request({ name: `new-${names}`, mode: 'EX' }, 'granted'), 'unlocked')
      node.tick()
    },
    convert(lock) {
      node.convert(lock, 'EX')
      node.convert(lock, 'NL')
    },
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
