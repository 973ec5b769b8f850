import { faults } from './faults/faults.ts'
import type { FaultWindow } from './options.ts'
import { findSchedule } from './schedules/schedules.ts'
import type { World } from './world.ts'

/** Schedules all faults of the world from now on. Returns how to end those that still last. */
export function runFaults(world: World): () => void {
  const running = new Set<() => void>()
  const begin = (window: FaultWindow): void => {
    const random = world.simulation.random(window.label)
    const end = faults[window.name](world, random)
    if (end === undefined) return
    world.counts.faults[window.name] = (world.counts.faults[window.name] ?? 0) + 1
    world.simulation.trace.add(world.simulation.now, 'fault', window.name, { for: window.lengthMs })
    running.add(end)
    world.simulation.after(window.lengthMs, () => {
      if (running.delete(end)) end()
    })
  }
  const { schedule } = world.options
  const script = schedule === undefined ? undefined : findSchedule(schedule)
  const endScript = script?.run(world, world.simulation.random(`schedule ${schedule}`))
  if (script === undefined) {
    for (const window of world.options.faults) {
      world.simulation.after(window.atMs, () => begin(window))
    }
  }
  return () => {
    endScript?.()
    for (const end of running) end()
    running.clear()
    for (const node of world.nodes) node.resume({ first: { kind: 'clock-jumped' } })
  }
}
