/** One lock and its unlock, or what stands for them. */
export type Pair = (lane: number) => Promise<void>

export interface Measured {
  readonly pairsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly pairs: number
}

export interface MeasureOptions {
  /** How many pairs are under way at any time. */
  readonly inFlight: number
  readonly warmUpMs: number
  readonly forMs: number
  readonly pair: Pair
}

/** Runs pairs, `inFlight` at a time, each lane one after the other. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  await runLanes(options, options.warmUpMs)
  const startedAt = performance.now()
  const latencies = await runLanes(options, options.forMs)
  const seconds = (performance.now() - startedAt) / 1_000
  latencies.sort((a, b) => a - b)
  return {
    pairs: latencies.length,
    pairsPerSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  }
}

async function runLanes({ inFlight, pair }: MeasureOptions, forMs: number): Promise<number[]> {
  const latencies: number[] = []
  const end = performance.now() + forMs
  const lane = async (number: number): Promise<void> => {
    for (let from = performance.now(); from < end; ) {
      await pair(number)
      const now = performance.now()
      latencies.push(now - from)
      from = now
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, number) => lane(number)))
  return latencies
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
