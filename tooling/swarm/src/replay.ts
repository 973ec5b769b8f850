import { type Arguments, forcedBy } from './args.ts'
import { plantBug } from './plants/plant-bug.ts'
import { findPlant } from './plants/plants.ts'
import { showOptions } from './shown-options.ts'
import { shrink } from './shrink.ts'

const TRACE_ENTRIES_MAX = 400

/** Plays one seed and shows it; 0 when nothing was violated. */
export async function replay(options: Arguments, seed: number): Promise<number> {
  if (options.plant !== undefined) plantBug(findPlant(options.plant))
  // Loaded only now, so that a planted bug is in place before its file is.
  const { runSeed } = await import('./run-seed.ts')
  const given = {
    ...forcedBy(options),
    traceEntriesMax: options.trace ? TRACE_ENTRIES_MAX : 0,
  }
  const result = runSeed(seed, given)
  const { failure, counts, digest } = result
  if (options.json) {
    console.log(JSON.stringify({ seed, digest, counts, failure }))
    return failure === undefined ? 0 : 1
  }
  console.log(`seed ${seed}`)
  for (const line of showOptions(result.options)) console.log(`  ${line}`)
  for (const line of failure?.trace ?? []) console.log(line)
  console.log(`${counts.events} events, ${counts.grants} grants, ${counts.viewChanges} views`)
  console.log(`digest ${digest}`)
  if (failure === undefined) {
    console.log('no violation')
    return 0
  }
  console.log(`violates ${failure.checker} at ${failure.at.toFixed(3)} ms: ${failure.sentence}`)
  if (options.shrink) {
    for (const line of shrink(result, (change) => runSeed(seed, { ...given, change }))) {
      console.log(line)
    }
  }
  return 1
}
