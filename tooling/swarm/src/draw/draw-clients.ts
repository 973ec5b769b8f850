import type { LockMode } from '@holdfast/lock-engine/messages'
import type { MembershipTiming } from '@holdfast/membership'
import type { Random } from '@holdfast/primitives'
import {
  type Kind,
  kinds,
  type TermName,
  termNames,
  type WorkloadOptions,
} from '../client/behaviours/workload.ts'
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
  const count = random.pick([2, 5, 8])
  const clients = drawKinds(random, count, workload).map(({ kind, place }, index) => ({
    name: `c${index + 1}`,
    clockRate: drawRate(random, timing.rho),
    clockOffsetMs: random.below(1_000_000),
    kind,
    place,
  }))
  return {
    clients,
    clientLatencyMs: random.pick([0, 0, 1, 20]),
    pingMs: timing.promiseMs / 4,
    workload,
  }
}

/** Mostly workers; which other kinds there are is drawn for each world. */
function drawKinds(
  random: Random,
  count: number,
  { ringSize }: WorkloadOptions,
): readonly { readonly kind: Kind; readonly place: number }[] {
  const numbers: Readonly<Record<Kind, number>> = {
    worker: count,
    keeper: random.pick([0, 0, 1, 2]),
    gardener: random.pick([0, 0, 1, 3]),
    ringer: random.chance(1, 3) ? ringSize : 0,
    testator: random.pick([0, 0, 0, 2]),
  }
  const spared = numbers.gardener + numbers.ringer + numbers.testator
  const workers = Math.max(spared > 0 ? 1 : 2, count - spared)
  return kinds.flatMap((kind) => {
    const length = kind === 'worker' ? workers : numbers[kind]
    return Array.from({ length }, (_, place) => ({ kind, place }))
  })
}

function drawTermShares(random: Random): Readonly<Record<TermName, number>> {
  const none = random.chance(1, 3)
  const shares = termNames.map((name) => [name, none ? 0 : random.pick([0, 0, 5, 20])] as const)
  return Object.fromEntries(shares) as Record<TermName, number>
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
    rangeShare: random.pick([0, 0, 30, 90]),
    ownerShare: random.pick([0, 0, 10, 50]),
    aloneShare: random.pick([0, 0, 10, 50]),
    terms: drawTermShares(random),
    levels: random.pick([2, 3, 4]),
    ringSize: random.pick([2, 2, 3, 4, 5, 6]),
    ringMs: random.pick([100, 400]),
    ringBreakShare: random.pick([0, 0, 30]),
    ringOwnerShare: random.pick([0, 0, 50]),
    opened: random.chance(3, 4)
      ? {
          deadlockMs: random.pick([50, 150, 400]),
          mastering: random.pick(['directory', 'directory', 'hash']),
        }
      : undefined,
    leaveShare: random.pick([0, 0, 1]),
  }
}
