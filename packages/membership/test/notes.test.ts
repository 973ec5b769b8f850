import { describe, expect, it } from 'vitest'
import { createInvariants } from './world/invariants.ts'
import { createWorld, type Process, type World, type WorldOptions } from './world/world.ts'

function settled(options: Partial<WorldOptions> = {}): World {
  const world = createWorld({ seed: 3, genesis: ['a', 'b', 'c'], ...options }, [createInvariants()])
  for (const node of world.options.genesis) world.start(node)
  world.run(4000)
  return world
}

function viewOf(process: Process) {
  const { view } = process.machine
  if (view === undefined) throw new Error(`${process.node} has no view`)
  return view
}

function propose(world: World, node: string, ...notes: string[]): void {
  world.input(node, { kind: 'propose', notes })
}

/** Runs until all living members have installed this very epoch and know it to be active. */
function reach(world: World, epoch: number, limitMs = 20_000): void {
  const isThere = (process: Process): boolean =>
    process.ended !== undefined || process.machine.activeEpoch >= epoch
  expect(world.runUntil(() => world.processes.every(isThere), limitMs)).toBeDefined()
}

function leaderOf(world: World): string {
  const leader = world.processes.find((process) => process.machine.status(0).role === 'leader')
  if (leader === undefined) throw new Error('there is no leader')
  return leader.node
}

const others = (world: World, node: string): readonly string[] =>
  world.options.genesis.filter((name) => name !== node)

const isNotes = (message: { readonly kind: string }): boolean => message.kind === 'notes'

describe('notes of the layer above', () => {
  it('are agreed: one view brings them to every member, whoever proposed', () => {
    for (const node of ['a', 'b', 'c']) {
      const world = settled()
      propose(world, node, 'first', 'second')
      reach(world, 2)
      for (const process of world.processes) {
        expect(viewOf(process).notes).toEqual([
          { epoch: 2, text: 'first' },
          { epoch: 2, text: 'second' },
        ])
      }
      expect(viewOf(world.process('a')).reason).toBe('notes')
    }
  })

  it('are gone from the views that follow an active one', () => {
    const world = settled({ hosts: { d: { votes: 0 } } })
    propose(world, 'b', 'once')
    reach(world, 2)
    world.start('d')
    reach(world, 3)
    expect(viewOf(world.process('a')).members).toHaveLength(4)
    expect(viewOf(world.process('a')).notes).toEqual([])
  })

  it('make at most one view of their own in an interval, and more with other changes', () => {
    const world = settled({ hosts: { d: { votes: 0 } } })
    propose(world, 'a', 'one')
    reach(world, 2)
    const from = world.now
    propose(world, 'b', 'two')
    world.run(4000)
    expect(viewOf(world.process('a')).epoch).toBe(2)
    propose(world, 'c', 'three')
    reach(world, 3)
    expect(world.now - from).toBeGreaterThan(4500)
    expect(viewOf(world.process('a')).notes.map(({ text }) => text)).toEqual(['two', 'three'])
    propose(world, 'b', 'four')
    world.run(100)
    world.start('d')
    reach(world, 4)
    expect(viewOf(world.process('a')).notes).toEqual([{ epoch: 4, text: 'four' }])
    expect(viewOf(world.process('a')).reason).toContain('d joined')
  })

  it('reach the leader although messages are lost, and a newer proposal replaces an older one', () => {
    const world = settled()
    const leader = leaderOf(world)
    const [node = ''] = others(world, leader)
    world.rule = (_from, _to, message) => (isNotes(message) ? 'drop' : undefined)
    propose(world, node, 'old')
    world.run(2000)
    propose(world, node, 'new')
    world.run(2000)
    expect(viewOf(world.process(node)).epoch).toBe(1)
    world.rule = undefined
    reach(world, 2)
    expect(viewOf(world.process(node)).notes).toEqual([{ epoch: 2, text: 'new' }])
  })

  it('are those of the last proposal, in whatever order the leader hears of them', () => {
    const world = settled()
    const leader = leaderOf(world)
    const [node = ''] = others(world, leader)
    let sent = 0
    world.rule = (_from, _to, message) => {
      if (!isNotes(message)) return undefined
      sent += 1
      return sent > 2 ? 'drop' : 60 / sent
    }
    propose(world, node, 'old')
    propose(world, node, 'new')
    reach(world, 2)
    expect(viewOf(world.process(node)).notes).toEqual([{ epoch: 2, text: 'new' }])
  })

  it('are brought again although an unsettled view still has the same', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const leader = leaderOf(world)
    const [victim = '', node = ''] = others(world, leader)
    world.rule = (from, _to, message) =>
      from === victim && message.kind === 'installed' ? 'drop' : undefined
    propose(world, node, 'same')
    const has = (epoch: number) => (): boolean => viewOf(world.process(node)).epoch === epoch
    expect(world.runUntil(has(2), 5000)).toBeDefined()
    world.rule = (from, _to, message) =>
      (from === victim && message.kind === 'installed') || isNotes(message) ? 'drop' : undefined
    propose(world, node, 'same')
    expect(world.runUntil(has(3), 5000)).toBeDefined()
    expect(viewOf(world.process(node)).notes).toEqual([{ epoch: 2, text: 'same' }])
    world.rule = undefined
    const isBrought = (): boolean =>
      viewOf(world.process(node)).notes.some(({ epoch, text }) => epoch > 3 && text === 'same')
    expect(world.runUntil(isBrought, 20_000)).toBeDefined()
  })

  it('are not brought twice by a late copy', () => {
    const world = settled()
    const leader = leaderOf(world)
    const [node = ''] = others(world, leader)
    world.repeatPercent = 100
    world.rule = (_from, _to, message) => (isNotes(message) ? world.random.below(9000) : undefined)
    propose(world, node, 'once')
    world.run(40_000)
    expect(viewOf(world.process(node)).epoch).toBe(2)
  })

  it('that are proposed again in a later view are brought again', () => {
    const world = settled()
    propose(world, 'a', 'same')
    reach(world, 2)
    propose(world, 'a', 'same')
    reach(world, 3)
    expect(viewOf(world.process('b')).notes).toEqual([{ epoch: 3, text: 'same' }])
  })

  it('are withdrawn by an empty proposal', () => {
    const world = settled()
    propose(world, 'a', 'first')
    reach(world, 2)
    propose(world, 'a', 'unwanted')
    world.run(100)
    propose(world, 'a')
    world.run(20_000)
    expect(viewOf(world.process('b')).epoch).toBe(2)
  })

  it('are not lost when the leader dies with a proposal pending', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const leader = leaderOf(world)
    const [node = ''] = others(world, leader)
    propose(world, node, 'kept')
    // The leader has it, and dies before the batch window closes.
    world.run(50)
    world.crash(leader)
    const isBrought = (): boolean =>
      world.process(node).views.some(({ notes }) => notes.some(({ text }) => text === 'kept'))
    expect(world.runUntil(isBrought, 20_000)).toBeDefined()
    reach(world, viewOf(world.process(node)).epoch)
  })

  it('of a proposal that a new leader finishes are there once', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const leader = leaderOf(world)
    const [node = ''] = others(world, leader)
    // All accept, but only the leader learns that it is decided.
    world.rule = (from, _to, message) => {
      const isDecision = ['commit', 'view', 'activate'].includes(message.kind)
      return from === leader && isDecision ? 'drop' : undefined
    }
    propose(world, node, 'kept')
    const isDecided = (): boolean => viewOf(world.process(leader)).epoch === 2
    expect(world.runUntil(isDecided, 5000)).toBeDefined()
    world.isolate(leader)
    const isOver = (): boolean => world.process(node).machine.activeEpoch >= 3
    expect(world.runUntil(isOver, 20_000)).toBeDefined()
    // The first view without the lost leader still tells: the one that brought them was never active.
    expect(viewOf(world.process(node)).notes).toEqual([{ epoch: 2, text: 'kept' }])
    world.rule = undefined
    world.run(10_000)
    const brought = world
      .process(node)
      .views.flatMap(({ epoch, notes }) => notes.filter((note) => note.epoch === epoch))
    expect(brought).toEqual([{ epoch: 2, text: 'kept' }])
  })

  it('stay until a view that has them was active, so that who skips the first still sees them', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const leader = leaderOf(world)
    const [victim = '', skipper = '', node = ''] = others(world, leader)
    // One member misses the view that brings them; it is never active, because another one dies.
    world.rule = (_from, to, message) =>
      to === skipper && message.epoch === 2 ? 'drop' : undefined
    propose(world, node, 'kept')
    const isDecided = (): boolean => viewOf(world.process(leader)).epoch === 2
    expect(world.runUntil(isDecided, 5000)).toBeDefined()
    world.crash(victim)
    for (const name of others(world, victim)) {
      world.input(name, { kind: 'unreachable', node: victim })
    }
    expect(viewOf(world.process(leader)).epoch).toBe(2)
    world.rule = (_from, to, message) =>
      to === skipper && message.epoch === 2 && 'view' in message ? 'drop' : undefined
    const isNext = (): boolean => world.process(skipper).machine.activeEpoch >= 3
    expect(world.runUntil(isNext, 20_000)).toBeDefined()
    const seen = world.process(skipper).views.map(({ epoch }) => epoch)
    expect(seen).not.toContain(2)
    expect(viewOf(world.process(skipper)).notes).toEqual([{ epoch: 2, text: 'kept' }])
  })

  it('wait while a member is silent: what they are about would stand still with it', () => {
    const world = settled({ genesis: ['a', 'b', 'c', 'd', 'e'] })
    const leader = leaderOf(world)
    const [silent = '', node = ''] = others(world, leader)
    world.pause(silent, 700)
    world.run(500)
    propose(world, node, 'patient')
    world.run(180)
    expect(viewOf(world.process(node)).epoch).toBe(1)
    reach(world, 2)
    expect(viewOf(world.process(silent)).notes).toEqual([{ epoch: 2, text: 'patient' }])
  })

  it('beyond the limits are refused, and what finds no room waits for a later view', () => {
    const world = settled({
      timing: { ...createWorld({ seed: 1, genesis: [] }).timing, notesMs: 1 },
    })
    const tooMany = Array.from({ length: 129 }, (_, index) => `note ${index}`)
    const tooLong = ['x'.repeat(641)]
    const tooMuch = Array.from({ length: 100 }, () => 'x'.repeat(600))
    for (const notes of [tooMany, tooLong, tooMuch, [''], ['\ud800']]) propose(world, 'a', ...notes)
    world.run(2000)
    expect(viewOf(world.process('a')).epoch).toBe(1)
    const refused = world.process('a').facts.filter(({ fact }) => fact.kind === 'rejected')
    expect(refused).toHaveLength(5)

    const wanted = new Set<string>()
    for (const node of ['a', 'b', 'c']) {
      const notes = Array.from({ length: 100 }, (_, index) => `${node} ${index}`)
      for (const note of notes) wanted.add(note)
      propose(world, node, ...notes)
    }
    const brought: string[] = []
    const isAll = (): boolean => {
      brought.length = 0
      for (const view of world.process('b').views) {
        brought.push(...view.notes.filter((n) => n.epoch === view.epoch).map(({ text }) => text))
      }
      return new Set(brought).size === wanted.size
    }
    expect(world.runUntil(isAll, 20_000)).toBeDefined()
    expect(brought).toHaveLength(300)
    const first = world.process('b').views.find(({ epoch }) => epoch === 2)
    const byNode = Map.groupBy(first?.notes ?? [], ({ text }) => text.slice(0, 1))
    // Nobody takes all the room.
    expect([...byNode.values()].map((notes) => notes.length)).toEqual([43, 43, 42])

    const { epoch } = viewOf(world.process('a'))
    for (const node of ['a', 'b', 'c']) {
      const notes = Array.from({ length: 25 }, (_, index) => `${node} ${index}`.padEnd(600, '.'))
      propose(world, node, ...notes)
    }
    world.run(20_000)
    const long = world.process('b').views.filter((view) => view.epoch > epoch)
    const lengths = long.map(({ notes }) => notes.filter(({ text }) => text.endsWith('.')).length)
    expect(lengths.filter((length) => length > 0)).toEqual([27, 27, 21])
  })
})

describe('the weight of a member', () => {
  it('is in the view, for first members and those who join', () => {
    const hosts = { a: { weight: 3 }, d: { votes: 0, weight: 0 } }
    const world = settled({ hosts: { b: {}, ...hosts } })
    world.start('d')
    reach(world, 2)
    const weights = viewOf(world.process('c')).members.map(({ node, weight }) => [node, weight])
    expect(weights).toEqual([
      ['a', 3],
      ['b', 1],
      ['c', 1],
      ['d', 0],
    ])
  })

  it('beyond its limits halts the node with a reason', () => {
    for (const weight of [-1, 11, 1.5, Number.NaN]) {
      const world = createWorld({ seed: 1, genesis: ['a'], hosts: { a: { weight } } })
      world.start('a')
      expect(world.process('a').endedReason).toContain('the weight must be a whole number')
    }
  })
})
