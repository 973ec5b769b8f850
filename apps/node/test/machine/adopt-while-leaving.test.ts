import { expect, test } from 'vitest'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

test('a node that leaves takes no orphan of another node, which it would take with it', () => {
  const cluster = new MachineCluster(names)
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  const [one, two] = [cluster.session('n1'), cluster.session('n2')]
  const how = {
    lock: 1,
    resource: { space: 's', name: 'r' },
    mode: 'EX',
    useValue: false,
    notify: false,
  }
  const request = { kind: 'request', noQueue: false, persistent: true, ...how }
  const asked = cluster.call('n2', two, request as never)
  cluster.runUntil(() => cluster.completion('n2', two, asked)?.outcome === 'granted')
  cluster.call('n2', two, { kind: 'close' } as never)
  cluster.run(100)
  cluster.give('n1', { kind: 'leave' })
  const adopted = cluster.call('n1', one, { kind: 'adopt', persistent: true, ...how } as never)
  cluster.runUntil(() => cluster.completion('n1', one, adopted) !== undefined)
  expect(cluster.completion('n1', one, adopted)?.outcome).toBe('refused')
})
