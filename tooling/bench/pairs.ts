import { cases, IN_FLIGHT } from './cases.ts'
import { type Measured, measure } from './measure.ts'
import { formatTable } from './table.ts'

/** Lock and unlock pairs per second and their latency, next to an echo of the same bytes. */
export interface PairRow extends Measured {
  readonly name: string
  readonly inFlight: number
  /** Pairs per second as a share of the case it is compared with. */
  readonly ratio?: number
}

export async function measurePairs(forMs: number): Promise<readonly PairRow[]> {
  const rows: PairRow[] = []
  for (const { name, against, open } of cases) {
    process.stderr.write(`${name} ...\n`)
    const opened = await open()
    for (const inFlight of IN_FLIGHT) {
      const { pair } = opened
      const measured = await measure({ inFlight, pair, forMs, warmUpMs: forMs / 3 })
      const base = rows.find((row) => row.name === against && row.inFlight === inFlight)
      const ratio =
        base === undefined ? {} : { ratio: measured.pairsPerSecond / base.pairsPerSecond }
      rows.push({ name, inFlight, ...measured, ...ratio })
    }
    await opened.close()
  }
  return rows
}

export function pairTable(rows: readonly PairRow[]): string {
  const cells = rows.map((row) => [
    row.name,
    String(row.inFlight),
    Math.round(row.pairsPerSecond).toLocaleString('en'),
    row.p50Ms.toFixed(3),
    row.p99Ms.toFixed(3),
    row.ratio === undefined ? '' : `${(row.ratio * 100).toFixed(0)} %`,
  ])
  return formatTable(['', 'in flight', 'pairs/s', 'p50 ms', 'p99 ms', 'of echo'], cells)
}
