import { describe, expect, it } from 'vitest'
import { createInvariants } from './world/invariants.ts'
import { createWorld, type Process, type World, type WorldOptions } from './world/world.ts'

/** What users of a cluster live through, in virtual time, with every invariant checked throughout. */
function found(options: Partial<WorldOptions> = {}): World {
  const world = createWorld({ seed: 1, genesis: ['a', 'b', 'c'], ...options }, [createInvariants()])
  for (const node of world.options.genesis) world.start(node)
  return world
}

/** True while exactly these nodes are the members of an active view in which all of them may act. */
function isServedBy(world: World, names: readonly string[]): boolean {
  return names.every((node) => {
    const process = world.hosts.get(node)?.process
    if (process === undefined || process.ended !== undefined) return false
    const members = process.machine.view?.members.map((member) => member.node)
    return world.mayTakeOver(process) && members?.join() === [...names].sort().join()
  })
}

function waitFor(world: World, names: readonly string[], limitMs = 20_000): number {
  const tookMs = world.runUntil(() => isServedBy(world, names), limitMs)
  expect(tookMs, `${names} should be active`).toBeDefined()
  return tookMs ?? 0
}

function leaderOf(world: World, node: string): string {
  return world.process(node).machine.status(0).leader ?? 'nobody'
}

function kindsOf(process: Process): readonly string[] {
  return process.facts.map(({ fact }) => fact.kind)
}

/** A founded cluster at rest, past the first full wait. */
function settled(options: Partial<WorldOptions> = {}): World {
  const world = found(options)
  const isWitness = (node: string): boolean => options.hosts?.[node]?.joinAs === 'witness'
  waitFor(
    world,
    world.options.genesis.filter((node) => !isWitness(node)),
  )
  world.run(4000)
  return world
}

describe('the first start', () => {
  it('makes an active view of three nodes within a second', () => {
    const world = found()
    expect(waitFor(world, ['a', 'b', 'c'])).toBeLessThan(1000)
    const [view] = world.process('a').views
    expect(view?.epoch).toBe(1)
    expect(view?.members.map(({ node, id, joined }) => [node, id, joined])).toEqual([
      ['a', 1, 1],
      ['b', 2, 1],
      ['c', 3, 1],
    ])
  })

  it('waits for the last of the first voters, however long it takes', () => {
    const world = createWorld({ seed: 2, genesis: ['a', 'b', 'c'] }, [createInvariants()])
    world.start('a')
    world.start('b')
    world.run(60_000)
    expect(world.process('a').views).toEqual([])
    world.start('c')
    waitFor(world, ['a', 'b', 'c'])
  })

  it('makes a cluster of one by itself', () => {
    const world = found({ genesis: ['solo'] })
    expect(waitFor(world, ['solo'])).toBeLessThan(200)
  })

  it('is not repeated by a node that lost its disk while the others live', () => {
    const world = settled()
    const { clusterId } = world.process('b').views[0] ?? {}
    world.crash('a')
    world.run(6000)
    world.start('a', { disk: 'lost' })
    waitFor(world, ['a', 'b', 'c'])
    expect(world.process('a').machine.view?.clusterId).toBe(clusterId)
  })

  it('is refused between nodes with different timing', () => {
    const world = createWorld({ seed: 3, genesis: ['a', 'b'] }, [createInvariants()])
    world.start('a')
    const { options } = world
    Object.assign(world, { timing: { ...world.timing, promiseMs: 4000 }, options })
    world.start('b')
    world.run(5000)
    expect(world.process('a').views).toEqual([])
    expect(kindsOf(world.process('b'))).toContain('rejected')
  })

  it('finishes after its founder restarts half way', () => {
    const world = createWorld({ seed: 4, genesis: ['a', 'b', 'c'], storeMs: [20, 20] }, [
      createInvariants(),
    ])
    for (const node of ['a', 'b', 'c']) world.start(node)
    world.run(50)
    world.crash('a')
    world.run(1000)
    world.start('a')
    waitFor(world, ['a', 'b', 'c'])
  })
})

describe('a first start with a fault', () => {
  it('goes on when the founder loses its disk half way', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const world = createWorld({ seed, genesis: ['a', 'b', 'c'], storeMs: [1, 30] }, [
        createInvariants(),
      ])
      for (const node of ['a', 'b', 'c']) world.start(node)
      world.run(10 + world.random.below(80))
      world.crash('a')
      world.start('a', { disk: 'lost' })
      waitFor(world, ['a', 'b', 'c'])
    }
  })
})

describe('a member that dies', () => {
  it('is replaced by an active view without it in 2.9 s at the median, leader or not', () => {
    for (const victim of ['follower', 'leader']) {
      const times: number[] = []
      for (let seed = 1; seed <= 15; seed += 1) {
        const world = settled({ seed: `${victim} ${seed}` })
        world.run(world.random.below(500))
        const leader = leaderOf(world, 'b')
        const follower = leader === 'c' ? 'b' : 'c'
        const node = victim === 'leader' ? leader : follower
        world.crash(node)
        times.push(
          waitFor(
            world,
            ['a', 'b', 'c'].filter((name) => name !== node),
          ),
        )
      }
      times.sort((x, y) => x - y)
      expect(times[7], victim).toBeLessThanOrEqual(2900)
      expect(times[14], victim).toBeLessThanOrEqual(3300)
    }
  })

  it('leaves in one view together with all that died with it', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const before = world.process('a').machine.view?.epoch ?? 0
    world.crash('d')
    world.run(120)
    world.crash('e')
    waitFor(world, ['a', 'b', 'c'])
    expect(world.process('a').machine.view?.epoch).toBe(before + 1)
  })

  it('comes back with its disk as a new start of the same name and number', () => {
    const world = settled()
    world.crash('b')
    waitFor(world, ['a', 'c'])
    world.start('b')
    expect(waitFor(world, ['a', 'b', 'c'])).toBeLessThan(200)
    const member = world.process('a').machine.view?.members[1]
    expect([member?.node, member?.id]).toEqual(['b', 2])
    expect(member?.joined).toBeGreaterThan(1)
  })

  it('votes again without its disk only once a view has let the new disk in', () => {
    const world = settled()
    const before = world.process('a').machine.view?.voters.find(({ node }) => node === 'b')
    world.crash('b')
    waitFor(world, ['a', 'c'])
    world.start('b', { disk: 'lost' })
    waitFor(world, ['a', 'b', 'c'])
    world.run(2000)
    const after = world.process('a').machine.view?.voters.find(({ node }) => node === 'b')
    expect(after?.storageId).not.toBe(before?.storageId)
    world.run(4000)
    world.crash('c')
    waitFor(world, ['a', 'b'])
  })

  it('is waited for no longer once a fencing device confirmed its death', () => {
    const world = settled({ fencing: true })
    world.crash('c')
    world.runUntil(() => world.processes.some((process) => process.fences.length > 0), 5000)
    const asked = world.processes.find((process) => process.fences.length > 0)
    const [ghost] = asked?.fences ?? []
    expect(ghost?.node).toBe('c')
    const epoch = asked?.machine.view?.epoch ?? 0
    expect(asked?.machine.activeEpoch).toBeLessThan(epoch)
    if (asked === undefined || ghost === undefined) return
    world.run(50)
    world.input(asked.node, { kind: 'fenced', ...ghost })
    expect(asked.machine.activeEpoch).toBe(epoch)
  })

  it('does not end a cluster whose nodes all stop and start again', () => {
    const world = settled()
    for (const node of ['a', 'b', 'c']) world.crash(node)
    for (const node of ['a', 'b', 'c']) world.start(node)
    expect(waitFor(world, ['a', 'b', 'c'])).toBeLessThan(6000)
  })
})

describe('a node that joins', () => {
  it('is active in less than 200 ms, and votes soon after when it has a disk', () => {
    const world = settled({ hosts: { d: { votes: 0 }, e: { votes: 1 } } })
    world.start('d')
    expect(waitFor(world, ['a', 'b', 'c', 'd'])).toBeLessThan(200)
    world.start('e')
    expect(waitFor(world, ['a', 'b', 'c', 'd', 'e'])).toBeLessThan(200)
    world.run(500)
    const voters = world.process('a').machine.view?.voters.map(({ node }) => node)
    expect(voters).toEqual(['a', 'b', 'c', 'e'])
  })

  it('is refused while another live process has its name', () => {
    const world = settled()
    const original = world.process('c')
    const host = world.host('c')
    // A second machine takes over the address of the name; the first one goes on sending.
    host.process = undefined
    host.disk = undefined
    const twin = world.start('c')
    world.run(1000)
    expect(twin.views).toEqual([])
    const members = world.process('a').machine.view?.members
    expect(members?.some(({ incarnation }) => incarnation === original.incarnation)).toBe(true)
  })

  it('with a witness between them, keeps the survivor of two going', () => {
    const world = settled({
      genesis: ['a', 'b', 'w'],
      hosts: { w: { votes: 1, joinAs: 'witness' } },
    })
    expect(world.process('a').machine.view?.members.map(({ node }) => node)).toEqual(['a', 'b'])
    world.crash('a')
    waitFor(world, ['b'])
    expect(world.process('w').machine.view?.epoch).toBe(2)
  })
})
