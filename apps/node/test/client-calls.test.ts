import { type Cluster, connect, counter, LockDeniedError } from '@holdfast/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createNode, type Node } from '../src/index.ts'

const token = 'a-token-for-the-clients'
let node: Node
/** One session over a connection, one in this process. */
let remote: Cluster
let local: Cluster

beforeEach(async () => {
  node = await createNode({ name: 'n1', listen: { port: 0 }, clientToken: token })
  remote = await connect(node.address, { token })
  local = await node.connect()
})
afterEach(() => node.close())

describe('the calls of a client, at a node', () => {
  test('take names of any bytes, which are the same as their text', async () => {
    await using lock = await remote.lockspace('größe').acquire(new Uint8Array([0xc3, 0xbc]))
    expect(lock).toMatchObject({ name: 'ü', held: true })
    const byText = local.lockspace('größe').acquire('ü', { noQueue: true })
    await expect(byText).rejects.toThrow(LockDeniedError)
    await expect(byText).rejects.toThrow('EX on größe/ü: busy')
    await using other = await local.lockspace('größe').acquire(new Uint8Array([0, 0xff]))
    expect(other.name).toBe('\\x00\\xff')
  })

  test('let two tasks of one session wait for each other, and one owner for nobody', async () => {
    const space = remote.lockspace('s')
    const first = await space.acquire('a')
    const second = space.acquire('a')
    await first.unlock()
    await using _second = await second
    const mine = await remote.lockspace('s').as('tx').acquire('b')
    await using _also = await local.lockspace('s').as('tx').acquire('b')
    expect(await local.lockspace('s').tryAcquire('b')).toBeUndefined()
    await mine.unlock()
  })

  test('report a session that would wait for itself, as data and with the cycle', async () => {
    const space = remote.lockspace('s')
    const first = space.enqueue({ name: 'a', mode: 'EX' })
    const second = space.enqueue({ name: 'a', mode: 'PR' })
    expect(await first.completion).toMatchObject({ outcome: 'granted', mode: 'EX' })
    expect(await second.completion).toMatchObject({
      outcome: 'deadlock',
      reason: expect.stringContaining('s/a'),
    })
  })

  test('end at their time limit', async () => {
    await using _lock = await remote.lockspace('s').acquire('a')
    const waiting = local.lockspace('s').acquire('a', { timeoutMs: 30 })
    await expect(waiting).rejects.toMatchObject({ code: 'lock-timed-out' })
  })

  test('lock parts of a resource', async () => {
    const lower = { range: { start: 0, end: 9 } }
    const upper = { range: { start: 10n, end: 2n ** 64n - 1n } }
    await using lock = await remote.lockspace('s').acquire('a', lower)
    await using _upper = await local.lockspace('s').acquire('a', upper)
    expect(await local.lockspace('s').tryAcquire('a', lower)).toBeUndefined()
    await lock.convert('EX', { range: { start: 0, end: 4 } })
    expect(lock.range).toEqual({ start: 0n, end: 4n })
    await using rest = await local.lockspace('s').tryAcquire('a', { range: { start: 5, end: 9 } })
    expect(rest?.range).toEqual({ start: 5n, end: 9n })
  })

  test('lock below a lock, and take a subtree away', async () => {
    const space = remote.lockspace('s')
    const parent = await space.acquire('file', { mode: 'CR' })
    const child = await space.acquire('page', { parent })
    // The same name elsewhere.
    await using _other = await space.acquire('page')
    await expect(parent.unlock()).rejects.toMatchObject({ code: 'lock-has-children' })
    expect([parent.held, child.held]).toEqual([true, true])
    expect(await parent.handle.unlock({ subtree: 'below' })).toMatchObject({
      also: [child.handle.number],
    })
    expect([parent.held, child.held]).toEqual([true, false])
    const again = await space.acquire('page', { parent })
    await parent.unlock({ subtree: true })
    expect([parent.held, again.held]).toEqual([false, false])
    expect(again.signal.reason).toMatchObject({ code: 'lock-unlocked' })
    await again.unlock()
  })

  test('take no parent of another connection', async () => {
    await using parent = await remote.lockspace('s').acquire('file', { mode: 'CR' })
    const below = local.lockspace('s').acquire('page', { parent })
    await expect(below).rejects.toThrow('the parent is a lock of another connection')
  })

  test('carry typed values', async () => {
    const options = { mode: 'NL', useValue: true } as const
    await using here = await remote.lockspace('s').acquire('a', options)
    await using there = await local.lockspace('s').acquire('a', options)
    expect(here.read(counter)).toEqual({ state: 'empty' })
    await here.convert('EX')
    await here.convert('NL', { value: counter.of(41n) })
    await there.convert('PR')
    expect(there.read(counter)).toEqual({ state: 'valid', value: 41n })
  })

  test('tell what a conversion came to, and blocking callbacks in between', async () => {
    const heard: string[] = []
    const handle = remote.lockspace('s').enqueue({
      name: 'a',
      mode: 'PR',
      onCompletion: ({ of, outcome, mode }) => heard.push(`${of} ${outcome} ${mode}`),
      onBlocking: (wanted) => {
        heard.push(`blocking ${wanted}`)
        return handle.convert('NL')
      },
    })
    await handle.completion
    await using _other = await local.lockspace('s').acquire('a')
    await expect
      .poll(() => heard)
      .toEqual(['request granted PR', 'blocking EX', 'convert granted NL'])
  })

  test('take over what a session left behind', async () => {
    const range = { start: 3n, end: 4n }
    const dying = await connect(node.address, { token })
    await dying.lockspace('s').acquire('a', { persistent: true, range })
    await dying.close()
    const space = local.lockspace('s')
    await expect
      .poll(() => space.acquireOrphan('a', { mode: 'PR' }).catch(({ code }) => code))
      .toBe('lock-denied')
    expect(await space.tryAcquire('a', { range })).toBeUndefined()
    await using orphan = await space.acquireOrphan('a')
    expect(orphan).toMatchObject({ mode: 'EX', range, held: true })
    await expect(space.acquireOrphan('a')).rejects.toMatchObject({ code: 'orphan-not-found' })
  })

  test('end one of two transactions that wait for each other, with the cycle', async () => {
    const one = remote.lockspace('s').as('one')
    const two = local.lockspace('s').as('two')
    const held = await one.acquire('a')
    await using _b = await two.acquire('b')
    const losing = one.acquire('b', { priority: 1 })
    const winning = two.acquire('a')
    await expect(losing).rejects.toMatchObject({
      code: 'lock-deadlock',
      cycle: expect.stringMatching(/owner one .* owner two .* owner one/),
    })
    await held.unlock()
    await using won = await winning
    expect(won.held).toBe(true)
  })

  test('open a lockspace that all agree on, and leave it', async () => {
    const space = await remote.openLockspace('s', { create: 'new', attributes: { deadlockMs: 0 } })
    expect(space.attributes).toMatchObject({ deadlockMs: 0, mastering: 'directory' })
    const refused = { code: 'call-refused', call: 'open-space' }
    await expect(local.openLockspace('s', { create: 'new' })).rejects.toMatchObject(refused)
    const other = { attributes: { deadlockMs: 5 } }
    await expect(local.openLockspace('s', other)).rejects.toMatchObject(refused)
    await using same = await local.openLockspace('s')
    expect(same.attributes).toEqual(space.attributes)
    const lock = await space.acquire('a')
    await expect(space.leave()).rejects.toMatchObject({ code: 'call-refused' })
    await space.leave({ force: 'discard' })
    expect(lock.signal.reason).toMatchObject({ code: 'lock-lost', reason: 'lockspace-left' })
    await using free = await same.tryAcquire('a')
    expect(free?.held).toBe(true)
  })
})
