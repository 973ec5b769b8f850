import type { SessionCall } from '@holdfast/lock-engine/messages'
import { expect, test } from 'vitest'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

function readyCluster(): MachineCluster {
  const cluster = new MachineCluster(names)
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  return cluster
}

type Query = Omit<Extract<SessionCall, { readonly kind: 'query' }>, 'call' | 'kind'>

function answer(cluster: MachineCluster, session: number, query: Query) {
  const call = cluster.call('n1', session, { kind: 'query', ...query })
  cluster.run(100)
  const heard = cluster.heard('n1', session)
  return heard.find((event) => 'call' in event && event.call === call)
}

test('a report of the locks of one node that was cut has a `next`, and goes on there', () => {
  const cluster = readyCluster()
  const session = cluster.session('n1')
  for (const [at, name] of ['a', 'b', 'c'].entries()) cluster.request('n1', session, at + 1, name)
  cluster.run(100)
  const first = answer(cluster, session, { what: 'locks', limit: 2 })
  expect(first).toMatchObject({ kind: 'report', next: expect.any(String) })
  const { next = '' } = first as { readonly next?: string }
  const rest = answer(cluster, session, { what: 'locks', limit: 2, after: next })
  expect(rest).not.toHaveProperty('next')
  const found = [first, rest].flatMap((report) =>
    report?.kind === 'report' ? (report.locks ?? []) : [],
  )
  expect(found.map(({ lock, master }) => `${lock} ${master}`).sort()).toEqual([
    '1 n1',
    '2 n1',
    '3 n1',
  ])
})

test('a node that may not act tells what it masters, and that locks may be missing', () => {
  const cluster = readyCluster()
  cluster.request('n1', cluster.session('n1'), 1, 'a')
  cluster.run(100)
  cluster.crash('n2')
  cluster.crash('n3')
  const facts = cluster.nodes.get('n1')?.facts ?? []
  cluster.runUntil(() => facts.some(({ fact }) => fact.kind === 'authority-lost'))
  const later = cluster.session('n1')
  const report = answer(cluster, later, { what: 'locks' })
  expect(report).toMatchObject({ kind: 'report', partial: true, locks: [{ lock: 1 }] })
})

test.each<[string, Query, string]>([
  ['a filter, of the locks of one node', { what: 'locks', filter: {} }, 'say `scope` cluster'],
  ['a filter, for a status', { what: 'status', filter: {} }, 'are for locks'],
  ['the whole cluster, for a status', { what: 'status', scope: 'cluster' }, 'are for locks'],
])('a query that would be ignored in part is refused: %s', (_, query, words) => {
  const cluster = readyCluster()
  const session = cluster.session('n1')
  expect(answer(cluster, session, query)).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining(words),
  })
})
