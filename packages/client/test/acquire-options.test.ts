import { describe, expect, test } from 'vitest'
import {
  LockCancelledError,
  LockDeadlockError,
  LockHasChildrenError,
  LockLostError,
  LockQuotaError,
  LockTimeoutError,
  OrphanNotFoundError,
} from '../src/errors.ts'
import { granted, setting } from './setting.ts'

describe('whose lock it is', () => {
  test('a lock without an owner is a party of its own', async () => {
    const { node, cluster } = await setting()
    const space = cluster.lockspace('orders')
    void space.acquire('a').catch(() => undefined)
    void space.tryAcquire('b').catch(() => undefined)
    void space.request('c', () => undefined).catch(() => undefined)
    for (let count = 0; count < 3; count += 1) {
      const call = await node.next('request')
      expect(call.alone).toBe(true)
      expect(call).not.toHaveProperty('owner')
    }
    await cluster.close()
  })

  test('an owner is given with the call, or once for all', async () => {
    const { node, cluster } = await setting()
    const mine = cluster.lockspace('orders').as('tx-1')
    expect(mine.name).toBe('orders')
    void mine.acquire('a').catch(() => undefined)
    void mine.acquire('b', { owner: 'tx-2' }).catch(() => undefined)
    const calls = [await node.next('request'), await node.next('request')]
    expect(calls.map(({ owner }) => owner)).toEqual(['tx-1', 'tx-2'])
    expect(calls.map(({ alone }) => alone)).toEqual([undefined, undefined])
    await cluster.close()
  })

  test('a lock below one with an owner has that owner', async () => {
    const { node, cluster } = await setting()
    const acquiring = cluster.lockspace('orders').as('tx-1').acquire('o/1')
    await node.grantNext()
    const parent = await acquiring
    void cluster
      .lockspace('orders')
      .acquire('line', { parent })
      .catch(() => undefined)
    expect(await node.next('request')).toMatchObject({ owner: 'tx-1' })
    await cluster.close()
  })
})

describe('what is asked for', () => {
  test('range, priority, time limit and the rest are sent', async () => {
    const { node, cluster } = await setting()
    const terms = {
      priority: 7,
      timeoutMs: 100,
      persistent: true,
      noDeadlockWait: true,
      noDeadlockBlock: true,
    }
    const acquiring = cluster
      .lockspace('orders')
      .acquire('o/1', { ...terms, range: { start: 10, end: 19n } })
    const call = await node.next('request')
    expect(call).toMatchObject({ ...terms, range: { start: 10n, end: 19n } })
    node.complete(call, { mode: 'EX', token: 1n, range: { start: 10n, end: 19n } })
    expect((await acquiring).range).toEqual({ start: 10n, end: 19n })
  })

  test('names are text or bytes, and shown as text', async () => {
    const given = await setting()
    const space = given.cluster.lockspace('größe')
    const byText = space.acquire('ü')
    const call = await given.node.grantNext()
    expect(call.resource).toEqual({ space: 'grÃ¶Ã\u009fe', name: 'Ã¼' })
    const lock = await byText
    expect(lock).toMatchObject({ name: 'ü', resource: call.resource })
    const byBytes = space.acquire(new Uint8Array([0xff, 0x41]))
    given.node.settle(await given.node.next('request'), 'denied')
    await expect(byBytes).rejects.toThrow('EX on größe/\\xffA: busy')
  })

  test('a bad name or range rejects, and sends nothing', async () => {
    const { node, cluster } = await setting()
    const space = cluster.lockspace('orders')
    for (const name of ['', 'ü'.repeat(128), '\udc00', new Uint8Array(256)]) {
      await expect(space.acquire(name)).rejects.toThrow(TypeError)
    }
    await expect(space.acquire(7 as never)).rejects.toThrow(TypeError)
    await expect(space.acquire('a', { range: { start: 1, end: 0 } })).rejects.toThrow(RangeError)
    expect(() => cluster.lockspace('')).toThrow(TypeError)
    expect(node.calls).toEqual([])
  })
})

describe('below another lock', () => {
  test('the request goes to the session of the parent, and errors show the way down', async () => {
    const given = await setting()
    const parent = await granted(given)
    const acquiring = given.cluster.lockspace('orders').acquire('line', { parent })
    const call = await given.node.next('request')
    expect(call).toMatchObject({
      parent: parent.handle.number,
      resource: { space: 'orders', name: 'line' },
    })
    expect(call.resource).not.toHaveProperty('path')
    given.node.settle(call, 'denied')
    await expect(acquiring).rejects.toThrow('EX on orders/o/1 > line: busy')
  })

  test('it rejects when the parent was lost, and does not move to a new session', async () => {
    const given = await setting()
    const parent = await granted(given)
    const acquiring = given.cluster.lockspace('orders').acquire('line', { parent })
    await given.node.next('request')
    given.node.cut('cable')
    await expect(acquiring).rejects.toThrow(LockLostError)
    await expect(
      given.cluster.lockspace('orders').acquire('line', { parent: parent.handle }),
    ).rejects.toThrow(LockLostError)
    expect(given.node.sessions).toBe(1)
  })

  test('it rejects in another lockspace than the parent', async () => {
    const given = await setting()
    const parent = await granted(given)
    await expect(given.cluster.lockspace('other').acquire('a', { parent })).rejects.toThrow(
      'another lockspace: orders',
    )
  })

  test('it rejects below a lock of another connection, and below what is no lock', async () => {
    const [given, other] = [await setting(), await setting()]
    const parent = await granted(other)
    const space = given.cluster.lockspace('orders')
    const acquiring = space.acquire('a', { parent })
    await expect(acquiring).rejects.toThrow(TypeError)
    await expect(acquiring).rejects.toThrow('the parent is a lock of another connection')
    expect(() => space.enqueue({ name: 'a', mode: 'NL', parent })).toThrow('another connection')
    for (const wrong of ['o/1', null, {}]) {
      const options = { parent: wrong } as never
      await expect(space.acquire('a', options)).rejects.toThrow('a parent is a lock')
    }
    expect(given.node.calls).toEqual([])
  })

  test('a lock with locks below it is unlocked with them or not at all', async () => {
    const given = await setting()
    const parent = await granted(given)
    const unlocking = parent.unlock()
    const refusal = { outcome: 'refused', mode: 'EX', code: 'children', reason: 'one' } as const
    given.node.complete(await given.node.next('unlock'), refusal)
    await expect(unlocking).rejects.toThrow(LockHasChildrenError)
    expect(parent.held).toBe(true)
    const again = parent.unlock({ subtree: true })
    const call = await given.node.next('unlock')
    expect(call).toMatchObject({ subtree: 'with' })
    given.node.complete(call, { outcome: 'unlocked', also: [] })
    await again
  })
})

describe('a lock that goes with one above it', () => {
  async function family() {
    const given = await setting()
    const parent = await granted(given)
    const acquiring = given.cluster.lockspace('orders').acquire('row', { parent })
    await given.node.grantNext()
    const row = await acquiring
    const { signal } = row
    const go = async (): Promise<void> => {
      const unlocking = parent.unlock({ subtree: true })
      const also = [row.handle.number]
      given.node.complete(await given.node.next('unlock'), { outcome: 'unlocked', also })
      await unlocking
    }
    return { ...given, row, signal, go }
  }

  test('aborts its signal, and is unlocked as by a second unlock', async () => {
    const { node, row, signal, go, callbackErrors } = await family()
    await go()
    expect([row.held, signal.aborted, row.signal]).toEqual([false, true, signal])
    expect(signal.reason).toMatchObject({ code: 'lock-unlocked' })
    await row.unlock()
    await row[Symbol.asyncDispose]()
    expect(callbackErrors).toEqual([])
    expect(node.calls.filter(({ kind }) => kind === 'unlock')).toHaveLength(1)
  })

  test('tells its signal also when it is asked for later', async () => {
    const { row, go } = await family()
    await go()
    expect(row.signal.reason).toMatchObject({ code: 'lock-unlocked' })
  })

  test('says that a value was not written', async () => {
    const { row, go } = await family()
    await go()
    const late = row.unlock({ value: new Uint8Array(1) })
    await expect(late).rejects.toMatchObject({ code: 'lock-unlocked' })
  })

  test('ends an unlock of its own that crossed it', async () => {
    const { node, row, signal, go } = await family()
    const going = go()
    const unlocking = row.unlock()
    await going
    node.complete(await node.next('unlock'), { outcome: 'refused', reason: 'there is no lock' })
    await unlocking
    expect(signal.aborted).toBe(false)
  })
})

describe('outcomes as errors', () => {
  test('a time limit', async () => {
    const { node, cluster } = await setting()
    const acquiring = cluster.lockspace('orders').acquire('a', { timeoutMs: 10 })
    node.settle(await node.next('request'), 'timed-out')
    const error = await acquiring.catch((reason: unknown) => reason)
    expect(LockTimeoutError.is(error)).toBe(true)
    expect(error).toMatchObject({ name: 'LockTimeoutError', code: 'lock-timed-out' })
  })

  test('a deadlock carries its cycle', async () => {
    const given = await setting()
    const lock = await granted(given, { mode: 'PR' })
    const converting = lock.convert('EX')
    const cycle = 'n1/1 waits for n2/4, which waits for n1/1'
    const ending = { outcome: 'deadlock', mode: 'PR', reason: cycle } as const
    given.node.complete(await given.node.next('convert'), ending)
    const error = await converting.catch((reason: unknown) => reason)
    expect(LockDeadlockError.is(error)).toBe(true)
    expect(error).toMatchObject({ cycle, message: `EX on orders/o/1: deadlock: ${cycle}` })
    expect(lock).toMatchObject({ mode: 'PR', held: true })
  })

  test('a quota', async () => {
    const { node, cluster } = await setting()
    const acquiring = cluster.lockspace('orders').acquire('a')
    const ending = { outcome: 'refused', code: 'quota', reason: 'full' } as const
    node.complete(await node.next('request'), ending)
    const error = await acquiring.catch((reason: unknown) => reason)
    expect(LockQuotaError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'lock-quota', message: 'EX on orders/a: refused: full' })
  })

  test('a cancel by another part of the program', async () => {
    const given = await setting()
    const lock = await granted(given, { mode: 'PR' })
    const converting = lock.convert('EX')
    void lock.handle.cancel()
    const call = await given.node.next('convert')
    given.node.settle(call, 'cancelled', 'PR')
    await expect(converting).rejects.toThrow(LockCancelledError)
  })

  test('a lockspace that was left ends a waiting request, once and for all', async () => {
    const { node, cluster } = await setting()
    const acquiring = cluster.lockspace('orders').acquire('a')
    node.settle(await node.next('request'), 'lost')
    await expect(acquiring).rejects.toMatchObject({ code: 'lock-lost', reason: 'lockspace-left' })
    expect(node.calls).toHaveLength(1)
  })

  test('an orphan that is not there', async () => {
    const { node, cluster } = await setting()
    const acquiring = cluster.lockspace('orders').acquireOrphan('a')
    node.settle(await node.next('adopt'), 'not-found')
    const error = await acquiring.catch((reason: unknown) => reason)
    expect(OrphanNotFoundError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'orphan-not-found' })
  })
})

test('an orphan is acquired as a lock', async () => {
  const { node, cluster } = await setting()
  const acquiring = cluster
    .lockspace('orders')
    .acquireOrphan('a', { mode: 'PW', useValue: true, owner: 'tx-1' })
  const call = await node.next('adopt')
  expect(call).toMatchObject({ mode: 'PW', useValue: true, owner: 'tx-1', notify: true })
  expect(call).not.toHaveProperty('alone')
  node.complete(call, { mode: 'PW', token: 4n, range: { start: 0n, end: 0n } })
  expect(await acquiring).toMatchObject({ token: 4n, range: { start: 0n, end: 0n }, held: true })
})
