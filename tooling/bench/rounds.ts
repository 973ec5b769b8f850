/** The clock of a thread's processor time ticks every 4 ms: a round is a few of them, so that one alone says little. */
const runsPerRound = 2_000

export interface Timed {
  /** What is measured, with one number drawn for it before. */
  readonly run: (drawn: number) => void
}

/**
 * Processor time of one run of each, in µs: the mean of the middle half of its rounds. Rounds go over
 * all in turn, so that a busy moment of the machine meets them all.
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
  return new Map(rounds.map(({ each, times }) => [each, middleMean(times)]))
}

function roundMicroseconds({ run }: Timed, drawn: readonly number[]): number {
  // Processor time, so that a busy machine does not pass for a slow engine.
  const start = process.threadCpuUsage()
  for (const number of drawn) run(number)
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / drawn.length
}

function middleMean(times: readonly number[]): number {
  const quarter = Math.floor(times.length / 4)
  const middle = times.toSorted((a, b) => a - b).slice(quarter, times.length - quarter)
  return middle.reduce((sum, time) => sum + time, 0) / middle.length
}
