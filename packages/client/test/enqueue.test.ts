import { describe, expect, test } from 'vitest'
import { LockLostError } from '../src/errors.ts'
import type { Completion, LockHandle } from '../src/handle.ts'
import type { EnqueueOptions } from '../src/request-options.ts'
import { type Setting, setting, turn } from './setting.ts'

const asked = { name: 'o/1', mode: 'EX' } as const

async function heldHandle(given: Setting, options?: Partial<EnqueueOptions>): Promise<LockHandle> {
  const handle = given.cluster.lockspace('orders').enqueue({ ...asked, ...options })
  await given.node.grantNext(7n)
  await handle.completion
  return handle
}

describe('enqueue', () => {
  test('gives a handle with its number at once, and sends every flag as it is', async () => {
    const { node, cluster } = await setting()
    const flags = {
      useValue: true,
      notify: false,
      noQueue: true,
      tellHolders: true,
      atHead: true,
      anyOrder: true,
      alternatePR: true,
      alternateCW: true,
      noDeadlockWait: true,
      noDeadlockBlock: true,
      persistent: true,
      priority: 3,
      timeoutMs: 250,
      expedite: true,
      owner: 'tx-1',
      alone: true,
      masterHere: true,
    }
    const handle = cluster
      .lockspace('orders')
      .enqueue({ ...asked, ...flags, range: { start: 0, end: 99n } })
    expect(handle).toMatchObject({ held: false, mode: undefined, session: 'n1/1', name: 'o/1' })
    const call = await node.next('request')
    expect(call).toEqual({
      kind: 'request',
      call: call.call,
      lock: handle.number,
      resource: { space: 'orders', name: 'o/1' },
      mode: 'EX',
      ...flags,
      range: { start: 0n, end: 99n },
    })
  })

  test('is the session, as dlm_lock is, unless it says otherwise', async () => {
    const { node, cluster } = await setting()
    cluster.lockspace('orders').enqueue(asked)
    const call = await node.next('request')
    expect(call).not.toHaveProperty('alone')
    expect(call).not.toHaveProperty('owner')
    expect(call).toMatchObject({ noQueue: false, useValue: false, notify: false })
    cluster
      .lockspace('orders')
      .as('tx-1')
      .enqueue({ ...asked, onBlocking: () => undefined })
    expect(await node.next('request')).toMatchObject({ owner: 'tx-1', notify: true })
  })

  test('tells the whole grant as data', async () => {
    const { node, cluster } = await setting()
    const handle = cluster.lockspace('orders').enqueue({ ...asked, alternatePR: true })
    const value = { bytes: new Uint8Array([1]), valid: true, sequence: 1 }
    const range = { start: 1n, end: 2n }
    node.complete(await node.next('request'), { mode: 'PR', alternate: true, value, range })
    const completion = await handle.completion
    expect(completion).toMatchObject({ of: 'request', outcome: 'granted', alternate: true, range })
    expect(handle).toMatchObject({ mode: 'PR', token: undefined, value, range, held: true })
  })

  test('says of a lock under conversion only what is certain', async () => {
    const given = await setting()
    const { node } = given
    const handle = await heldHandle(given)
    const mode = () => [handle.mode, handle.token, handle.range]
    expect(mode()).toEqual(['EX', 7n, undefined])
    const down = handle.convert('PW', { range: { start: 0, end: 9 } })
    expect(mode()).toEqual(['PW', 7n, { start: 0n, end: 9n }])
    node.complete(await node.next('convert'), {
      mode: 'PW',
      range: { start: 0n, end: 9n },
      token: 8n,
    })
    await down
    const up = handle.convert('EX', { alternatePR: true, range: { start: 5, end: 20 } })
    expect(mode()).toEqual(['PR', undefined, { start: 5n, end: 9n }])
    const second = handle.convert('NL')
    expect(handle.mode).toBe('NL')
    const first = await node.next('convert')
    node.complete(await node.next('convert'), { outcome: 'refused', reason: 'converting' })
    await second
    expect(handle.mode).toBe('PR')
    node.complete(first, {
      outcome: 'denied',
      mode: 'PW',
      range: { start: 0n, end: 9n },
      token: 8n,
    })
    await up
    expect(mode()).toEqual(['PW', 8n, { start: 0n, end: 9n }])
  })

  test.each(['denied', 'deadlock', 'timed-out', 'cancelled', 'refused', 'lost'] as const)(
    'resolves when the outcome is %s',
    async (outcome) => {
      const { node, cluster } = await setting()
      const handle = cluster.lockspace('orders').enqueue(asked)
      node.complete(await node.next('request'), { outcome, reason: 'why' })
      expect(await handle.completion).toMatchObject({ outcome, reason: 'why' })
      expect(handle).toMatchObject({ held: false, mode: undefined })
    },
  )

  test('throws for what cannot be sent, and sends nothing', async () => {
    const { node, cluster } = await setting()
    const space = cluster.lockspace('orders')
    expect(() => space.enqueue({ ...asked, name: '' })).toThrow(TypeError)
    expect(() => space.enqueue({ ...asked, name: 'x'.repeat(256) })).toThrow('this one 256')
    expect(() => space.enqueue({ ...asked, name: '\ud800' })).toThrow('well-formed')
    expect(() => space.enqueue({ ...asked, range: { start: 2, end: 1 } })).toThrow(RangeError)
    expect(() => space.enqueue({ ...asked, range: { start: 0, end: 2 ** 53 } })).toThrow(RangeError)
    expect(() => space.enqueue({ ...asked, range: { start: -1n, end: 0 } })).toThrow(RangeError)
    expect(() => space.enqueue({ ...asked, range: { start: 0, end: 1n << 64n } })).toThrow('2^64')
    expect(() => space.enqueue({ ...asked, parent: {} as LockHandle })).toThrow(TypeError)
    await turn()
    expect(node.calls).toEqual([])
  })

  test('without a session it is lost, and a new session is opened', async () => {
    const given = await setting()
    given.node.cut('cable')
    const heard: Completion[] = []
    const handle = given.cluster
      .lockspace('orders')
      .enqueue({ ...asked, onCompletion: (completion) => heard.push(completion) })
    // Never inside the call.
    expect(heard).toEqual([])
    expect(await handle.completion).toMatchObject({ outcome: 'lost' })
    expect(heard).toHaveLength(1)
    await given.cluster.ready()
    expect(given.node.sessions).toBe(2)
    expect((await heldHandle(given)).held).toBe(true)
  })
})

describe('callbacks', () => {
  test('hear each completion in order, and before what came after it', async () => {
    const { node, cluster } = await setting()
    const heard: string[] = []
    const handle = cluster.lockspace('orders').enqueue({
      ...asked,
      onCompletion: ({ of, outcome }) => heard.push(`${of} ${outcome} ${handle.mode}`),
      onBlocking: (wanted) => heard.push(`blocking ${wanted}`),
    })
    const request = await node.next('request')
    // All in one turn.
    node.complete(request, { mode: 'EX', token: 1n })
    node.emit({ kind: 'blocking', lock: request.lock, mode: 'PR' })
    expect(heard).toEqual(['request granted EX', 'blocking PR'])
    void handle.convert('PR')
    const convert = await node.next('convert')
    void handle.unlock()
    const unlock = await node.next('unlock')
    node.complete(convert, { outcome: 'unlocked' })
    node.complete(unlock, { outcome: 'unlocked' })
    expect(heard.slice(2)).toEqual(['convert unlocked EX', 'unlock unlocked EX'])
    expect(handle.held).toBe(false)
  })

  test('may call in again', async () => {
    const { node, cluster } = await setting()
    const handle = cluster.lockspace('orders').enqueue({
      ...asked,
      onCompletion: ({ of }) => of === 'request' && handle.convert('PR'),
      onBlocking: () => handle.unlock(),
    })
    await node.grantNext()
    node.complete(await node.next('convert'), { mode: 'PR' })
    node.emit({ kind: 'blocking', lock: handle.number, mode: 'EX' })
    node.complete(await node.next('unlock'), { outcome: 'unlocked' })
    expect(handle.held).toBe(false)
  })

  test('may throw or reject: that goes where the application said', async () => {
    const { node, cluster, callbackErrors } = await setting()
    const handle = cluster.lockspace('orders').enqueue({
      ...asked,
      onCompletion: () => Promise.reject(new Error('completion')),
      onBlocking: () => {
        throw new Error('blocking')
      },
    })
    await node.grantNext()
    node.emit({ kind: 'blocking', lock: handle.number, mode: 'EX' })
    expect(await handle.completion).toMatchObject({ outcome: 'granted' })
    await turn()
    expect(callbackErrors.map(String).toSorted()).toEqual(['Error: blocking', 'Error: completion'])
  })
})

describe('later calls', () => {
  test('a conversion sends every flag, and its outcome is data', async () => {
    const given = await setting()
    const handle = await heldHandle(given)
    const flags = {
      noQueue: true,
      queueFair: true,
      demote: true,
      useValue: true,
      value: new Uint8Array([1]),
      invalidate: false,
      persistent: false,
      priority: 1,
      timeoutMs: 5,
    }
    const converting = handle.convert('PR', { ...flags, range: { start: 5, end: 6 } })
    const call = await given.node.next('convert')
    expect(call).toMatchObject({ mode: 'PR', ...flags, range: { start: 5n, end: 6n } })
    given.node.complete(call, { outcome: 'denied', mode: 'EX' })
    expect(await converting).toMatchObject({ of: 'convert', outcome: 'denied' })
    expect(handle).toMatchObject({ mode: 'EX', token: 7n, held: true })
  })

  test('a conversion that failed after a demotion leaves NL and no token', async () => {
    const given = await setting()
    const handle = await heldHandle(given)
    void handle.convert('EX', { demote: true, range: { start: 0, end: 1 } })
    const ending = { outcome: 'cancelled', mode: 'NL', demoted: true } as const
    given.node.complete(await given.node.next('convert'), ending)
    expect(handle).toMatchObject({ mode: 'NL', token: undefined, held: true })
  })

  test('an unlock of the lock and all below it takes them all', async () => {
    const given = await setting()
    const parent = await heldHandle(given)
    const child = await heldHandle(given, { name: 'line', parent })
    expect(given.node.calls.at(-1)).toMatchObject({ parent: parent.number })
    expect(child.resource).toEqual({ space: 'orders', name: 'line', path: ['o/1'] })
    const unlocking = parent.unlock({ subtree: 'with', force: true })
    expect(parent.held).toBe(false)
    const call = await given.node.next('unlock')
    expect(call).toMatchObject({ subtree: 'with', force: true })
    given.node.complete(call, { outcome: 'unlocked', also: [child.number] })
    expect(await unlocking).toMatchObject({ of: 'unlock', also: [child.number] })
    expect([parent.held, child.held]).toEqual([false, false])
  })

  test('an unlock of what is below keeps the lock itself', async () => {
    const given = await setting()
    const parent = await heldHandle(given)
    const child = await heldHandle(given, { name: 'line', parent })
    const unlocking = parent.unlock({ subtree: 'below' })
    expect(parent.held).toBe(true)
    const ending = { outcome: 'unlocked', mode: 'EX', also: [child.number] } as const
    given.node.complete(await given.node.next('unlock'), ending)
    await unlocking
    expect([parent.held, child.held]).toEqual([true, false])
  })

  test('a refused unlock keeps the lock', async () => {
    const given = await setting()
    const handle = await heldHandle(given)
    const unlocking = handle.unlock()
    const refusal = { outcome: 'refused', mode: 'EX', code: 'children', reason: 'why' } as const
    given.node.complete(await given.node.next('unlock'), refusal)
    expect(await unlocking).toMatchObject({ code: 'children' })
    expect(handle.held).toBe(true)
  })

  test('a cancel ends with its own outcome, and says what else it ended', async () => {
    const given = await setting()
    const handle = await heldHandle(given)
    const cancelling = handle.cancel({ subtree: true })
    const call = await given.node.next('cancel')
    expect(call).toMatchObject({ subtree: true, lock: handle.number })
    given.node.complete(call, { outcome: 'cancelled', also: [99], mode: 'EX' })
    expect(await cancelling).toMatchObject({ of: 'cancel', outcome: 'cancelled', also: [99] })
    expect(handle.held).toBe(true)
  })

  test('a waiting request is taken back by an unlock', async () => {
    const { node, cluster } = await setting()
    const handle = cluster.lockspace('orders').enqueue(asked)
    const request = await node.next('request')
    const unlocking = handle.unlock()
    node.complete(request, { outcome: 'unlocked' })
    node.complete(await node.next('unlock'), { outcome: 'unlocked' })
    expect(await handle.completion).toMatchObject({ of: 'request', outcome: 'unlocked' })
    expect(await unlocking).toMatchObject({ of: 'unlock', outcome: 'unlocked' })
  })

  test('a lock that is lost says so, and its calls end `lost`', async () => {
    const given = await setting()
    const handle = await heldHandle(given)
    const { signal } = handle
    given.node.emit({ kind: 'lost', lock: handle.number })
    expect(signal.reason).toMatchObject({ code: 'lock-lost', reason: 'lockspace-left' })
    expect(handle.held).toBe(false)
    const other = await heldHandle(given)
    const converting = other.convert('PR')
    given.node.cut('cable')
    expect(other.signal.reason).toBeInstanceOf(LockLostError)
    expect(await converting).toMatchObject({ outcome: 'lost' })
    expect(await other.unlock()).toMatchObject({ outcome: 'lost' })
  })
})

describe('orphans', () => {
  test('are adopted with every flag there is', async () => {
    const { node, cluster } = await setting()
    const flags = { useValue: true, notify: true, persistent: true, owner: 'tx-1' }
    const handle = cluster.lockspace('orders').adopt({ ...asked, ...flags })
    const call = await node.next('adopt')
    expect(call).toEqual({
      kind: 'adopt',
      call: call.call,
      lock: handle.number,
      resource: { space: 'orders', name: 'o/1' },
      mode: 'EX',
      ...flags,
    })
    node.complete(call, { mode: 'EX', token: 9n, range: { start: 1n, end: 2n } })
    expect(await handle.completion).toMatchObject({ of: 'adopt', outcome: 'granted' })
    expect(handle).toMatchObject({ token: 9n, range: { start: 1n, end: 2n }, held: true })
  })

  test('that are not there end the call `not-found`', async () => {
    const { node, cluster } = await setting()
    const handle = cluster.lockspace('orders').adopt(asked)
    node.complete(await node.next('adopt'), { outcome: 'not-found' })
    expect(await handle.completion).toMatchObject({ outcome: 'not-found' })
  })

  test('are purged, of a lockspace or of all, and of a node', async () => {
    const { node, cluster } = await setting()
    const purging = cluster.lockspace('orders').purge({ node: 3 })
    const call = await node.next('purge')
    expect(call).toMatchObject({ space: 'orders', node: 3 })
    node.emit({ kind: 'purged', call: call.call, count: 5 })
    expect(await purging).toBe(5)
    const all = cluster.purge()
    const second = await node.next('purge')
    expect(second).toEqual({ kind: 'purge', call: second.call })
    node.emit({ kind: 'refused', call: second.call, reason: 'no quorum' })
    await expect(all).rejects.toMatchObject({ code: 'call-refused', call: 'purge' })
  })
})
