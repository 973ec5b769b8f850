/** Opens, leaves, deaths and views in any order. */
import { createRandom, type NodeId, type Random } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import type { SessionEvent } from '../src/messages.ts'
import { defaultAttributes } from '../src/spaces/attributes.ts'
import { SpacesCluster } from './spaces/spaces-cluster.ts'

const seeds = 400
const steps = 80

/** Nobody asks for the defaults, so whoever has it open is not like them. */
function isOpen(world: SpacesCluster, node: NodeId): boolean {
  return world.attributesAt(node).valueBytes !== defaultAttributes.valueBytes
}

class Game {
  readonly #random: Random
  readonly #world: SpacesCluster
  readonly #new = new Set<number>()
  readonly #calls = new Map<number, NodeId>()
  created = 0

  constructor(seed: number) {
    this.#random = createRandom(`game ${seed}`)
    this.#world = new SpacesCluster([1, 2, 3, 4, 5], seed, (node, event) => this.#hear(node, event))
  }

  play(): void {
    for (let step = 0; step < steps; step += 1) {
      this.#act()
      this.#checkAgreement()
    }
    this.#world.change()
    this.#checkAgreement()
    this.#checkEnd()
  }

  #act(): void {
    const node = this.#random.pick(this.#world.living)
    const action = this.#random.below(20)
    if (action < 5) this.#open(node)
    else if (action < 8) this.#calls.set(this.#world.leave(node, 'discard'), node)
    else if (action === 8 && this.#world.living.length > 2) {
      this.#world.die(node, { mute: this.#random.chance(1, 2) })
      this.#world.install(this.#world.nextView(this.#random.chance(1, 2)))
    } else if (action === 9) this.#world.change()
    else
      for (let count = this.#random.below(8); count > 0; count -= 1)
        this.#world.cluster.deliverOne()
  }

  #open(node: NodeId): void {
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
    if (event.kind !== 'space' || event.outcome !== 'opened') return
    this.created += 1
    if (!this.#new.has(event.call)) return
    const others = this.#world.living.filter((other) => other !== node)
    expect(others.filter((other) => isOpen(this.#world, other))).toEqual([])
  }

  #checkAgreement(): void {
    const open = this.#world.living.filter((node) => isOpen(this.#world, node))
    const sizes = open.map((node) => this.#world.attributesAt(node).valueBytes)
    expect(new Set(sizes).size).toBeLessThan(2)
  }

  /** Every call of those that live was answered, and a lock is held for every node that has it open. */
  #checkEnd(): void {
    const { living } = this.#world
    const pending = [...this.#calls].filter(
      ([call, node]) => living.includes(node) && this.#world.said(call) === undefined,
    )
    expect(pending).toEqual([])
    const open = living.filter((node) => isOpen(this.#world, node))
    const holders = this.#world.internalLocks().map((words) => words.replace(/^\d+: /, ''))
    expect(holders.sort()).toEqual(open.map((node) => `${node} PR`).sort())
  }
}

test('all who have it open agree, one that is new is alone, and every call is answered', () => {
  let created = 0
  for (let seed = 0; seed < seeds; seed += 1) {
    const game = new Game(seed)
    try {
      game.play()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    created += game.created
  }
  expect(created).toBeGreaterThan(seeds)
})
