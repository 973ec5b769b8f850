import { expect, test } from 'vitest'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

/** What a file system on n1 hears of n3, which hands over and cannot end because of a lock, or can. */
function lostAfterLeaving(how: 'crashes' | 'goes'): readonly (readonly number[])[] {
  const cluster = new MachineCluster(names)
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  const [one, three] = [cluster.session('n1'), cluster.session('n3')]
  cluster.call('n1', one, { kind: 'open-space', space: 's', lifecycle: true } as never)
  const asked = cluster.request('n3', three, 1, 'journal')
  cluster.runUntil(() => cluster.completion('n3', three, asked)?.outcome === 'granted')
  cluster.give('n3', { kind: 'leave' })
  cluster.run(1_000)
  const before = cluster.heard('n1', one).length
  if (how === 'crashes') cluster.crash('n3')
  else cluster.call('n3', three, { kind: 'unlock', lock: 1 } as never)
  const news = () =>
    cluster
      .heard('n1', one)
      .slice(before)
      .filter((event) => event.kind === 'recovery')
  cluster.runUntil(() => news().some(({ phase }) => phase === 'resumed'))
  return news().map(({ lost }) => lost)
}

test('a node that dies while it hands over is told as lost', () => {
  expect(lostAfterLeaving('crashes')).toEqual([[3], [3], [3]])
})

test('one that goes when it has handed over is not', () => {
  expect(lostAfterLeaving('goes')).toEqual([[], []])
})
