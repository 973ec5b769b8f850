import { parseArgs } from 'node:util'
import { cases, IN_FLIGHT } from './cases.ts'
import { type Measured, measure } from './measure.ts'

/** Lock and unlock pairs per second and their latency, next to an echo of the same bytes. */
interface Row extends Measured {
  readonly name: string
  readonly inFlight: number
  /** Pairs per second as a share of the case it is compared with. */
  readonly ratio?: number
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '1.5' },
  },
})
const forMs = Number(values.seconds) * 1_000
if (!(forMs > 0)) {
  process.stderr.write(`bench: --seconds ${values.seconds} must be a number above 0\n`)
  process.exit(64)
}

const rows: Row[] = []
for (const { name, against, open } of cases) {
  process.stderr.write(`${name} ...\n`)
  const opened = await open()
  for (const inFlight of IN_FLIGHT) {
    const { pair } = opened
    const measured = await measure({ inFlight, pair, forMs, warmUpMs: forMs / 3 })
    const base = rows.find((row) => row.name === against && row.inFlight === inFlight)
    const ratio = base === undefined ? {} : { ratio: measured.pairsPerSecond / base.pairsPerSecond }
    rows.push({ name, inFlight, ...measured, ...ratio })
  }
  await opened.close()
}
process.stdout.write(values.json ? `${JSON.stringify({ rows }, undefined, 2)}\n` : table(rows))
process.exit(0)

function table(all: readonly Row[]): string {
  const cells = all.map((row) => [
    row.name,
    String(row.inFlight),
    Math.round(row.pairsPerSecond).toLocaleString('en'),
    row.p50Ms.toFixed(3),
    row.p99Ms.toFixed(3),
    row.ratio === undefined ? '' : `${(row.ratio * 100).toFixed(0)} %`,
  ])
  const headings = ['', 'in flight', 'pairs/s', 'p50 ms', 'p99 ms', 'of echo']
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return `${[headings, ...cells].map(line).join('\n')}\n`
}
