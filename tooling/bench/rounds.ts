/** The clock of processor time ticks in milliseconds: a round must be many of them. */
const runsPerRound = 2_000

export interface Timed {
  /** What is measured, with one number drawn for it before. */
  readonly run: (drawn: number) => void
}

/**
 * Processor time of one run of each, in µs: the median of its rounds. Rounds go over all in turn, so
 * that a busy moment of the machine meets them all.
 */
export function measureRounds<Each extends Timed>(
  all: readonly Each[],
  draw: (each: Each) => number,
  forMs: number,
): ReadonlyMap<Each, number> {
  const rounds = all.map((each) => ({ each, times: [] as number[] }))
  const end = performance.now() + forMs * all.length
  do {
    for (const { each, times } of rounds) {
      const drawn = Array.from({ length: runsPerRound }, () => draw(each))
      times.push(roundMicroseconds(each, drawn))
    }
  } while (performance.now() < end)
  return new Map(rounds.map(({ each, times }) => [each, median(times)]))
}

function roundMicroseconds({ run }: Timed, drawn: readonly number[]): number {
  // Processor time, so that a busy machine does not pass for a slow engine.
  const start = process.threadCpuUsage()
  for (const number of drawn) run(number)
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / drawn.length
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}
