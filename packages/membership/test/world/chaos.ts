import { isQuorum, type MembershipTiming, TIMING_FAST } from '@holdfast/membership'
import { createRandom, type Random } from '@holdfast/primitives'
import { createInvariants } from './invariants.ts'
import { createWorld, type HostOptions, type World } from './world.ts'

/** A random cluster under random faults, all derived from one seed. */
export interface ChaosOptions {
  readonly seed: number
  readonly rho?: number
  /** Quarter of the runs by default: which faults are tried is itself drawn from the seed. */
  readonly focus?: 'restarts' | 'one-cut' | 'suspend' | 'electorate'
  readonly forMs?: number
}

export interface ChaosResult {
  readonly views: number
  readonly evictions: number
  readonly recoveredMs: number | undefined
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

export function runChaos(options: ChaosOptions): ChaosResult {
  const random = createRandom(`chaos ${options.seed}`)
  const rho = options.rho ?? random.pick([0.0005, 0.01, 0.05])
  const timing: MembershipTiming = { ...TIMING_FAST, rho, guardMs: 2 }
  const world = createChaosWorld(options.seed, random, timing)
  for (const node of world.options.genesis) world.start(node)
  world.run(1500)
  const faults = faultsFor(world, random, options)
  const end = world.now + (options.forMs ?? 12_000)
  while (world.now < end) {
    world.run(20 + random.below(options.focus === 'restarts' ? 300 : 900))
    random.pick(faults)()
  }
  return calmDown(world)
}

function createChaosWorld(seed: number, random: Random, timing: MembershipTiming): World {
  const size = 1 + random.below(5)
  const genesis = NAMES.slice(0, size)
  const votes: Record<string, number> = {}
  const hosts: Record<string, HostOptions> = {}
  const isWeighted = random.chance(1, 3)
  for (const node of NAMES.slice(0, Math.min(7, size + random.below(3)))) {
    votes[node] = isWeighted ? 1 + random.below(3) : 1
    // Clocks run exactly at their bounds: slack hides bugs.
    const rate = 1 + random.pick([-1, 0, 1]) * timing.rho
    const isLate = !genesis.includes(node)
    hosts[node] = { votes: isLate && random.chance(1, 2) ? 0 : (votes[node] ?? 1), rate }
  }
  const isSlow = random.chance(1, 4)
  return createWorld(
    {
      seed: `chaos ${seed}`,
      timing,
      genesis,
      votes,
      hosts,
      ...(random.chance(1, 3) ? { tieBreaker: random.pick(genesis) } : {}),
      lossPercent: random.pick([0, 0, 2, 15]),
      repeatPercent: random.pick([0, 5, 30]),
      delayMs: isSlow ? [0.5, 400] : [0.5, random.pick([1, 20, 80])],
      storeMs: random.pick<[number, number]>([
        [0.5, 1],
        [1, 30],
        [0, 120],
      ]),
    },
    [createInvariants()],
  )
}

function faultsFor(world: World, random: Random, options: ChaosOptions): (() => void)[] {
  const names = [...world.hosts.keys()]
  const anyOf = (): string => random.pick(names)
  const isUp = (node: string): boolean =>
    world.host(node).process?.ended === undefined && world.host(node).process !== undefined
  let hasLostDisk = false
  const start = (): void => {
    const node = anyOf()
    const mayLose = !hasLostDisk && random.chance(1, 8) && isSpare(world, node)
    if (!isUp(node) && mayLose) hasLostDisk = true
    if (!isUp(node)) world.start(node, mayLose ? { disk: 'lost' } : {})
  }
  const crash = (): void => world.crash(anyOf())
  const restart = (): void => {
    const node = anyOf()
    world.crash(node)
    world.at(random.below(60), () => {
      if (!isUp(node)) world.start(node)
    })
  }
  const pause = (): void => {
    const node = anyOf()
    if (isUp(node)) world.pause(node, 50 + random.below(2500))
  }
  const suspend = (): void => {
    const node = anyOf()
    if (isUp(node)) world.pause(node, 500 + random.below(4000), 'suspend')
  }
  const cutOne = (): void => world.cut(anyOf(), anyOf())
  const isolate = (): void => world.isolate(anyOf())
  const heal = (): void => world.healAll()
  const leave = (): void => {
    const node = anyOf()
    if (!isUp(node)) return
    world.input(node, { kind: 'leave', permanent: random.chance(1, 4) })
    world.at(random.below(900), () => {
      if (isUp(node)) world.input(node, { kind: 'handed-over' })
    })
  }
  const propose = (): void => {
    const node = anyOf()
    const notes = Array.from({ length: random.below(4) }, () => `${node} ${random.below(100)}`)
    if (isUp(node)) world.input(node, { kind: 'propose', notes })
  }
  const reviveAll = (): void => {
    for (const node of names) if (!isUp(node)) world.start(node)
  }
  if (options.focus === 'restarts')
    return [restart, restart, restart, cutOne, heal, reviveAll, propose]
  if (options.focus === 'one-cut') return [cutOne, heal, reviveAll, restart, pause]
  if (options.focus === 'suspend') return [suspend, suspend, reviveAll, heal, isolate]
  if (options.focus === 'electorate') return [leave, start, reviveAll, crash, pause, start, propose]
  const everything = [crash, restart, pause, suspend, cutOne, isolate, leave, start]
  // Swarm testing: each run tries some of the faults often, instead of all of them rarely.
  const chosen = everything.filter(() => random.chance(1, 2))
  return [...chosen, heal, reviveAll, start, restart, propose]
}

/**
 * True when a quorum of what the other disks know is left without this one; a cluster that lost more
 * needs its operator. This disk may be the only one that has the newest view.
 */
function isSpare(world: World, node: string): boolean {
  const rest = [...world.hosts.values()].filter((host) => host.node !== node)
  const views = rest.flatMap((host) => host.disk?.view ?? [])
  const newest = views.sort((a, b) => b.epoch - a.epoch)[0]
  if (newest === undefined) return false
  const others = newest.voters.map((voter) => voter.node).filter((name) => name !== node)
  return isQuorum(newest, others)
}

/** I12: when faults stop, the cluster finds itself again (if its disks still hold a quorum). */
function calmDown(world: World): ChaosResult {
  world.healAll()
  world.lossPercent = 0
  world.delayMs = [0.5, 1]
  world.storeMs = [0.5, 1]
  world.run(4500)
  const recoveredMs = world.runUntil(() => {
    for (const host of world.hosts.values()) {
      const { process } = host
      if (process === undefined || process.ended !== undefined) world.start(host.node)
    }
    return isWhole(world)
  }, 60_000)
  const epochs = world.processes.flatMap((process) => process.views.map((view) => view.epoch))
  return {
    views: Math.max(0, ...epochs),
    evictions: world.processes.filter((process) => process.ended === 'evicted').length,
    recoveredMs,
  }
}

function isWhole(world: World): boolean {
  for (const host of world.hosts.values()) {
    const { process } = host
    if (process === undefined || process.ended !== undefined) return false
    if (!world.mayTakeOver(process)) return false
    if (process.machine.view?.members.length !== world.hosts.size) return false
  }
  return true
}
