import { describe, expect, test } from 'vitest'
import { createCluster } from '../src/cluster.ts'
import {
  LockDeadlockError,
  LockDeniedError,
  LockLostError,
  LockRefusedError,
  LockUnlockedError,
  SessionClosedError,
} from '../src/errors.ts'
import { createFakeNode } from './fake-node.ts'
import { granted, setting } from './setting.ts'

describe('acquire', () => {
  test('sends the whole request and gives a held lock with its token', async () => {
    const given = await setting()
    const lock = await granted(given, { mode: 'PW', useValue: true, notify: false })
    expect(given.node.calls[0]).toMatchObject({
      kind: 'request',
      resource: { space: 'orders', name: 'o/1' },
      mode: 'PW',
      useValue: true,
      noQueue: false,
      notify: false,
    })
    expect(lock).toMatchObject({ mode: 'PW', token: 7n, held: true })
  })

  test.each([
    ['denied', LockDeniedError],
    ['deadlock', LockDeadlockError],
    ['refused', LockRefusedError],
  ] as const)('rejects when the outcome is %s', async (outcome, kind) => {
    const { node, cluster } = await setting()
    const acquiring = cluster.lockspace('a').acquire('b')
    node.settle(await node.next('request'), outcome)
    const error = await acquiring.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(kind)
    expect(kind.is(error)).toBe(true)
  })

  test('tryAcquire gives undefined when the lock is busy', async () => {
    const { node, cluster } = await setting()
    const trying = cluster.lockspace('a').tryAcquire('b')
    const call = await node.next('request')
    expect(call.noQueue).toBe(true)
    node.settle(call, 'denied')
    expect(await trying).toBeUndefined()
  })

  test('an abort rejects at once with its reason and cancels', async () => {
    const { node, cluster } = await setting()
    const stop = new AbortController()
    const acquiring = cluster.lockspace('a').acquire('b', { signal: stop.signal })
    const request = await node.next('request')
    stop.abort(new Error('enough'))
    await expect(acquiring).rejects.toThrow('enough')
    expect(await node.next('cancel')).toMatchObject({ lock: request.lock })
  })

  test('a grant that crosses an abort is given back', async () => {
    const { node, cluster } = await setting()
    const stop = new AbortController()
    const acquiring = cluster.lockspace('a').acquire('b', { signal: stop.signal })
    const request = await node.next('request')
    stop.abort(new Error('enough'))
    await expect(acquiring).rejects.toThrow('enough')
    await node.next('cancel')
    node.settle(request, 'granted', 'EX')
    expect(await node.next('unlock')).toMatchObject({ lock: request.lock })
  })

  test('a signal that aborted before sends nothing', async () => {
    const { node, cluster } = await setting()
    const signal = AbortSignal.abort(new Error('never mind'))
    await expect(cluster.lockspace('a').acquire('b', { signal })).rejects.toThrow('never mind')
    expect(node.calls).toEqual([])
  })
})

describe('request', () => {
  test('gives the result of the body and unlocks', async () => {
    const { node, cluster } = await setting()
    const running = cluster.lockspace('a').request('b', async (lock) => `token ${lock.token}`)
    await node.grantNext(9n)
    node.settle(await node.next('unlock'), 'unlocked')
    expect(await running).toBe('token 9')
  })

  test('passes on what the body throws, and unlocks', async () => {
    const { node, cluster } = await setting()
    const running = cluster.lockspace('a').request('b', { mode: 'PR' }, () => {
      throw new Error('no such order')
    })
    await node.grantNext()
    node.settle(await node.next('unlock'), 'unlocked')
    await expect(running).rejects.toThrow('no such order')
  })

  test('reports a lost lock after a body that did not notice', async () => {
    const { node, cluster } = await setting()
    const running = cluster.lockspace('a').request('b', () => node.cut('cable'))
    await node.grantNext()
    await expect(running).rejects.toMatchObject({ code: 'lock-lost', reason: 'connection-lost' })
  })

  test('prefers the error of the body to the loss', async () => {
    const { node, cluster } = await setting()
    const running = cluster.lockspace('a').request('b', () => {
      node.cut('cable')
      throw new Error('mine')
    })
    await node.grantNext()
    await expect(running).rejects.toThrow('mine')
  })
})

describe('a lost lock', () => {
  test('aborts its signal at once when the session is closed', async () => {
    const given = await setting()
    const lock = await granted(given)
    const { signal } = lock
    given.node.emit({ kind: 'closed', reason: 'authority-lost' })
    expect(signal.aborted).toBe(true)
    expect(LockLostError.is(signal.reason)).toBe(true)
    expect(signal.reason).toMatchObject({ reason: 'authority-lost', token: 7n })
  })

  test('is noticed by the clock alone, without any timer or message', async () => {
    const given = await setting()
    const lock = await granted(given)
    const { signal } = lock
    given.node.now = 5_000
    expect(signal.aborted).toBe(false)
    expect(lock.held).toBe(false)
    expect(signal.aborted).toBe(true)
    expect(() => lock.assertHeld()).toThrow(LockLostError)
  })

  test('is noticed when the machine was suspended and its monotonic clock did not see it', async () => {
    const given = await setting()
    const lock = await granted(given)
    const { signal } = lock
    given.node.jump = true
    expect(lock.held).toBe(false)
    expect(signal.reason).toMatchObject({ reason: 'stalled' })
  })

  test('tells a signal that is asked for only afterwards', async () => {
    const given = await setting()
    const lock = await granted(given)
    given.node.cut('cable')
    expect(lock.signal.aborted).toBe(true)
  })

  test('rejects unlock, as a value may not have been written, but not its disposal', async () => {
    const given = await setting()
    const lock = await granted(given)
    given.node.cut('cable')
    await expect(lock.unlock({ value: new Uint8Array(1) })).rejects.toThrow(LockLostError)
    await lock[Symbol.asyncDispose]()
    expect(given.callbackErrors).toEqual([])
  })

  test('rejects a conversion that was under way', async () => {
    const given = await setting()
    const lock = await granted(given)
    const converting = lock.convert('PR')
    await given.node.next('convert')
    given.node.emit({ kind: 'closed', reason: 'node-evicted' })
    await expect(converting).rejects.toMatchObject({ code: 'lock-lost', reason: 'node-evicted' })
  })
})

describe('convert and unlock', () => {
  test('a conversion changes mode, token and value', async () => {
    const given = await setting()
    const lock = await granted(given, { useValue: true })
    const converting = lock.convert('PR', { value: new Uint8Array([1]) })
    const call = await given.node.next('convert')
    expect(call).toMatchObject({ mode: 'PR', useValue: true, value: new Uint8Array([1]) })
    given.node.emit({
      kind: 'completion',
      call: call.call,
      lock: call.lock,
      outcome: 'granted',
      mode: 'PR',
      value: { bytes: new Uint8Array([1]), valid: true, sequence: 1 },
    })
    await converting
    expect(lock).toMatchObject({ mode: 'PR', token: undefined, value: { valid: true } })
  })

  test('a conversion that would write the value block is not asked to without a value', async () => {
    const given = await setting()
    const lock = await granted(given, { mode: 'EX', useValue: true })
    void lock.convert('NL')
    expect(await given.node.next('convert')).toMatchObject({ useValue: false })
  })

  test('an aborted conversion keeps the lock and its mode', async () => {
    const given = await setting()
    const lock = await granted(given, { mode: 'PR' })
    const stop = new AbortController()
    const converting = lock.convert('EX', { signal: stop.signal })
    const call = await given.node.next('convert')
    stop.abort(new Error('enough'))
    await given.node.next('cancel')
    given.node.settle(call, 'cancelled', 'PR')
    await expect(converting).rejects.toThrow('enough')
    expect(lock).toMatchObject({ mode: 'PR', held: true })
  })

  test('a conversion that was granted before the abort arrived succeeds', async () => {
    const given = await setting()
    const lock = await granted(given, { mode: 'PR' })
    const stop = new AbortController()
    const converting = lock.convert('EX', { signal: stop.signal })
    const call = await given.node.next('convert')
    stop.abort(new Error('enough'))
    given.node.settle(call, 'granted', 'EX')
    await converting
    expect(lock.mode).toBe('EX')
  })

  test('unlocking twice sends one call', async () => {
    const given = await setting()
    const lock = await granted(given)
    const unlocking = Promise.all([lock.unlock(), lock.unlock(), lock[Symbol.asyncDispose]()])
    given.node.settle(await given.node.next('unlock'), 'unlocked')
    await unlocking
    expect(given.node.calls.map(({ kind }) => kind)).toEqual(['request', 'unlock'])
    expect(() => lock.assertHeld()).toThrow(LockUnlockedError)
    await expect(lock.convert('PR')).rejects.toThrow(LockUnlockedError)
  })

  test('a refused unlock leaves the lock held', async () => {
    const given = await setting()
    const lock = await granted(given)
    const unlocking = lock.unlock({ value: new Uint8Array(4_000) })
    given.node.settle(await given.node.next('unlock'), 'refused', 'EX')
    await expect(unlocking).rejects.toThrow(LockRefusedError)
    expect(lock.held).toBe(true)
  })
})

describe('blocking callbacks', () => {
  test('are called with the wanted mode, and at once when somebody waits already', async () => {
    const given = await setting()
    const acquiring = given.cluster.lockspace('a').acquire('b')
    const call = await given.node.grantNext()
    // In the same turn as the grant, before the handle exists.
    given.node.emit({ kind: 'blocking', lock: call.lock, mode: 'PR' })
    const lock = await acquiring
    const heard: string[] = []
    lock.onBlocking((mode) => heard.push(`early ${mode}`))
    await Promise.resolve()
    const remove = lock.onBlocking((mode) => heard.push(`late ${mode}`))
    remove()
    given.node.emit({ kind: 'blocking', lock: call.lock, mode: 'EX' })
    await Promise.resolve()
    expect(heard).toEqual(['early PR', 'early EX'])
  })

  test('may throw or reject without an unhandled rejection', async () => {
    const given = await setting()
    const lock = await granted(given)
    lock.onBlocking(() => {
      throw new Error('thrown')
    })
    lock.onBlocking(() => Promise.reject(new Error('rejected')))
    const { lock: number } = given.node.calls[0] as { lock: number }
    given.node.emit({ kind: 'blocking', lock: number, mode: 'EX' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(given.callbackErrors).toEqual([new Error('thrown'), new Error('rejected')])
  })
})

describe('cluster', () => {
  test('asks another port when a node opens no session', async () => {
    const node = createFakeNode()
    const full = createFakeNode()
    full.answers = false
    const ports = [full.openPort, node.openPort]
    const clock = { now: () => 0, jumped: () => false }
    const opening = createCluster({
      openPort: () => (ports.shift() as typeof node.openPort)(),
      portsMax: 2,
      clock,
    })
    await new Promise((resolve) => setImmediate(resolve))
    full.emit({ kind: 'closed', reason: 'refused', detail: 'full' })
    await using cluster = await opening
    expect([full.sessions, node.sessions, cluster.node]).toEqual([1, 1, 'n1'])
  })

  test('an aborted connect leaves no session behind', async () => {
    const node = createFakeNode()
    node.answers = false
    const stop = new AbortController()
    const clock = { now: () => 0, jumped: () => false }
    const opening = createCluster({ openPort: node.openPort, clock }, stop.signal)
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    node.answerPings()
    expect(await node.next('close')).toBeDefined()
  })

  test('opens a new session for the next call; locks of the old one stay lost', async () => {
    const given = await setting()
    const old = await granted(given)
    const reasons: string[] = []
    given.cluster.onClosed(({ reason }) => reasons.push(reason))
    given.node.cut('cable')
    const fresh = await granted(given)
    expect(given.node.sessions).toBe(2)
    expect([old.held, fresh.held]).toEqual([false, true])
    expect(reasons).toEqual(['connection-lost'])
  })

  test('moves a waiting request to a new session', async () => {
    const given = await setting()
    const acquiring = given.cluster.lockspace('a').acquire('b')
    await given.node.next('request')
    given.node.cut('cable')
    await given.node.grantNext()
    expect((await acquiring).held).toBe(true)
  })

  test('without reconnect every call after the loss rejects', async () => {
    const given = await setting({ reconnect: false })
    const acquiring = given.cluster.lockspace('a').acquire('b')
    await given.node.next('request')
    given.node.cut('cable')
    await expect(acquiring).rejects.toThrow(SessionClosedError)
    await expect(given.cluster.lockspace('a').acquire('b')).rejects.toThrow(SessionClosedError)
    await expect(given.cluster.status()).rejects.toThrow(SessionClosedError)
  })

  test('close ends the session, and later calls reject', async () => {
    const given = await setting()
    const lock = await granted(given)
    await given.cluster.close()
    await given.cluster.close()
    expect(lock.signal.reason).toMatchObject({ reason: 'asked' })
    await expect(given.cluster.lockspace('a').acquire('b')).rejects.toThrow(SessionClosedError)
    expect(given.node.sessions).toBe(1)
  })

  test('a session that ends while a query is under way rejects it', async () => {
    const given = await setting()
    const asking = given.cluster.locks()
    await given.node.next('query')
    given.node.cut('cable')
    await expect(asking).rejects.toThrow(SessionClosedError)
  })
})
