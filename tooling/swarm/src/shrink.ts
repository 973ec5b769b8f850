import type { FaultWindow, SwarmOptions } from './options.ts'
import type { SeedResult } from './run-seed.ts'

type Change = (options: SwarmOptions) => SwarmOptions

/** Runs a failing seed costs at most. */
const TRIES_MAX = 120

/**
 * Drops fault windows as long as the same property stays violated: halves first, then one by one.
 * Each fault has a stream of chance of its own, so the others stay what they were.
 */
export function shrink(
  failing: SeedResult,
  play: (change: Change) => SeedResult,
): readonly string[] {
  let kept: readonly FaultWindow[] = failing.options.faults
  let tries = 0
  const stillFails = (faults: readonly FaultWindow[]): boolean => {
    tries += 1
    const { failure } = play((options) => ({ ...options, faults }))
    return failure?.checker === failing.failure?.checker
  }
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < kept.length && tries < TRIES_MAX; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (stillFails(without)) kept = without
      else at += size
    }
  }
  return [
    `shrunk to ${kept.length} of ${failing.options.faults.length} faults in ${tries} runs:`,
    ...kept.map(
      ({ name, atMs, lengthMs }) => `  ${name} at ${atMs.toFixed(0)} for ${lengthMs.toFixed(0)} ms`,
    ),
  ]
}
