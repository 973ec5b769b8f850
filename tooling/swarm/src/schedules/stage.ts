/** What the scripts are written with. */
import type { Millis, NodeName, Random } from '@holdfast/primitives'
import { type Flight, isolate, type Rule } from '@holdfast/simulator'
import { missingView } from '../conditions.ts'
import type { Carried } from '../packet-path.ts'
import type { World } from '../world.ts'
import type { WorldNode } from '../world-node.ts'

/** How often a script looks whether its moment has come. */
const LOOK_MS = 0.5

export interface Stage {
  readonly world: World
  readonly random: Random
  /** The length of a promise: the unit of time of all scripts. */
  readonly promiseMs: Millis
  /** Until the end of the round. */
  install(rule: Rule<unknown>): void
  /** Loses messages of these kinds on their way. */
  lose(kinds: readonly string[], way: Way): void
  /** Messages of these kinds arrive at once, and once more that much later. */
  repeatLate(kinds: readonly string[], how: { from: WorldNode; lateMs: Millis }): void
  /** Loses the link parts of what a node sends, and nothing else. */
  loseLink(from: WorldNode, until: () => boolean): void
  isolate(node: WorldNode): void
  /** Once, as soon as it holds, unless the round is over by then. */
  when(holds: () => boolean, action: () => void): void
  after(delay: Millis, action: () => void): void
  /** The process dies and starts again before anybody can have noticed. */
  restart(node: WorldNode): void
  /** Who leads, as most see it. */
  leader(): WorldNode | undefined
  others(...but: (WorldNode | undefined)[]): readonly WorldNode[]
}

export interface Way {
  readonly from?: WorldNode
  readonly to?: WorldNode
  /** From then on nothing is lost any more. */
  readonly until?: () => boolean
}

/** Plays the round whenever the world has come to rest; cleans up behind it. */
export function playRounds(
  world: World,
  random: Random,
  options: { readonly lengthMs: Millis; readonly round: (stage: Stage) => void },
): () => void {
  const { simulation } = world
  let cleanUps: (() => void)[] = []
  let round = 0
  let over = false

  const cleanUp = (): void => {
    round += 1
    for (const undo of cleanUps) undo()
    cleanUps = []
    for (const node of world.nodes) if (node.starts > 0) node.start()
    world.reconnectPeers()
  }
  const awaitRest = (): void => {
    if (over) return
    const started = world.nodes.filter((node) => node.starts > 0)
    if (missingView(world, started) !== undefined) {
      simulation.after(LOOK_MS * 10, awaitRest)
      return
    }
    const stage = createStage({ world, random, cleanUps, isOver: roundCheck() })
    world.counts.rounds += 1
    simulation.trace.add(simulation.now, 'script', 'round', undefined)
    options.round(stage)
    simulation.after(options.lengthMs, () => {
      cleanUp()
      awaitRest()
    })
  }
  const roundCheck = (): (() => boolean) => {
    const own = round
    return () => over || round !== own
  }
  awaitRest()
  return () => {
    over = true
    cleanUp()
    for (const node of world.nodes) node.start()
  }
}

interface StageSetup {
  readonly world: World
  readonly random: Random
  readonly cleanUps: (() => void)[]
  readonly isOver: () => boolean
}

function createStage({ world, random, cleanUps, isOver }: StageSetup): Stage {
  const { simulation } = world
  const install = (rule: Rule<unknown>): void =>
    void cleanUps.push(simulation.network.install(rule))
  const after = (delay: Millis, action: () => void): void =>
    simulation.after(delay, () => {
      if (!isOver()) action()
    })
  const when = (holds: () => boolean, action: () => void): void => {
    if (holds()) action()
    else after(LOOK_MS, () => when(holds, action))
  }
  return {
    world,
    random,
    promiseMs: world.options.timing.promiseMs,
    install,
    lose: (kinds, way) => install(losing(kinds, way)),
    repeatLate: (kinds, { from, lateMs }) =>
      install((flight) =>
        flight.from === from.name && carries(flight, kinds) ? { delaysMs: [1, lateMs] } : 'pass',
      ),
    loseLink: (from, until) =>
      install((flight) =>
        flight.from === from.name && !until() && hasLink(flight) ? 'drop' : 'pass',
      ),
    isolate: (node) => install(isolate(node.name)),
    when,
    after,
    restart(node) {
      node.crash()
      after(0.1, () => node.start())
    },
    leader: () => leaderOf(world),
    others: (...but) => world.nodes.filter((node) => node.starts > 0 && !but.includes(node)),
  }
}

function losing(kinds: readonly string[], { from, to, until }: Way): Rule<unknown> {
  return (flight) => {
    if (until?.() === true) return 'pass'
    if (from !== undefined && flight.from !== from.name) return 'pass'
    if (to !== undefined && flight.to !== to.name) return 'pass'
    return carries(flight, kinds) ? 'drop' : 'pass'
  }
}

function carries({ packet }: Flight<unknown>, kinds: readonly string[]): boolean {
  const carried = packet as Carried
  if (carried.kind !== 'value') return false
  return carried.packet.datagrams.some((datagram) => isOneOf(datagram, kinds))
}

function hasLink({ packet }: Flight<unknown>): boolean {
  const carried = packet as Carried
  return carried.kind === 'value' && carried.packet.link !== undefined
}

function isOneOf(datagram: unknown, kinds: readonly string[]): boolean {
  const { kind } = datagram as { readonly kind?: string }
  return kind !== undefined && kinds.includes(kind)
}

function leaderOf(world: World): WorldNode | undefined {
  const votes = new Map<NodeName, number>()
  for (const node of world.nodes) {
    const { machine, state } = node
    const leader =
      state === 'running' ? machine?.membership.status(node.localNow()).leader : undefined
    if (leader !== undefined) votes.set(leader, (votes.get(leader) ?? 0) + 1)
  }
  const [first] = [...votes].sort((a, b) => b[1] - a[1])
  return first === undefined ? undefined : world.simulation.node(first[0])
}
