import { type Arguments, forcedBy, forcedText } from './args.ts'
import { addCounts, createCounts } from './counts.ts'
import { drawOptions } from './draw/draw-options.ts'
import { playSeeds } from './pool.ts'
import { createProgress } from './progress.ts'
import { findIdleness, reportLines } from './report.ts'
import { showOptions } from './shown-options.ts'
import type { FromWorker } from './worker-messages.ts'

type Played = Extract<FromWorker, { kind: 'played' }>

/** A run with more failures than this is not worth going on with. */
const FAILURES_MAX = 10

/** Plays many seeds; 0 when none failed and enough was done. */
export async function sweep(options: Arguments): Promise<number> {
  const counts = createCounts()
  const failures: Played[] = []
  const progress = createProgress()
  const startedAt = Date.now()
  let played = 0
  let cpuMs = 0
  await playSeeds({
    ...options,
    plant: undefined,
    forced: forcedBy(options),
    onResult(result) {
      played += 1
      cpuMs += result.cpuMs
      addCounts(counts, result.counts)
      if (result.failure !== undefined) failures.push(result)
      const rate = (1_000 * played) / (Date.now() - startedAt)
      progress.show(
        `swarm: ${played} of ${options.seeds} seeds, ${rate.toFixed(1)} per second, ${failures.length} failed`,
      )
      return failures.length < FAILURES_MAX
    },
  })
  progress.end()
  const realMs = Date.now() - startedAt
  const idleness = failures.length === 0 ? findIdleness(counts, played, options.schedule) : []
  if (options.json) {
    console.log(JSON.stringify({ played, realMs, cpuMs, counts, failures, idleness }))
  } else {
    for (const failure of failures) showFailure(failure, options)
    for (const line of reportLines(counts, played, { realMs, cpuMs })) console.log(line)
    for (const sentence of idleness) console.log(`too little work: ${sentence}`)
    console.log(failures.length === 0 ? 'no violation' : `${failures.length} seeds failed`)
  }
  return failures.length === 0 && idleness.length === 0 ? 0 : 1
}

function showFailure({ seed, failure }: Played, options: Arguments): void {
  if (failure === undefined) return
  console.log(`seed ${seed} violates ${failure.checker}: ${failure.sentence}`)
  for (const line of showOptions(drawOptions(seed, forcedBy(options)))) console.log(`  ${line}`)
  console.log(`  replay: pnpm swarm --seed ${seed}${forcedText(options)} --trace\n`)
}
