import type { MembershipTiming } from '@holdfast/membership'
import type { Millis, Random } from '@holdfast/primitives'
import { drawExponential, drawWithin } from '@holdfast/simulator'
import { type FaultName, faultNames } from '../faults/names.ts'
import type { FaultWindow } from '../options.ts'

/** Which kinds exist in this world, how often faults come, and how long they last. */
export function drawFaults(
  random: Random,
  world: { readonly timing: MembershipTiming; readonly lengthMs: Millis },
): readonly FaultWindow[] {
  const names = drawNames(random)
  if (names.length === 0) return []
  const { promiseMs } = world.timing
  const meanGapMs = promiseMs * random.pick([0.3, 1, 1, 3])
  const lengths = random.pick([
    [0.02, 0.2],
    [0.3, 1.5],
    [0.02, 0.3, 1, 1, 3],
  ])
  const windows: FaultWindow[] = []
  for (let at = 0; at < world.lengthMs; at += 20 + drawExponential(random, meanGapMs)) {
    const lengthMs = drawWithin(random, 2 * promiseMs * random.pick(lengths))
    windows.push({ name: random.pick(names), atMs: at, lengthMs, label: `fault ${windows.length}` })
  }
  return windows
}

function drawNames(random: Random): readonly FaultName[] {
  const share = random.pick([0, 1, 3, 6, 10])
  if (random.chance(1, 6)) return [random.pick(faultNames)]
  return faultNames.filter(() => random.chance(share, 10))
}
