/** Masteries that follow the work, from the count of a call to the agreed view and back. */
import { expect, test } from 'vitest'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

function readyCluster(weights: Readonly<Record<string, number>> = {}): MachineCluster {
  const cluster = new MachineCluster(names, weights)
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  return cluster
}

class User {
  readonly #cluster: MachineCluster
  readonly #name: string
  readonly #session: number
  #lock = 0

  constructor(cluster: MachineCluster, name: string) {
    this.#cluster = cluster
    this.#name = name
    this.#session = cluster.session(name)
  }

  take(resource: string): void {
    this.#lock += 1
    const call = this.#cluster.request(this.#name, this.#session, this.#lock, resource)
    const end = () => this.#cluster.completion(this.#name, this.#session, call)
    this.#cluster.runUntil(() => end()?.outcome === 'granted', 2_000)
  }

  giveUp(): void {
    const call = { kind: 'unlock', lock: this.#lock } as never
    this.#cluster.call(this.#name, this.#session, call)
  }

  /** Takes the lock, holds it for so long, gives it up, and so on. */
  use(resource: string, times: number, everyMs: number): void {
    for (let time = 0; time < times; time += 1) {
      this.take(resource)
      this.#cluster.run(everyMs)
      this.giveUp()
    }
  }
}

function mastersOf(cluster: MachineCluster, resource: string): readonly string[] {
  return names.filter((name) =>
    cluster.nodes
      .get(name)
      ?.machine.engine.locks(100)
      .some((lock) => lock.resource.name === resource),
  )
}

const epochOf = (cluster: MachineCluster) => cluster.nodes.get('n1')?.machine.view?.epoch

test('the sole user of a resource becomes its master, in one view, and stays it', () => {
  const cluster = readyCluster()
  const first = new User(cluster, 'n1')
  const second = new User(cluster, 'n2')
  first.take('busy')
  expect(mastersOf(cluster, 'busy')).toEqual(['n1'])
  first.giveUp()
  second.use('busy', 30, 1_000)
  second.take('busy')
  expect(mastersOf(cluster, 'busy')).toEqual(['n2'])
  expect(epochOf(cluster)).toBe(2)
  second.giveUp()
  second.use('busy', 120, 1_000)
  expect(epochOf(cluster)).toBe(2)
})

test('two nodes that use a resource alike leave it where it is', () => {
  const cluster = readyCluster()
  const users = ['n1', 'n2'].map((name) => new User(cluster, name))
  for (let time = 0; time < 120; time += 1) for (const user of users) user.use('shared', 1, 200)
  users[0]?.take('shared')
  expect(mastersOf(cluster, 'shared')).toEqual(['n1'])
  expect(epochOf(cluster)).toBe(1)
})

test('a node without weight masters nothing', () => {
  const cluster = readyCluster({ n1: 0 })
  const user = new User(cluster, 'n1')
  for (let number = 0; number < 20; number += 1) user.take(`name-${number}`)
  const reported = cluster.nodes.get('n1')?.machine.engine.locks(100)
  expect(reported).toEqual([])
})
