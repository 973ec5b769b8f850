/** An open lockspace is no lock of a session. */
import { expect, test } from 'vitest'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

/** How long n1 takes to leave, with a session that has no lock. */
function leaveMs(opensSpace: boolean): number {
  const cluster = new MachineCluster(names)
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  const session = cluster.session('n1')
  if (opensSpace) cluster.call('n1', session, { kind: 'open-space', space: 's' } as never)
  cluster.run(100)
  cluster.give('n1', { kind: 'leave' })
  return cluster.runUntil(() => cluster.nodes.get('n1')?.machine.stopped === true, 120_000)
}

test('a session that has a lockspace open and no lock does not hold the node up', () => {
  const [without, withSpace] = [leaveMs(false), leaveMs(true)]
  expect({ without, withSpace }).toEqual({
    without: expect.toSatisfy((ms: number) => ms < 3_000),
    withSpace: expect.toSatisfy((ms: number) => ms < 3_000),
  })
})
