import { describe, expect, it } from 'vitest'
import { createInvariants } from './world/invariants.ts'
import { createWorld, type World, type WorldOptions } from './world/world.ts'

/** Networks that fail in part, nodes that stop for a while, and clusters of two. */
function settled(options: Partial<WorldOptions> = {}): World {
  const world = createWorld({ seed: 7, genesis: ['a', 'b', 'c'], ...options }, [createInvariants()])
  for (const node of world.options.genesis) world.start(node)
  expect(world.runUntil(() => isServedBy(world, world.options.genesis), 10_000)).toBeDefined()
  world.run(4000)
  return world
}

function isServedBy(world: World, names: readonly string[]): boolean {
  return names.every((node) => {
    const process = world.hosts.get(node)?.process
    if (process === undefined || process.ended !== undefined) return false
    const members = process.machine.view?.members.map((member) => member.node)
    return world.mayTakeOver(process) && members?.join() === [...names].sort().join()
  })
}

function expectServedBy(world: World, names: readonly string[]): void {
  const tookMs = world.runUntil(() => isServedBy(world, names), 20_000)
  expect(tookMs, `${names} should be active`).toBeDefined()
}

function factsOf(world: World, node: string): readonly string[] {
  return world.processes
    .filter((process) => process.node === node)
    .flatMap((process) => process.facts.map(({ fact }) => fact.kind))
}

describe('a split network', () => {
  it('lets the majority go on and stops the minority first', () => {
    const world = settled()
    const lonely = world.process('c')
    world.isolate('c')
    let stoppedAt: number | undefined
    const tookMs = world.runUntil(() => {
      if (stoppedAt === undefined && !world.mayContinue(lonely)) stoppedAt = world.now
      return isServedBy(world, ['a', 'b'])
    }, 10_000)
    expect(tookMs).toBeDefined()
    expect(stoppedAt).toBeLessThan(world.now)
    world.run(30_000)
    expect(world.mayContinue(lonely)).toBe(false)
    expect(lonely.views.length).toBe(1)
    expect(factsOf(world, 'c')).toContain('lease-lost')
    expect(factsOf(world, 'c')).toContain('quorum-lost')
  })

  it('tells the evicted node as soon as it can be told', () => {
    const world = settled()
    const lonely = world.process('c')
    world.isolate('c')
    expectServedBy(world, ['a', 'b'])
    world.healAll()
    world.run(1000)
    expect(lonely.ended).toBe('evicted')
    world.start('c')
    expectServedBy(world, ['a', 'b', 'c'])
  })

  it('stops all of a two-node cluster without a tie breaker, and resumes it unharmed', () => {
    const world = settled({ genesis: ['a', 'b'] })
    world.cutBoth('a', 'b')
    world.run(10_000)
    for (const node of ['a', 'b']) expect(world.mayContinue(world.process(node))).toBe(false)
    world.healAll()
    expectServedBy(world, ['a', 'b'])
    expect(world.process('a').machine.view?.epoch).toBe(1)
  })

  it('lets the tie breaker of two go on alone, and never the other', () => {
    const world = settled({ genesis: ['a', 'b'], tieBreaker: 'b' })
    const other = world.process('a')
    world.cutBoth('a', 'b')
    expectServedBy(world, ['b'])
    world.run(20_000)
    expect(world.mayContinue(other)).toBe(false)
    expect(other.ended).toBeUndefined()
  })

  it('counts votes, not nodes', () => {
    const world = settled({ votes: { a: 3, b: 1, c: 1 } })
    world.isolate('a')
    expectServedBy(world, ['a'])
    world.run(5000)
    expect(world.mayContinue(world.process('b'))).toBe(false)
    const report = world.process('b').machine.explainQuorum()
    expect([report.votesHeard, report.votesNeeded, report.isQuorate]).toEqual([2, 3, false])
  })

  it('removes only the node that can send but not hear', () => {
    const world = settled()
    for (const other of ['a', 'b']) world.cut(other, 'c')
    expectServedBy(world, ['a', 'b'])
  })

  it('removes only the node that can hear but not send', () => {
    const world = settled()
    const leader = world.process('a').machine.status(0).leader ?? 'a'
    const rest = ['a', 'b', 'c'].filter((node) => node !== leader)
    for (const other of rest) world.cut(leader, other)
    expectServedBy(world, rest)
  })

  it('cuts a triangle with one bad link with a single eviction', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd'] })
    const leader = world.process('a').machine.status(0).leader ?? 'a'
    const [x, y] = ['a', 'b', 'c', 'd'].filter((node) => node !== leader)
    if (x === undefined || y === undefined) throw new Error('four nodes have two followers')
    world.cutBoth(x, y)
    world.run(12_000)
    expect(world.process(leader).machine.view?.members.length).toBe(3)
    expect(world.process(leader).machine.view?.epoch).toBe(2)
    expect(factsOf(world, leader)).toContain('partial-partition')
    // The evicted one asks to come back; it is let in only when the link is whole again.
    const out = [x, y].find((node) => world.process(node).ended === 'evicted') ?? x
    world.start(out)
    world.run(10_000)
    expect(world.process(leader).machine.view?.members.length).toBe(3)
    world.healAll()
    expectServedBy(world, ['a', 'b', 'c', 'd'])
  })

  it('evicts nobody on a network that loses every hundredth message', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'], lossPercent: 1 })
    world.run(120_000)
    expect(world.process('a').machine.view?.epoch).toBe(1)
  })
})

describe('a process that was stopped', () => {
  it('knows that it was away, and judges nobody for it', () => {
    const world = settled()
    world.pause('b', 1200)
    world.run(5000)
    expect(factsOf(world, 'b')).toContain('away')
    expect(factsOf(world, 'b')).not.toContain('suspect')
    expect(world.process('a').machine.view?.epoch).toBe(1)
  })

  it('still notices who died while it was away', () => {
    const world = settled()
    world.pause('a', 1400)
    world.run(1300)
    world.crash('c')
    expectServedBy(world, ['a', 'b'])
    const suspected = world.process('a').facts.find(({ fact }) => fact.kind === 'suspect')
    expect(suspected).toBeDefined()
  })

  it('finds its lease over after a long stop, and learns that it was evicted', () => {
    const world = settled()
    const sleeper = world.process('b')
    world.pause('b', 9000)
    expectServedBy(world, ['a', 'c'])
    expect(world.mayContinue(sleeper)).toBe(false)
    world.run(9000)
    expect(sleeper.ended).toBe('evicted')
  })

  it('gives up its lease when its clock stood still', () => {
    const world = settled()
    const sleeper = world.process('b')
    let trusted = true
    world.pause('b', 1200, 'suspend')
    world.at(1200, () => {
      trusted = world.mayContinue(sleeper)
    })
    world.run(1200)
    expect(trusted).toBe(false)
    world.run(1000)
    expect(world.mayContinue(sleeper)).toBe(true)
    expect(factsOf(world, 'b')).toContain('clock-jumped')
  })

  it('is not evicted for stalls of 300 ms', () => {
    const world = settled()
    for (let round = 0; round < 60; round += 1) {
      world.pause(world.random.pick(['a', 'b', 'c']), 300)
      world.run(1000)
    }
    expect(world.process('a').machine.view?.epoch).toBe(1)
  })
})
