import type { SpaceAttributes } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import type { OpenLockspace, OpenLockspaceOptions } from '../src/open-lockspace.ts'
import type { FakeNode } from './fake-node.ts'
import { type Setting, setting, turn } from './setting.ts'

const attributes: SpaceAttributes = { valueBytes: 64, deadlockMs: 500, mastering: 'directory' }

async function answerOpen(node: FakeNode): Promise<Awaited<ReturnType<typeof nextOpen>>> {
  const call = await nextOpen(node)
  node.emit({ kind: 'space', call: call.call, space: call.space, outcome: 'opened', attributes })
  return call
}

const nextOpen = (node: FakeNode) => node.next('open-space')

async function opened(given: Setting, options?: OpenLockspaceOptions): Promise<OpenLockspace> {
  const opening = given.cluster.openLockspace('orders', options)
  await answerOpen(given.node)
  return opening
}

async function answerLeave({ node }: Setting): Promise<string> {
  const { call, force } = await node.next('leave-space')
  node.emit({ kind: 'space', call, space: 'orders', outcome: 'left' })
  return force
}

describe('opening a lockspace', () => {
  test('asks for what it must be like, and tells what it is like', async () => {
    const { node, cluster } = await setting()
    const options = { create: 'new', attributes: { valueBytes: 64 } } as const
    const opening = cluster.openLockspace('orders', options)
    const call = await answerOpen(node)
    expect(call).toEqual({
      kind: 'open-space',
      call: call.call,
      space: 'orders',
      lifecycle: false,
      ...options,
    })
    const space = await opening
    expect(space.attributes).toEqual(attributes)
    const acquiring = space.acquire('o/1')
    expect(await node.grantNext()).toMatchObject({ resource: { space: 'orders', name: 'o/1' } })
    expect((await acquiring).held).toBe(true)
  })

  test('rejects when the node refuses, and can be tried again', async () => {
    const given = await setting()
    const opening = given.cluster.openLockspace('orders', { create: 'new' })
    const { call } = await nextOpen(given.node)
    given.node.emit({ kind: 'refused', call, reason: 'it is open' })
    await expect(opening).rejects.toMatchObject({
      code: 'call-refused',
      message: 'open-space refused: it is open',
    })
    expect((await opened(given)).name).toBe('orders')
  })

  test('rejects when it is open here already', async () => {
    const given = await setting()
    await opened(given)
    await expect(given.cluster.openLockspace('orders')).rejects.toThrow('open here already')
  })

  test('rejects when the session ends meanwhile', async () => {
    const { node, cluster } = await setting()
    const opening = cluster.openLockspace('orders')
    await nextOpen(node)
    node.cut('cable')
    await expect(opening).rejects.toMatchObject({ code: 'session-closed' })
  })
})

describe('a new session', () => {
  test('has it open again, as it was, before any call is made', async () => {
    const given = await setting()
    const space = await opened(given, { create: 'new' })
    given.node.cut('cable')
    const acquiring = space.acquire('o/1')
    const call = await answerOpen(given.node)
    expect(call).not.toHaveProperty('create')
    expect(call.attributes).toEqual(attributes)
    await given.node.grantNext()
    expect((await acquiring).held).toBe(true)
    expect(given.node.sessions).toBe(2)
  })

  test('in which it is refused leaves it closed, and other calls go on', async () => {
    const given = await setting()
    const space = await opened(given)
    given.node.cut('cable')
    const ready = given.cluster.ready()
    const acquiring = space.acquire('o/1')
    const { call } = await nextOpen(given.node)
    given.node.emit({ kind: 'refused', call, reason: 'other attributes' })
    await ready
    await expect(acquiring).rejects.toMatchObject({
      code: 'lockspace-left',
      cause: expect.objectContaining({ code: 'call-refused' }),
    })
    expect(() => space.enqueue({ name: 'o/1', mode: 'EX' })).toThrow('not open any more')
    const other = given.cluster.lockspace('other').acquire('a')
    await given.node.grantNext()
    expect((await other).held).toBe(true)
  })

  test('that ends before it is open again is not used', async () => {
    const given = await setting()
    const space = await opened(given)
    given.node.cut('cable')
    const acquiring = space.acquire('o/1')
    await nextOpen(given.node)
    given.node.cut('cable')
    await expect(acquiring).rejects.toMatchObject({ code: 'session-closed' })
    const again = space.acquire('o/1')
    await answerOpen(given.node)
    await given.node.grantNext()
    expect((await again).held).toBe(true)
    expect(given.node.sessions).toBe(3)
  })

  test('can be closed before it is open again', async () => {
    const given = await setting()
    await opened(given)
    given.node.cut('cable')
    const ready = given.cluster.ready()
    await nextOpen(given.node)
    await given.cluster.close()
    await expect(ready).rejects.toMatchObject({ code: 'session-closed', reason: 'asked' })
  })
})

describe('leaving', () => {
  test('is asked for once; then nothing can be asked for there', async () => {
    const given = await setting()
    const space = await opened(given)
    const leaving = space.leave({ force: 'discard' })
    expect(await answerLeave(given)).toBe('discard')
    await leaving
    await space.leave()
    await expect(space.acquire('o/1')).rejects.toMatchObject({ code: 'lockspace-left' })
    await expect(space.as('tx').purge()).rejects.toMatchObject({ code: 'lockspace-left' })
    expect(given.node.calls.map(({ kind }) => kind)).toEqual(['open-space', 'leave-space'])
    // In the next session it is not open.
    given.node.cut('cable')
    await given.cluster.ready()
    expect(given.node.calls).toHaveLength(2)
  })

  test('that is refused changes nothing', async () => {
    const given = await setting()
    const space = await opened(given)
    const leaving = space.leave()
    const { call, force } = await given.node.next('leave-space')
    expect(force).toBe('unused')
    given.node.emit({ kind: 'refused', call, reason: 'one lock is there' })
    await expect(leaving).rejects.toThrow('leave-space refused: one lock is there')
    const acquiring = space.acquire('o/1')
    await given.node.grantNext()
    expect((await acquiring).held).toBe(true)
  })

  test('without a session needs no call', async () => {
    const given = await setting()
    const space = await opened(given)
    given.node.cut('cable')
    await space.leave()
    await given.cluster.ready()
    expect(given.node.calls.map(({ kind }) => kind)).toEqual(['open-space'])
  })

  test('while it is being opened again is made good', async () => {
    const given = await setting()
    const space = await opened(given)
    given.node.cut('cable')
    const ready = given.cluster.ready()
    const { call } = await nextOpen(given.node)
    await space.leave()
    given.node.emit({ kind: 'space', call, space: 'orders', outcome: 'opened', attributes })
    expect(await answerLeave(given)).toBe('unused')
    await ready
  })

  test('at the end of a block never rejects', async () => {
    const given = await setting()
    const space = await opened(given)
    const ending = space[Symbol.asyncDispose]()
    const { call } = await given.node.next('leave-space')
    given.node.emit({ kind: 'refused', call, reason: 'one lock is there' })
    await ending
    expect(given.callbackErrors).toMatchObject([{ code: 'call-refused' }])
  })
})

describe('recovery news', () => {
  const news = { phase: 'stopped', epoch: 4, members: [1, 2], lost: [3] } as const

  test('are told in order, for this lockspace, until it is left', async () => {
    const given = await setting()
    const heard: unknown[] = []
    const opening = given.cluster.openLockspace('orders', {
      onRecovery: (step) => {
        heard.push(step)
        throw new Error('mine')
      },
    })
    expect((await answerOpen(given.node)).lifecycle).toBe(true)
    const space = await opening
    given.node.emit({ kind: 'recovery', space: 'orders', ...news })
    given.node.emit({ kind: 'recovery', space: 'other', ...news })
    given.node.emit({ kind: 'recovery', space: 'orders', ...news, phase: 'resumed' })
    expect(heard).toEqual([news, { ...news, phase: 'resumed' }])
    await turn()
    expect(given.callbackErrors).toEqual([new Error('mine'), new Error('mine')])
    const leaving = space.leave()
    await answerLeave(given)
    await leaving
    given.node.emit({ kind: 'recovery', space: 'orders', ...news })
    expect(heard).toHaveLength(2)
  })

  test('are told once in a session that follows', async () => {
    const given = await setting()
    const heard: unknown[] = []
    await opened(given, { onRecovery: (step) => heard.push(step) })
    given.node.cut('cable')
    const ready = given.cluster.ready()
    await answerOpen(given.node)
    await ready
    given.node.emit({ kind: 'recovery', space: 'orders', ...news })
    expect(heard).toEqual([news])
  })
})
