import { Violation } from './checkers/checker.ts'
import { createCounts, type WorkCounts } from './counts.ts'
import { describeTrace } from './describe-trace.ts'
import { drawOptions, type ForcedOptions } from './draw/draw-options.ts'
import type { SwarmOptions } from './options.ts'
import { live } from './phases.ts'
import { findSchedule } from './schedules/schedules.ts'
import { createWorld, type World } from './world.ts'

export interface Failure {
  readonly checker: string
  readonly sentence: string
  /** In virtual ms. */
  readonly at: number
  readonly trace: readonly string[]
}

export interface SeedResult {
  readonly seed: number
  readonly options: SwarmOptions
  readonly counts: WorkCounts
  readonly digest: string
  readonly failure: Failure | undefined
}

export interface RunOptions extends ForcedOptions {
  /** How much of the end of a failing run is shown. Default 0. */
  readonly traceEntriesMax?: number
  /** Changes the drawn options: for shrinking. */
  readonly change?: (options: SwarmOptions) => SwarmOptions
}

/** Plays one world from its beginning to its end. Never throws for what the world does. */
export function runSeed(seed: number, given: RunOptions = {}): SeedResult {
  const drawn = prepare(drawOptions(seed, given))
  const options = given.change === undefined ? drawn : given.change(drawn)
  const world = createWorld(options, { traceEntriesMax: given.traceEntriesMax ?? 0 })
  const failure = findFailure(world)
  const counts = failure === undefined ? world.counts : { ...createCounts(), ...world.counts }
  return { seed, options, counts, digest: world.simulation.digest(), failure }
}

function prepare(options: SwarmOptions): SwarmOptions {
  const { schedule } = options
  return schedule === undefined ? options : findSchedule(schedule).prepare(options)
}

function findFailure(world: World): Failure | undefined {
  try {
    live(world)
    return undefined
  } catch (error) {
    const { simulation } = world
    world.counts.events = simulation.events
    world.counts.simulatedMs = simulation.now
    const trace = describeTrace(simulation.trace)
    if (error instanceof Violation) {
      return { checker: error.checker, sentence: error.message, at: simulation.now, trace }
    }
    const isError = error instanceof Error
    const checker = isError ? error.name : 'thrown'
    const sentence = isError ? (error.stack ?? error.message) : String(error)
    return { checker, sentence, at: simulation.now, trace }
  }
}
