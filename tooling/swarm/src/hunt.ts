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

/** How much of a sentence a table has room for. */
const SENTENCE_MAX = 120

/** Plants one bug, or all one after the other; 0 when each was found. */
export async function hunt(options: Arguments, name: string): Promise<number> {
  const hunted = name === 'all' ? plants : [findPlant(name)]
  const catches: Catch[] = []
  if (!options.json && hunted.length > 1) {
    console.log(
      '| Bug | Group | Found after seeds | By | Seconds | How |\n| --- | --- | --- | --- | --- | --- |',
    )
  }
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

interface Find {
  readonly seed: number
  readonly checker: string
  readonly sentence: string
}

async function huntOne(options: Arguments, plant: Plant): Promise<Catch> {
  const startedAt = Date.now()
  const end = options.from + options.seeds
  let from = options.from
  let find: Find | undefined
  while (from < end && find === undefined) {
    const seen = await firstFailure({ ...options, from, seeds: end - from }, plant)
    if (seen === undefined) break
    from = seen.seed + 1
    // A seed that fails without the bug too has found something, but not this bug.
    const honest = await firstFailure({ ...options, from: seen.seed, seeds: 1 }, plant, true)
    if (honest === undefined) find = seen
  }
  const seconds = (Date.now() - startedAt) / 1_000
  const seeds = (find === undefined ? end : find.seed + 1) - options.from
  const sentence = find?.sentence.split('\n')[0] ?? ''
  return { plant, seeds, seconds, checker: find?.checker, sentence }
}

/** The first seed that fails; of those that were played at once, the smallest. */
async function firstFailure(
  options: Arguments,
  plant: Plant,
  withoutBug = false,
): Promise<Find | undefined> {
  const progress = createProgress()
  let find: Find | undefined
  await playSeeds({
    ...options,
    plant: withoutBug ? undefined : plant.name,
    forced: forcedBy({ ...options, schedule: options.schedule ?? plant.schedule }),
    onResult({ seed, failure }) {
      if (failure !== undefined && seed < (find?.seed ?? Number.POSITIVE_INFINITY)) {
        find = { seed, ...failure }
      }
      progress.show(`${plant.name}: seed ${seed}`)
      return find === undefined
    },
  })
  progress.end()
  return find
}

function rowOf({ plant, seeds, seconds, checker, sentence }: Catch): string {
  const how = checker === undefined ? 'NOT FOUND' : checker
  const told = sentence.length > SENTENCE_MAX ? `${sentence.slice(0, SENTENCE_MAX)} ...` : sentence
  return `| ${plant.name} | ${plant.group} | ${seeds} | ${how} | ${seconds.toFixed(1)} | ${told} |`
}
