import { parseArgs } from 'node:util'
import type { ForcedOptions } from './draw/draw-options.ts'

export interface Arguments {
  /** How many seeds; for a plant, how many at most. */
  readonly seeds: number
  readonly from: number
  /** Only this one. */
  readonly seed: number | undefined
  readonly trace: boolean
  readonly shrink: boolean
  readonly plant: string | undefined
  readonly schedule: string | undefined
  /** Worlds of over a minute with the timing of production. */
  readonly long: boolean
  /** Worker processes. */
  readonly jobs: number
  readonly json: boolean
}

/** What the arguments say about each world. */
export function forcedBy({ schedule, long }: Arguments): ForcedOptions {
  return schedule === undefined ? { long } : { long, schedule }
}

/** The same, as arguments. */
export function forcedText({ schedule, long }: Arguments): string {
  return `${schedule === undefined ? '' : ` --schedule ${schedule}`}${long ? ' --long' : ''}`
}

export const usage = `pnpm swarm [--seeds N] [--from S] [--jobs 2] [--json]   play N worlds
pnpm swarm --seed S [--trace] [--shrink]               play one world, show its end
pnpm swarm --plant NAME [--seeds N]                    plant a bug; succeeds when it is found
pnpm swarm --plant all | --plant list                  all bugs, one after the other; their names
           --long                                      over a minute each, with the timing of production
           --schedule NAME                             every world runs this hand-written script`

export function readArguments(argv: readonly string[]): Arguments | { readonly error: string } {
  try {
    const { values } = parseArgs({
      args: [...argv].filter((argument) => argument !== '--'),
      options: {
        seeds: { type: 'string' },
        from: { type: 'string', default: '1' },
        seed: { type: 'string' },
        trace: { type: 'boolean', default: false },
        shrink: { type: 'boolean', default: false },
        plant: { type: 'string' },
        schedule: { type: 'string' },
        long: { type: 'boolean', default: false },
        jobs: { type: 'string', default: '2' },
        json: { type: 'boolean', default: false },
      },
    })
    const { trace, shrink, plant, schedule, long, json } = values
    const seeds = values.seeds ?? (plant === undefined ? '200' : '3000')
    return {
      seeds: wholeNumber('--seeds', seeds),
      from: wholeNumber('--from', values.from),
      seed: values.seed === undefined ? undefined : wholeNumber('--seed', values.seed),
      trace,
      shrink,
      plant,
      schedule,
      long,
      jobs: wholeNumber('--jobs', values.jobs),
      json,
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${option} takes a whole number from 1 up, not "${text}"`)
  }
  return value
}
