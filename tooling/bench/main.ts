import { parseArgs } from 'node:util'
import { measureNames, nameTable } from './names.ts'
import { measurePairs, pairTable } from './pairs.ts'
import { measureRanges, rangeTable } from './ranges.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '1.5' },
  },
})
const [what = 'pairs'] = positionals
const forMs = Number(values.seconds) * 1_000
if (!(forMs > 0)) stop(`--seconds ${values.seconds} must be a number above 0`)

if (what === 'pairs') print(await measurePairs(forMs), pairTable)
else if (what === 'ranges') print(measureRanges(forMs), rangeTable)
else if (what === 'names') print(measureNames(forMs), nameTable)
else stop(`${what} is not measured: there are pairs, ranges and names`)
process.exit(0)

function print<Row>(rows: readonly Row[], table: (rows: readonly Row[]) => string): void {
  process.stdout.write(values.json ? `${JSON.stringify({ rows }, undefined, 2)}\n` : table(rows))
}

function stop(fault: string): never {
  process.stderr.write(`bench: ${fault}\n`)
  process.exit(64)
}
