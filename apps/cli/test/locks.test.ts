import type { Cluster } from '@holdfast/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlayCluster, startPlayCluster } from './play-cluster.ts'

let cluster: PlayCluster
let one: Cluster
let other: Cluster

beforeAll(async () => {
  cluster = await startPlayCluster({ nodes: 2 })
  one = await cluster.connect(0)
  other = await cluster.connect(1)
  const orders = one.lockspace('default')
  const table = await orders.acquire('orders', { mode: 'CR' })
  await orders.acquire('42', { parent: table })
  await orders.acquire('busy', { mode: 'PR', range: { start: 0, end: 9 } })
  other.lockspace('default').enqueue({ name: 'busy', mode: 'EX' })
  await other.lockspace('elsewhere').acquire('quiet')
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await cluster.end()
})

/** The rows that it prints, without headings, blanks and what changes from run to run. */
async function rows(...args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cluster.holdfast(['locks', ...args]).ended
  expect([code, stderr]).toEqual([0, ''])
  const [, ...lines] = stdout.trimEnd().split('\n')
  return lines.map((line) => line.replaceAll(/ {2,}/g, ' ').replaceAll(/[\d.]+ (?:ms|s)\b/g, 'T'))
}

test('locks finds those of a name, also one below others, and tells who blocks whom', async () => {
  const [mine, theirs] = [one, other].map((each) => each.node)
  expect(await rows('--resource', 'orders', '42')).toEqual([
    expect.stringMatching(
      new RegExp(`^default/orders > 42 ${mine} granted EX ${mine}/\\d+#\\d+ T$`),
    ),
  ])
  const [holder, waiter] = await rows('--resource', 'busy', '--blockers')
  const id = String.raw`${mine}/\d+#\d+`
  const waiting = String.raw`${theirs}/\d+#\d+`
  expect(holder).toMatch(
    new RegExp(String.raw`^default/busy \[0-9\] ${mine} granted PR ${id} T ${waiting} EX T$`),
  )
  expect(waiter).toMatch(new RegExp(`^default/busy ${mine} waiting 0 EX ${waiting} T ${id} PR T$`))
})

test('locks finds those of a session and of a node, and all', async () => {
  const [held] = await one.locks()
  const session = `${held?.node}/${held?.session}`
  expect(await rows('--session', session)).toHaveLength(3)
  expect(await rows('--session', session, '--lock', String(held?.lock))).toHaveLength(1)
  expect(await rows('--node', other.node ?? '')).toHaveLength(2)
  expect(await rows('--all')).toHaveLength(5)
  expect(await rows('--all', '--space', 'elsewhere')).toHaveLength(1)
})

test('locks tells programs, page by page', async () => {
  const { stdout } = await cluster.holdfast(['locks', '--resource', 'busy', '--blockers', '--json'])
    .ended
  const { locks } = JSON.parse(stdout)
  expect(locks).toMatchObject([
    {
      granted: 'PR',
      range: { start: '0', end: '9' },
      blocks: [{ mode: 'EX' }],
      value: { bytes: '' },
    },
    { wanted: 'EX', position: 0, blockedBy: [{ mode: 'PR' }] },
  ])
})

test('locks says what is wrong, and that there are none', async () => {
  const wrong = await cluster.holdfast(['locks', '--node', 'n9']).ended
  expect([wrong.code, wrong.stdout]).toEqual([1, ''])
  expect(wrong.stderr).toContain('no node n9')
  const number = await cluster.holdfast(['locks', '--session', 'n1/1', '--lock', 'x']).ended
  expect(number.code).toBe(64)
  const none = await cluster.holdfast(['locks', '--resource', 'nothing']).ended
  expect([none.code, none.stdout]).toEqual([0, 'no locks\n'])
})
