import {
  createMembership,
  type Membership,
  type MembershipMessage,
  TIMING_DEFAULT,
  type View,
} from '@holdfast/membership'
import { createRandom } from '@holdfast/primitives'
import { describe, expect, it } from 'vitest'
import { createInvariants } from './world/invariants.ts'
import { createWorld, type Process, type World, type WorldOptions } from './world/world.ts'

/** Schedules that chance hardly ever makes: each is the one in which a single rule saves the day. */
function settled(options: Partial<WorldOptions>): World {
  const world = createWorld({ seed: 11, genesis: ['a', 'b', 'c'], ...options }, [
    createInvariants(),
  ])
  for (const node of world.options.genesis) world.start(node)
  world.run(4000)
  return world
}

function epochOf(process: Process): number {
  return process.machine.view?.epoch ?? 0
}

function waitForActive(world: World, node: string, epoch: number): void {
  const isActive = (): boolean => world.process(node).machine.activeEpoch >= epoch
  expect(world.runUntil(isActive, 20_000)).toBeDefined()
}

/** Keeps a node from learning that there is a newer view. */
function hidesViewsFrom(node: string, to: string, message: MembershipMessage): 'drop' | undefined {
  if (to !== node) return undefined
  const isNews = message.epoch > 1 && (message.kind !== 'support' || message.active > 1)
  return isNews ? 'drop' : undefined
}

describe('the rules that keep an evicted member from acting', () => {
  it('a voter that accepted the next view supports nobody any more', () => {
    const world = settled({})
    const lonely = world.process('c')
    world.cutBoth('a', 'c')
    // The voter in the middle accepts, and learns only later that it was decided.
    world.rule = (from, to, message) => {
      if (from === 'a' && to === 'b' && message.kind === 'commit') return 900
      if (from === 'a' && to === 'b' && message.kind === 'view') return 'drop'
      return hidesViewsFrom('c', to, message)
    }
    waitForActive(world, 'a', 2)
    expect(epochOf(lonely)).toBe(1)
    world.run(3000)
    expect(world.mayContinue(lonely)).toBe(false)
  })

  it('a voter supports only members of its own view, whatever else is lost', () => {
    const world = settled({})
    const lonely = world.process('c')
    world.cutBoth('a', 'c')
    world.rule = (_from, to, message) => hidesViewsFrom('c', to, message)
    waitForActive(world, 'a', 2)
    world.run(6000)
    expect(epochOf(lonely)).toBe(1)
    expect(world.mayContinue(lonely)).toBe(false)
  })

  it('a restarted voter answers for promises that it forgot', () => {
    const world = settled({ hosts: { b: { votes: 1, joinAs: 'witness' } } })
    const lonely = world.process('c')
    world.cutBoth('a', 'c')
    world.rule = (_from, to, message) => hidesViewsFrom('c', to, message)
    world.at(900, () => {
      world.crash('b')
      world.start('b')
      world.cutBoth('b', 'c')
    })
    waitForActive(world, 'a', 2)
    expect(epochOf(lonely)).toBe(1)
  })

  it('after a change of voters all old promises are waited for', () => {
    const world = settled({
      genesis: ['a', 'c'],
      votes: { a: 1, c: 3 },
      hosts: { p: { votes: 0 } },
    })
    world.start('p')
    world.run(2000)
    const lagging = world.process('p')
    // Only the heavy voter, whose votes are about to go, hears the heartbeats of p.
    world.rule = (from, to, message) =>
      from === 'p' && to === 'a' && message.kind === 'heartbeat' ? 'drop' : undefined
    world.run(700)
    world.input('c', { kind: 'leave', permanent: true })
    const isDecided = (): boolean => world.process('a').machine.view?.voters.length === 1
    expect(world.runUntil(isDecided, 5000)).toBeDefined()
    world.isolate('p')
    const epoch = epochOf(world.process('a'))
    expect(epochOf(lagging)).toBeLessThan(epoch)
    expect(world.mayContinue(lagging)).toBe(true)
    waitForActive(world, 'a', epoch + 1)
    expect(lagging.ended).toBeUndefined()
    expect(world.process('a').machine.view?.members.some(({ node }) => node === 'p')).toBe(false)
  })

  it('a process that finds itself listed under another admission is evicted', () => {
    const { tell } = aloneWithVoter()
    expect(tell({ kind: 'view', view: viewOf(2, 2), active: 0 }, 2)).toContain('installed')
    expect(tell({ kind: 'view', view: viewOf(3, 2), active: 0 }, 3)).toContain('installed')
    expect(tell({ kind: 'view', view: viewOf(5, 5), active: 0 }, 5)).toContain('evicted')
  })

  it('support for an earlier life of a node is none for the next', () => {
    const { machine, tell } = aloneWithVoter()
    tell({ kind: 'view', view: viewOf(2, 2), active: 0 }, 2)
    const support = { kind: 'support', storageId: 's', echo: 1, active: 0 }
    tell({ ...support, supported: 'ffffffffffffffff' }, 2)
    expect(machine.mayContinue(20)).toBe(false)
    tell({ ...support, supported: INCARNATION }, 2)
    expect(machine.mayContinue(20)).toBe(true)
  })
})

const INCARNATION = '00000000000000aa'

/** A view with the node `a`, admitted in `joined`, and the one voter `b`. */
function viewOf(epoch: number, joined: number): View {
  const member = { node: 'a', id: 1, incarnation: INCARNATION, joined, address: 'x', votes: 0 }
  return {
    clusterId: 'x',
    epoch,
    settled: 0,
    members: [{ ...member, weight: 1, leaving: false }],
    voters: [{ node: 'b', storageId: 's', votes: 1, address: 'y' }],
    ghosts: [],
    names: [],
    lastId: 1,
    notes: [],
    reason: 'test',
  }
}

/** One machine, and a hand to write what the voter `b` says to it. */
function aloneWithVoter(): {
  readonly machine: Membership
  readonly tell: (body: object, epoch: number) => readonly string[]
} {
  const machine = createMembership({
    cluster: 'test',
    self: { node: 'a', incarnation: INCARNATION, address: 'x', votes: 0 },
    genesis: [],
    seeds: [{ node: 'b', address: 'y' }],
    timing: TIMING_DEFAULT,
    random: createRandom('alone'),
  })
  const from = { node: 'b', incarnation: '00000000000000bb' }
  let now = 10
  const tell = (body: object, epoch: number): readonly string[] => {
    const message = { cluster: 'test', clusterId: 'x', epoch, address: 'y', ...body }
    now += 1
    machine.handle({ kind: 'received', from, message }, now)
    machine.handle({ kind: 'tick' }, now)
    return machine.drain().map((output) => output.kind)
  }
  return { machine, tell }
}

describe('the rules that keep two views from being decided', () => {
  it('a view is decided by the voters before it, not by its own', () => {
    const world = settled({ genesis: ['a', 'b'], votes: { a: 2, b: 3 } })
    expect(world.process('a').machine.status(0).role).toBe('leader')
    world.input('b', { kind: 'leave', permanent: true })
    waitForActive(world, 'a', 2)
    world.run(5)
    world.cutBoth('a', 'b')
    world.run(12_000)
    // The lighter node cannot take the votes of the heavier one away without it.
    expect(epochOf(world.process('a'))).toBe(2)
  })

  it('a new leader finishes what the old one may have decided', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const leader = world.process('b').machine.status(0).leader ?? 'a'
    const rest = ['a', 'b', 'c', 'd', 'e'].filter((node) => node !== leader)
    const [victim, witness1, witness2, other] = rest
    if (victim === undefined || witness1 === undefined || witness2 === undefined) return
    world.crash(victim)
    // Three accept, the leader knows that it is decided, and nobody else ever hears it from it.
    world.rule = (from, to, message) => {
      if (from !== leader) return undefined
      if (message.kind === 'propose' && to === other) return 'drop'
      return ['commit', 'view', 'activate'].includes(message.kind) ? 'drop' : undefined
    }
    const isDecided = (): boolean => epochOf(world.process(leader)) === 2
    expect(world.runUntil(isDecided, 10_000)).toBeDefined()
    const decided = world.process(leader).machine.view
    world.isolate(leader)
    waitForActive(world, witness1, 3)
    const agreed = world.process(witness1).views.find((view) => view.epoch === 2)
    expect(agreed).toEqual(decided)
  })

  it('a repeated answer is no second vote', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'], hosts: { f: { votes: 0 } } })
    const leader = world.process('b').machine.status(0).leader ?? 'a'
    const friend = leader === 'b' ? 'c' : 'b'
    world.repeatPercent = 100
    world.start('f')
    world.run(60)
    for (const node of ['a', 'b', 'c', 'd', 'e']) {
      if (node === leader || node === friend) continue
      world.cutBoth(leader, node)
      world.cutBoth(friend, node)
    }
    world.run(1000)
    expect(epochOf(world.process(leader))).toBe(1)
    world.run(10_000)
  })
})
