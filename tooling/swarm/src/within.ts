import type { Millis } from '@holdfast/primitives'
import type { World } from './world.ts'

const POLL_MS = 25

/** Lets time pass until nothing is missing any more; fails when the bound is over. */
export function within(
  world: World,
  boundMs: Millis,
  missing: () => string | undefined,
  fault: (what: string) => Error,
): void {
  const { simulation } = world
  const end = simulation.now + boundMs
  for (;;) {
    const what = missing()
    if (what === undefined) return
    if (simulation.now >= end) throw fault(what)
    simulation.run(Math.min(end, simulation.now + POLL_MS))
  }
}
