import type { MembershipTiming } from '@holdfast/membership'
import { createRandom, type Millis, type Random } from '@holdfast/primitives'
import type { DiskBehaviour } from '@holdfast/simulator'
import type { SwarmOptions } from '../options.ts'
import { scheduleNames } from '../schedules/schedule-names.ts'
import { drawClients } from './draw-clients.ts'
import { drawFaults } from './draw-faults.ts'
import { drawNodes } from './draw-nodes.ts'
import { drawPath, drawTiming } from './draw-timing.ts'

/** Of so many worlds one is hand-written. */
const SCHEDULED_ONE_IN = 5

export interface ForcedOptions {
  /** Instead of what the seed says. */
  readonly schedule?: string
  /** The profiles of production and over a simulated minute, instead of short and dense. */
  readonly long?: boolean
}

export function drawOptions(seed: number, forced: ForcedOptions = {}): SwarmOptions {
  const random = createRandom(`${seed}/options`)
  const long = forced.long ?? false
  const timing = drawTiming(random.fork('timing'), long)
  const schedule = forced.schedule ?? drawSchedule(random.fork('schedule'))
  const cluster = drawNodes(random.fork('nodes'), timing.rho)
  const path = drawPath(random.fork('path'), timing)
  const faultMs = Math.max(timing.promiseMs * random.pick([6, 8]), long ? 40_000 : 4_000)
  const faults = drawFaults(random.fork('faults'), { timing, lengthMs: faultMs })
  return {
    seed,
    ...cluster,
    timing,
    nodeLimits: {
      sessionLeaseMs: timing.promiseMs * random.pick([1, 2, 4]),
      drainMs: timing.promiseMs * random.pick([0.5, 2]),
    },
    path,
    disk: drawDisk(random.fork('disk')),
    timerLateMs: random.pick([0.01, 0.1, 1, 5]),
    codec: random.chance(1, 10),
    split: random.chance(1, 4),
    ...drawClients(random.fork('clients'), timing),
    warmUpMs: 200 + timing.promiseMs * 1.5,
    faultMs,
    coreMs: timing.promiseMs / 2,
    faults,
    calm: faults.length === 0 && schedule === undefined && path.lossPerMille === 0,
    schedule,
    boundMs: boundOf(timing),
  }
}

function drawSchedule(random: Random): string | undefined {
  return random.chance(1, SCHEDULED_ONE_IN) ? random.pick(scheduleNames) : undefined
}

function drawDisk(random: Random): DiskBehaviour {
  const maxMs = random.pick([0.5, 5, 40])
  return { latency: { kind: 'uniform', minMs: maxMs / 10, maxMs }, failurePerMille: 0 }
}

/**
 * Generous on purpose, since it is asked after the worst of faults: several elections that fail, a
 * view for each member that is missed, and for each the wait for the leases of those who are out.
 */
function boundOf(timing: MembershipTiming): Millis {
  const { electionMs, suspectMs, promiseMs, installMs } = timing
  return 2_000 + 6 * electionMs + 3 * suspectMs + 4 * promiseMs + 4 * installMs
}
