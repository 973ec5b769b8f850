import type { LockMode } from '@holdfast/lock-engine/messages'
import type { MembershipTiming } from '@holdfast/membership'
import type { Random } from '@holdfast/primitives'
import type { WorkloadOptions } from '../client/workload.ts'
import type { SwarmOptions } from '../options.ts'
import { drawRate } from './draw-nodes.ts'

const allModes: readonly LockMode[] = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX']

const modeSets: readonly (readonly LockMode[])[] = [
  allModes,
  allModes,
  ['EX'],
  ['PR', 'EX'],
  ['PR', 'PR', 'PW'],
  ['CR', 'CW', 'PR', 'PW', 'EX'],
  ['CW', 'PR'],
]

export function drawClients(
  random: Random,
  timing: MembershipTiming,
): Pick<SwarmOptions, 'clients' | 'clientLatencyMs' | 'pingMs' | 'workload'> {
  const workload = drawWorkload(random)
  const workers = random.pick([2, 5, 8])
  const clients = Array.from({ length: workers + workload.keepers }, (_, index) => ({
    name: `c${index + 1}`,
    clockRate: drawRate(random, timing.rho),
    clockOffsetMs: random.below(1_000_000),
    keeper: index >= workers,
  }))
  return {
    clients,
    clientLatencyMs: random.pick([0, 0, 1, 20]),
    pingMs: timing.promiseMs / 4,
    workload,
  }
}

function drawWorkload(random: Random): WorkloadOptions {
  const often = (): number => random.pick([0, 5, 20, 60])
  const rarely = (): number => random.pick([0, 0, 2, 10])
  return {
    spaces: random.pick([['a'], ['a'], ['a', 'b']]),
    hotNames: random.pick([1, 1, 3]),
    coldNames: random.pick([1, 10, 100]),
    hotShare: random.pick([10, 50, 90]),
    thinkMs: random.pick([40, 150, 400]),
    holdMs: random.pick([5, 50, 300, 1_000]),
    locksMax: random.pick([1, 2, 5]),
    modes: random.pick(modeSets),
    noQueueShare: often(),
    useValueShare: random.pick([0, 50, 100]),
    notifyShare: random.pick([0, 50, 100]),
    convertShare: often(),
    queueFairShare: often(),
    cancelShare: rarely(),
    unlockPendingShare: rarely(),
    writeShare: random.pick([0, 50, 90]),
    invalidateShare: rarely(),
    giveWayShare: random.pick([0, 50, 100]),
    closeShare: random.pick([0, 0, 1]),
    keepers: random.pick([0, 0, 1, 2]),
  }
}
