import { type Arguments, forcedBy } from './args.ts'
import type { Plant } from './plants/plant.ts'
import { findPlant, plants } from './plants/plants.ts'
import { playSeeds } from './pool.ts'
import { createProgress } from './progress.ts'

interface Catch {
  readonly plant: Plant
  readonly seeds: number
  readonly seconds: number
  /** `undefined`: not found. */
  readonly checker: string | undefined
  readonly sentence: string
}

/** Plants one bug, or all one after the other; 0 when each was found. */
export async function hunt(options: Arguments, name: string): Promise<number> {
  const hunted = name === 'all' ? plants : [findPlant(name)]
  const catches: Catch[] = []
  for (const plant of hunted) {
    const caught = await huntOne(options, plant)
    catches.push(caught)
    if (!options.json) console.log(rowOf(caught))
  }
  if (options.json) console.log(JSON.stringify(catches))
  const missed = catches.filter(({ checker }) => checker === undefined)
  if (!options.json) console.log(`${catches.length - missed.length} of ${catches.length} found`)
  return missed.length === 0 ? 0 : 1
}

async function huntOne(options: Arguments, plant: Plant): Promise<Catch> {
  const startedAt = Date.now()
  const progress = createProgress()
  let played = 0
  let found: { checker: string; sentence: string } | undefined
  await playSeeds({
    ...options,
    plant: plant.name,
    forced: forcedBy({ ...options, schedule: options.schedule ?? plant.schedule }),
    onResult({ failure }) {
      played += 1
      found ??= failure
      progress.show(`${plant.name}: ${played} seeds`)
      return found === undefined
    },
  })
  progress.end()
  const seconds = (Date.now() - startedAt) / 1_000
  const sentence = found?.sentence.split('\n')[0] ?? ''
  return { plant, seeds: played, seconds, checker: found?.checker, sentence }
}

function rowOf({ plant, seeds, seconds, checker, sentence }: Catch): string {
  const how = checker === undefined ? 'NOT FOUND' : checker
  return `| ${plant.name} | ${plant.group} | ${seeds} | ${how} | ${seconds.toFixed(1)} | ${sentence} |`
}
