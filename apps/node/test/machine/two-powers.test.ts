import { expect, test } from 'vitest'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

function readyCluster(): MachineCluster {
  const cluster = new MachineCluster(names)
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  return cluster
}

/** The node's own session takes the lock, so the node masters the resource. */
function mastered(cluster: MachineCluster, name: string, resource: string): number {
  const session = cluster.session(name)
  const call = cluster.request(name, session, 1, resource)
  cluster.runUntil(() => cluster.completion(name, session, call)?.outcome === 'granted')
  const masters = cluster.nodes.get(name)?.machine.engine.locks(10) ?? []
  expect(masters.some((lock) => lock.resource.name === resource)).toBe(true)
  return session
}

test('while a view change is under way, what it does not touch keeps being granted', () => {
  const cluster = readyCluster()
  const atN1 = mastered(cluster, 'n1', 'of-n1')
  mastered(cluster, 'n3', 'of-n3')
  const atN2 = cluster.session('n2')

  cluster.crash('n3')
  cluster.runUntil(() => ['n1', 'n2'].every((n) => cluster.at(n, 'installed', 2) !== undefined))
  const touched = cluster.request('n2', atN2, 1, 'of-n3')

  // Hand the untouched lock to and fro between two nodes, as often as it goes, until activation.
  let grants = 0
  let lock = 1
  while (cluster.at('n1', 'activated', 2) === undefined) {
    cluster.call('n1', atN1, { kind: 'unlock', lock } as never)
    lock += 1
    const remote = cluster.request('n2', atN2, lock, 'of-n1')
    cluster.runUntil(() => cluster.completion('n2', atN2, remote)?.outcome === 'granted', 100)
    cluster.call('n2', atN2, { kind: 'unlock', lock } as never)
    const own = cluster.request('n1', atN1, lock, 'of-n1')
    cluster.runUntil(() => cluster.completion('n1', atN1, own)?.outcome === 'granted', 100)
    if (cluster.at('n1', 'activated', 2) === undefined) grants += 2
  }

  const installed = cluster.at('n1', 'installed', 2) ?? 0
  const activated = cluster.at('n1', 'activated', 2) ?? 0
  expect(activated - installed).toBeGreaterThan(500)
  expect(grants).toBeGreaterThan(50)

  // What the dead node mastered waited for the activation, and is granted then.
  const completion = () => cluster.completion('n2', atN2, touched)
  cluster.runUntil(() => completion() !== undefined, 1_000)
  expect(completion()?.outcome).toBe('granted')
})

test('what the dead node mastered is granted to nobody before its own lease is over', () => {
  const cluster = readyCluster()
  const atN3 = mastered(cluster, 'n3', 'of-n3')
  const atN1 = cluster.session('n1')

  cluster.cut('n3')
  const wanted = cluster.request('n1', atN1, 1, 'of-n3')
  cluster.runUntil(() => cluster.completion('n1', atN1, wanted)?.outcome === 'granted')
  const granted = cluster.now

  const closed = cluster.heard('n3', atN3).find((event) => event.kind === 'closed')
  expect(closed).toEqual({ kind: 'closed', reason: 'authority-lost' })
  const facts = cluster.nodes.get('n3')?.facts ?? []
  const stopped = facts.find(({ fact }) => fact.kind === 'authority-lost')?.at ?? Infinity
  expect(stopped).toBeLessThan(granted)
})

test('a node that leaves hands over: nobody waits for a lease, and holders keep their locks', () => {
  const cluster = readyCluster()
  const atN3 = mastered(cluster, 'n3', 'handed-over')
  const atN1 = cluster.session('n1')
  const waiting = cluster.request('n1', atN1, 1, 'handed-over')
  cluster.run(10)
  expect(cluster.completion('n1', atN1, waiting)).toBeUndefined()
  cluster.call('n3', atN3, { kind: 'unlock', lock: 1 } as never)
  cluster.runUntil(() => cluster.completion('n1', atN1, waiting)?.outcome === 'granted', 100)
  const token = cluster.completion('n1', atN1, waiting)?.token

  cluster.give('n3', { kind: 'leave' })
  const took = cluster.runUntil(() => cluster.nodes.get('n3')?.machine.stopped === true)
  expect(took).toBeLessThan(500)

  const locks = names.flatMap((n) => cluster.nodes.get(n)?.machine.engine.locks(10) ?? [])
  const kept = locks.filter((lock) => lock.resource.name === 'handed-over')
  expect(kept.map(({ granted, token: its }) => [granted, its])).toEqual([['EX', token]])
  expect(cluster.heard('n1', atN1).some((event) => event.kind === 'closed')).toBe(false)
})
