/**
 * The life of a world: warm-up, faults, a core that must serve while the rest stays broken, healing,
 * draining, and the checks at the end. Random faults without an end would hide every livelock; so
 * liveness is asked only after they have stopped, and then without mercy.
 */
import { Violation } from './checkers/checker.ts'
import {
  leftBehind,
  leftInTables,
  missingCompletion,
  missingRecovery,
  missingView,
} from './conditions.ts'
import { breakTheRest, type Core, chooseCore } from './core.ts'
import { adoptOrphans } from './heirs.ts'
import { runFaults } from './run-faults.ts'
import { askForService } from './service-probe.ts'
import { within } from './within.ts'
import type { World } from './world.ts'

export function live(world: World): void {
  const { options, simulation } = world
  simulation.run(options.warmUpMs)
  const endFaults = runFaults(world)
  simulation.run(simulation.now + options.faultMs)
  endFaults()
  liveAsCore(world)
  heal(world)
  drain(world)
  world.inspect()
  world.counts.events = simulation.events
  world.counts.simulatedMs = simulation.now
}

/** A quorum lives and is connected; everything else is broken for good. */
function liveAsCore(world: World): void {
  const core: Core = chooseCore(world)
  const mend = breakTheRest(world, core)
  expectView(world, core, 'the core that is left')
  world.simulation.run(world.simulation.now + world.options.coreMs)
  expectView(world, core, 'the core that is left, a while later')
  mend()
}

function heal(world: World): void {
  const everybody: Core = { nodes: world.nodes, isAll: true }
  for (const node of world.nodes) node.start()
  world.reconnectPeers()
  expectView(world, everybody, 'all nodes, healed')
  askForService(world)
}

function expectView(world: World, core: Core, who: string): void {
  const missing = (): string | undefined =>
    missingView(world, core.nodes) ?? missingRecovery(core.nodes)
  within(
    world,
    world.options.boundMs,
    missing,
    (what) => new Violation('service-returns', `${who}: ${what} after ${world.options.boundMs} ms`),
  )
}

/** Nobody asks for anything new; what is held is given up; in the end nothing is left. */
function drain(world: World): void {
  const { residents, options } = world
  for (const { workload } of residents) workload.settle()
  const endHeirs = adoptOrphans(world)
  const drainBoundMs = options.boundMs + 4 * options.workload.holdMs
  within(
    world,
    drainBoundMs,
    () => missingCompletion(world),
    (what) => new Violation('no-lost-waiter', `${what}, and nobody holds anything any more`),
  )
  world.closeSessions()
  within(
    world,
    drainBoundMs,
    () => leftBehind(world.nodes),
    (what) => new Violation('no-ghost-lock', `${what}, and an heir was there to adopt it`),
  )
  endHeirs()
  within(
    world,
    drainBoundMs,
    () => leftInTables(world.nodes),
    (what) => new Violation('no-ghost-lock', `${what}, and all sessions were closed`),
  )
}
