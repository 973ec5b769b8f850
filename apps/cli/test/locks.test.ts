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
  await one.lockspace('größe').acquire(Uint8Array.of(0, 255), {
    owner: 'order 42',
    priority: 7,
    persistent: true,
  })
  await one.lockspace('größe').acquire('\u001b[31mred')
  // It has attributes of its own, which are kept in a lockspace that is nobody's.
  await one.openLockspace('größe', { attributes: { valueBytes: 8 } })
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
      new RegExp(
        `^default/orders > 42 ${mine} granted EX ${mine}/\\d+#\\d+ T \\d+ 128 (${mine}|${theirs})$`,
      ),
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

test('locks finds those of a session and of a node', async () => {
  const [held] = await one.locks()
  const session = `${held?.node}/${held?.session}`
  expect(await rows('--session', session)).toHaveLength(5)
  expect(await rows('--session', session, '--lock', String(held?.lock))).toHaveLength(1)
  expect(await rows('--node', other.node ?? '')).toHaveLength(2)
})

test('locks shows all when nothing is asked for, or a whole lockspace', async () => {
  expect(await rows('--all')).toHaveLength(7)
  expect(await rows()).toEqual(await rows('--all'))
  expect(await rows('--space', 'elsewhere')).toHaveLength(1)
})

test('locks shows names as they are given to it, whatever their bytes', async () => {
  const all = await rows('--space', 'größe')
  expect(all).toEqual([
    expect.stringMatching(/^größe\/hex:00ff .*\(persistent\) T$/),
    expect.stringMatching(/^größe\/hex:1b5b33316d726564 /),
  ])
  const [found, ...others] = await rows('--space', 'größe', '--resource', 'hex:00ff')
  expect([others, found]).toEqual([
    [],
    expect.stringMatching(/^größe\/hex:00ff .* \(persistent\) T \d+ order 42 7 n\d$/),
  ])
})

test('locks leaves none out, however many there are', async () => {
  const many = one.lockspace('many')
  const calls = Array.from({ length: 1_200 }, (_, index) =>
    many.enqueue({ name: `${index}`, mode: 'NL' }),
  )
  await Promise.all(calls.map(({ completion }) => completion))
  const { code, stdout } = await cluster.holdfast(['locks', '--space', 'many', '--json']).ended
  const pages = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).locks)
  expect([code, pages.map((page) => page.length)]).toEqual([0, [1_000, 200]])
  expect(pages[0][0]).toMatchObject({ forMs: expect.any(Number), directory: expect.any(String) })
  expect(Number.isInteger(pages[0][0].forMs)).toBe(true)
  await Promise.all(calls.map((handle) => handle.unlock()))
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

const wrongCalls: readonly (readonly [readonly string[], string])[] = [
  [['--node', 'n9'], '--node n9: no node is called n9; there are n1, n2'],
  [['--session', 'n9/1'], '--session n9/1: no node is called n9; there are n1, n2'],
  [['--session', 'n1'], '--session n1 must be a session as the table names one, such as n1/3'],
  [['--session', 'n1/1', '--lock', 'x'], '--lock x must be a whole number'],
  [['--lock', '2'], '--lock 2 needs the session that gave it this number: add --session n1/3'],
  [['--space', ''], '--space "" is no name: a name has 1 to 255 bytes, this one 0'],
  [['--resource', ''], '--resource "" is no name: a name has 1 to 255 bytes, this one 0'],
  [['--space', 'x'.repeat(256)], 'is no name: a name has 1 to 255 bytes, this one 256'],
  [['--resource', 'hex:0'], '--resource "hex:0" is no name: "0" is not hexadecimal'],
  [['--address', 'bogus'], '"bogus" is no address: it looks like ws://127.0.0.1:7400'],
]

test.each(wrongCalls)('locks %j ends with 64 and one sentence', async (args, sentence) => {
  const { code, stdout, stderr } = await cluster.holdfast(['locks', ...args]).ended
  expect([code, stdout]).toEqual([64, ''])
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('locks says that there are none, and where', async () => {
  const none = await cluster.holdfast(['locks', '--resource', 'nothing']).ended
  expect([none.code, none.stdout]).toEqual([0, 'no locks on default/nothing\n'])
  const empty = await cluster.holdfast(['locks', '--space', 'empty']).ended
  expect([empty.code, empty.stdout]).toEqual([0, 'no locks in empty\n'])
})

const broken: readonly (readonly [readonly string[], number])[] = [
  [['members', '--address', 'ws://127.0.0.1:9'], 69],
  [['locks', '--session', 'n1'], 64],
  [['members', '--no-such-flag'], 64],
]

test.each(broken)('%j tells programs what is wrong as an object', async (args, exitCode) => {
  const { code, stderr } = await cluster.holdfast([...args, '--json']).ended
  expect([code, JSON.parse(stderr)]).toEqual([
    exitCode,
    { message: expect.any(String), event: 'error', exitCode },
  ])
})
