/** Opens, leaves, locks, deaths and views in any order. */
import { createRandom, type NodeId, type Random } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import type { SessionEvent } from '../src/messages.ts'
import { SpacesCluster } from './spaces/spaces-cluster.ts'

const seeds = 400
const steps = 80
const modes = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX'] as const

class Game {
  readonly #random: Random
  readonly #world: SpacesCluster
  readonly #new = new Set<number>()
  readonly #calls = new Map<number, NodeId>()
  readonly #lockCalls = new Map<number, NodeId>()
  /** What it is like, at each node that has it open. */
  readonly #open = new Map<NodeId, string>()
  #locks = 0
  opened = 0
  lost = 0

  constructor(seed: number) {
    this.#random = createRandom(`game ${seed}`)
    this.#world = new SpacesCluster([1, 2, 3, 4, 5], seed, (node, event) => this.#hear(node, event))
  }

  play(): void {
    for (let step = 0; step < steps; step += 1) this.#act()
    this.#world.change()
    this.#checkOpens()
    this.#checkDiscards()
  }

  #act(): void {
    const node = this.#random.pick(this.#world.living)
    const action = this.#random.below(24)
    if (action < 5) this.#openAt(node)
    else if (action < 8) this.#leave(node)
    else if (action < 12) this.#lock(node)
    else if (action === 12 && this.#world.living.length > 2) {
      this.#world.die(node, { mute: this.#random.chance(1, 2) })
      this.#world.install(this.#world.nextView(this.#random.chance(1, 2)))
    } else if (action === 13) this.#world.change()
    else this.#deliver(this.#random.below(8))
  }

  #deliver(count: number): void {
    for (let left = count; left > 0; left -= 1) this.#world.cluster.deliverOne()
  }

  /** A new lock, at the root or below another one of the session, or another mode for an old one. */
  #lock(node: NodeId): void {
    const [mode, old] = [this.#random.pick(modes), 1 + this.#random.below(1 + this.#locks)]
    this.#locks += 1
    const resource = { space: 's', name: this.#random.pick(['n', 'm']) }
    const call = this.#random.pick([
      () => this.#world.request(node, this.#locks, mode, { resource }),
      () => this.#world.request(node, this.#locks, mode, { resource, parent: old }),
      () => this.#world.convert(node, old, mode),
    ])()
    this.#lockCalls.set(call, node)
  }

  #leave(node: NodeId): void {
    this.#open.delete(node)
    this.#calls.set(this.#world.leave(node, 'discard'), node)
  }

  #openAt(node: NodeId): void {
    const valueBytes = this.#random.pick([16, 32])
    const call = this.#random.pick([
      { create: 'existing' },
      { create: 'new', attributes: { valueBytes } },
      { attributes: { valueBytes } },
    ] as const)
    const number = this.#world.nextCall
    if (call.create === 'new') this.#new.add(number)
    this.#calls.set(this.#world.open(node, call), node)
  }

  #hear(node: NodeId, event: SessionEvent): void {
    if (event.kind === 'lost') this.lost += 1
    if (event.kind !== 'space' || event.outcome !== 'opened') return
    this.opened += 1
    const others = this.#othersThan(node)
    if (this.#new.has(event.call)) expect(others).toEqual([])
    this.#open.set(node, JSON.stringify(event.attributes))
    for (const other of others) expect(this.#open.get(other)).toBe(this.#open.get(node))
  }

  #othersThan(node: NodeId): readonly NodeId[] {
    return this.#world.living.filter((other) => other !== node && this.#open.has(other))
  }

  /** Every call of those that live was answered, and a lock is held for every node that has it open. */
  #checkOpens(): void {
    const { living } = this.#world
    const pending = [...this.#calls].filter(
      ([call, node]) => living.includes(node) && this.#world.said(call) === undefined,
    )
    expect(pending).toEqual([])
    const open = living.filter((node) => this.#open.has(node))
    const holders = this.#world.internalLocks().map((words) => words.replace(/^\d+: /, ''))
    expect(holders.sort()).toEqual(open.map((node) => `${node} PR`).sort())
  }

  /** When all have left, every call about a lock has ended, and nothing is left of any lock. */
  #checkDiscards(): void {
    const { living, cluster } = this.#world
    for (const node of living) this.#world.open(node)
    cluster.settle()
    for (const node of living) this.#leave(node)
    cluster.settle()
    const pending = [...this.#lockCalls].filter(
      ([call, node]) => living.includes(node) && this.#world.outcome(call) === undefined,
    )
    expect(pending).toEqual([])
    expect(this.#world.isIdle).toBe(true)
  }
}

test('all who have it open agree, one that is new is alone, and every call is answered', () => {
  let opened = 0
  let lost = 0
  for (let seed = 0; seed < seeds; seed += 1) {
    const game = new Game(seed)
    try {
      game.play()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    opened += game.opened
    lost += game.lost
  }
  expect(opened).toBeGreaterThan(seeds)
  expect(lost).toBeGreaterThan(seeds)
})
