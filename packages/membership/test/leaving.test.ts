import { describe, expect, it } from 'vitest'
import { createInvariants } from './world/invariants.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

function settled(options: Partial<WorldOptions> = {}): World {
  const world = createWorld({ seed: 9, genesis: ['a', 'b', 'c'], ...options }, [createInvariants()])
  for (const node of world.options.genesis) world.start(node)
  world.run(4000)
  return world
}

function memberNames(world: World, node: string): readonly string[] {
  return world.process(node).machine.view?.members.map((member) => member.node) ?? []
}

function isMarked(world: World, node: string): boolean {
  const { view } = world.process(node).machine
  return view?.members.find((member) => member.node === node)?.leaving === true
}

function leave(
  world: World,
  node: string,
  permanent = false,
): { markMs?: number; goneMs?: number } {
  const process = world.process(node)
  world.input(node, { kind: 'leave', permanent })
  const markMs = world.runUntil(() => isMarked(world, node) || process.ended !== undefined, 5000)
  world.input(node, { kind: 'handed-over' })
  const mayAct = world.mayContinue(process)
  expect(mayAct).toBe(false)
  const goneMs = world.runUntil(() => process.ended !== undefined, 5000)
  expect(process.ended).toBe('left')
  return {
    ...(markMs === undefined ? {} : { markMs }),
    ...(goneMs === undefined ? {} : { goneMs }),
  }
}

describe('a member that leaves', () => {
  for (const who of ['leader', 'follower']) {
    it(`is marked, then gone, each in less than 200 ms, as a ${who}`, () => {
      const world = settled()
      const leader = world.process('a').machine.status(0).leader ?? 'a'
      const follower = leader === 'b' ? 'c' : 'b'
      const node = who === 'leader' ? leader : follower
      const rest = ['a', 'b', 'c'].filter((name) => name !== node)
      const { markMs, goneMs } = leave(world, node)
      expect(markMs).toBeLessThan(200)
      expect(goneMs).toBeLessThan(200)
      const activeMs = world.runUntil(
        () => rest.every((name) => world.mayTakeOver(world.process(name))),
        5000,
      )
      expect(activeMs).toBeLessThan(200)
      expect(memberNames(world, rest[0] ?? 'a')).toEqual(rest)
      expect(world.process(rest[0] ?? 'a').machine.view?.ghosts).toEqual([])
    })
  }

  it('keeps its votes, so that three upgraded in turn always need two', () => {
    const world = settled()
    for (const node of ['a', 'b', 'c']) {
      leave(world, node)
      world.run(1000)
      const other = node === 'a' ? 'b' : 'a'
      expect(world.process(other).machine.view?.voters.length).toBe(3)
      world.start(node)
      world.run(1000)
      expect(memberNames(world, other)).toEqual(['a', 'b', 'c'])
    }
  })

  it('takes its votes along when it leaves for good', () => {
    const world = settled()
    leave(world, 'c', true)
    world.run(1000)
    expect(world.process('a').machine.view?.voters.map(({ node }) => node)).toEqual(['a', 'b'])
    leave(world, 'b', true)
    world.run(1000)
    expect(world.process('a').machine.view?.voters.map(({ node }) => node)).toEqual(['a'])
    expect(world.mayTakeOver(world.process('a'))).toBe(true)
  })

  it('comes to an end also when all voters leave for good', () => {
    const world = settled()
    const processes = ['a', 'b', 'c'].map((node) => world.process(node))
    for (const { node } of processes) world.input(node, { kind: 'leave', permanent: true })
    world.run(500)
    for (const { node } of processes) world.input(node, { kind: 'handed-over' })
    world.run(5000)
    expect(processes.map(({ ended }) => ended)).toEqual(['left', 'left', 'left'])
  })

  it('lets a cluster of one stop and start again at once', () => {
    const world = settled({ genesis: ['solo'] })
    const { clusterId, epoch } = world.process('solo').machine.view ?? {}
    leave(world, 'solo')
    world.run(100)
    const process = world.start('solo')
    const tookMs = world.runUntil(() => world.mayTakeOver(process), 20_000)
    expect(tookMs).toBeLessThan(4000)
    expect(process.machine.view?.clusterId).toBe(clusterId)
    expect(process.machine.view?.epoch).toBeGreaterThan(epoch ?? 0)
  })

  it('stops acting before its goodbye is heard by anybody', () => {
    const world = settled()
    world.input('b', { kind: 'leave' })
    world.runUntil(() => isMarked(world, 'b'), 5000)
    expect(world.mayContinue(world.process('b'))).toBe(true)
    world.isolate('b')
    world.input('b', { kind: 'handed-over' })
    world.run(20)
    expect(world.mayContinue(world.process('b'))).toBe(false)
  })
})
