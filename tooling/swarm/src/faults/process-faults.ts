/** Faults of processes and their disks. */
import type { Random } from '@holdfast/primitives'
import { drawExponential } from '@holdfast/simulator'
import type { World } from '../world.ts'
import type { WorldNode } from '../world-node.ts'
import type { Fault } from './fault.ts'
import { mayLoseDisk } from './lose-disk.ts'

function pickRunning(world: World, random: Random): WorldNode | undefined {
  const running = world.nodes.filter((node) => node.state === 'running')
  return running.length === 0 ? undefined : random.pick(running)
}

export const crash: Fault = (world, random) => {
  const node = pickRunning(world, random)
  if (node === undefined) return undefined
  node.crash()
  return () => node.start()
}

/** Dies between two outputs of one turn: one packet or write is out, the next is not. */
export const crashMidTurn: Fault = (world, random) => {
  const node = pickRunning(world, random)
  if (node === undefined) return undefined
  node.crashAfterOutputs(random.below(40))
  return () => {
    node.crashAfterOutputs(undefined)
    node.start()
  }
}

export const crashAll: Fault = (world, random) => {
  const { nodes } = world
  for (const node of nodes) {
    if (node.state !== 'down' && random.chance(9, 10)) node.crash()
  }
  return () => {
    for (const node of nodes) world.simulation.after(random.below(50), () => node.start())
  }
}

/** The next start comes before anybody can have noticed. */
export const restartAtOnce: Fault = (world, random) => {
  const node = pickRunning(world, random)
  if (node === undefined) return undefined
  node.crash()
  world.simulation.after(random.below(5), () => node.start())
  return () => node.start()
}

export const pause: Fault = (world, random) => {
  const node = pickRunning(world, random)
  if (node === undefined) return undefined
  node.pause()
  const tick = random.chance(1, 2) ? 'before' : 'behind'
  return () => node.resume({ tick })
}

/** The monotonic clock stands still; the guard of the driver tells the machine first. */
export const suspend: Fault = (world, random) => {
  const node = pickRunning(world, random)
  if (node === undefined) return undefined
  node.suspend()
  const tick = random.chance(1, 2) ? 'before' : 'behind'
  return () => node.resume({ first: { kind: 'clock-jumped' }, tick })
}

export const leave: Fault = (world, random) => {
  const running = world.nodes.filter((node) => node.state === 'running')
  if (running.length < 2) return undefined
  random.pick(running).give({ kind: 'leave' })
  return () => undefined
}

export const slowDisk: Fault = (world, random) => {
  const node = random.pick(world.nodes)
  const { promiseMs } = world.options.timing
  const meanMs = promiseMs * random.pick([0.05, 0.5])
  node.disk.setBehaviour({
    latency: { kind: 'exponential', minMs: meanMs / 2, meanMs },
    failurePerMille: 0,
  })
  return () => node.disk.setBehaviour(world.options.disk)
}

export const failingDisk: Fault = (world, random) => {
  const node = random.pick(world.nodes)
  node.disk.setBehaviour({
    ...world.options.disk,
    failurePerMille: random.pick([100, 1_000]),
  })
  return () => node.disk.setBehaviour(world.options.disk)
}

export const lostDisk: Fault = (world, random) => {
  const node = pickRunning(world, random)
  if (node === undefined || !mayLoseDisk(world, node)) return undefined
  node.crash()
  node.disk.lose()
  world.simulation.after(drawExponential(random, world.options.timing.promiseMs / 2), () =>
    node.start(),
  )
  return () => node.start()
}
