/** Faults of the network. Each ends with its rule taken away and the connections made anew. */
import type { NodeName, Random } from '@holdfast/primitives'
import {
  bridge as bridgeRule,
  cutBetween,
  drawExponential,
  drawWithin,
  isolate as isolateRule,
  cutOneWay as oneWay,
  type Rule,
  ring as ringRule,
} from '@holdfast/simulator'
import type { Carried } from '../packet-path.ts'
import type { World } from '../world.ts'
import type { Fault } from './fault.ts'

function names(world: World): NodeName[] {
  return world.nodes.map(({ name }) => name)
}

function pickPair(world: World, random: Random): [NodeName, NodeName] | undefined {
  const [a, b] = shuffle(names(world), random)
  return a === undefined || b === undefined ? undefined : [a, b]
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items]
  const shuffled: Item[] = []
  while (left.length > 0) shuffled.push(...left.splice(random.below(left.length), 1))
  return shuffled
}

function during(world: World, rule: Rule<Carried>): () => void {
  const remove = world.simulation.network.install(rule)
  return () => {
    remove()
    world.reconnectPeers()
  }
}

export const isolate: Fault = (world, random) =>
  during(world, isolateRule(random.pick(names(world))))

export const cutOneWay: Fault = (world, random) => {
  const from = random.pick(names(world))
  const all = names(world).filter((name) => name !== from)
  const to = random.chance(1, 2) ? all : all.filter(() => random.chance(1, 2))
  return during(world, random.chance(1, 2) ? oneWay([from], to) : oneWay(to, [from]))
}

export const cutPair: Fault = (world, random) => {
  const pair = pickPair(world, random)
  return pair === undefined ? undefined : during(world, cutBetween([pair[0]], [pair[1]]))
}

export const cutHalves: Fault = (world, random) => {
  const mixed = shuffle(names(world), random)
  const size = 1 + random.below(mixed.length)
  return during(world, cutBetween(mixed.slice(0, size), mixed.slice(size)))
}

export const bridge: Fault = (world, random) => {
  const [through, ...others] = shuffle(names(world), random)
  if (through === undefined || others.length < 2) return undefined
  const half = Math.ceil(others.length / 2)
  return during(world, bridgeRule(others.slice(0, half), others.slice(half), through))
}

export const ring: Fault = (world, random) => {
  const mixed = shuffle(names(world), random)
  return during(world, ringRule(mixed, Math.max(1, Math.floor(mixed.length / 4))))
}

/** One link fails and recovers, again and again, at the pace of the heartbeats. */
export const flap: Fault = (world, random) => {
  const pair = pickPair(world, random)
  if (pair === undefined) return undefined
  const cut = cutBetween([pair[0]], [pair[1]])
  const periodMs = world.options.timing.heartbeatMs * random.pick([0.5, 1, 3])
  return during(world, (flight) => {
    const isCut = Math.floor(flight.sentAt / periodMs) % 2 === 0
    return isCut ? cut(flight) : 'pass'
  })
}

export const loss: Fault = (world, random) => {
  const perHundred = random.pick([5, 20, 50])
  return during(world, () => (random.chance(perHundred, 100) ? 'drop' : 'pass'))
}

export const repeats: Fault = (world, random) => {
  const spanMs = world.options.timing.heartbeatMs * random.pick([0.1, 1, 10])
  return during(world, () => {
    if (!random.chance(1, 3)) return 'pass'
    return { delaysMs: [drawWithin(random, 2), drawWithin(random, spanMs)] }
  })
}

export const slowLink: Fault = (world, random) => {
  const pair = pickPair(world, random)
  if (pair === undefined) return undefined
  const [a, b] = pair
  const meanMs = world.options.timing.heartbeatMs * random.pick([0.5, 2, 8])
  const bothWays = random.chance(1, 2)
  return during(world, ({ from, to }) => {
    const hit = (from === a && to === b) || (bothWays && from === b && to === a)
    return hit ? { delaysMs: [drawExponential(random, meanMs)] } : 'pass'
  })
}

/** Few packets come very late: long after what they say has ceased to be true. */
export const latePackets: Fault = (world, random) => {
  const spanMs = world.options.timing.promiseMs * random.pick([1, 5])
  return during(world, () => {
    if (!random.chance(1, 20)) return 'pass'
    const late = drawWithin(random, spanMs)
    return { delaysMs: random.chance(1, 2) ? [late] : [1, late] }
  })
}

/** Packets with one kind of membership message are lost, on all links or into one node. */
export const dropDatagrams: Fault = (world, random) => {
  const seen = new Set<string>()
  const target = random.chance(1, 2) ? random.pick(names(world)) : undefined
  let chosen: string | undefined
  return during(world, ({ packet, to }) => {
    if (target !== undefined && to !== target) return 'pass'
    if (packet.kind === 'frames') return random.chance(1, 2) ? 'drop' : 'pass'
    const kinds = packet.packet.datagrams.map(kindOf)
    for (const kind of kinds) seen.add(kind)
    if (seen.size > 2) chosen ??= random.pick([...seen].sort())
    return kinds.some((kind) => kind === chosen) ? 'drop' : 'pass'
  })
}

function kindOf(message: unknown): string {
  return String((message as { readonly kind?: unknown } | undefined)?.kind)
}

/** Membership talks, the locks do not: packets with link messages are lost between two nodes. */
export const dropLink: Fault = (world, random) => {
  const pair = pickPair(world, random)
  if (pair === undefined) return undefined
  const cut = cutBetween([pair[0]], [pair[1]])
  return during(world, (flight) => {
    const { packet } = flight
    return packet.kind === 'value' && packet.packet.link !== undefined ? cut(flight) : 'pass'
  })
}

/** All connections of one node break and come back. */
export const reset: Fault = (world, random) => {
  const remove = world.simulation.network.install(isolateRule(random.pick(names(world))))
  world.simulation.after(2, () => {
    remove()
    world.reconnectPeers()
  })
  return () => undefined
}
