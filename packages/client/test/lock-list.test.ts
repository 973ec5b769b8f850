import type { LockReport } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import { type Setting, setting } from './setting.ts'

const lock = (number: number): LockReport => ({
  resource: { space: 's', name: 'n' },
  node: 'n1',
  session: 'n1/1',
  lock: number,
  queue: 'granted',
  master: 'n1',
  forMs: 1,
})

async function answer({ node }: Setting, locks: readonly LockReport[], next?: string) {
  const call = await node.next('query')
  node.emit({ kind: 'report', call: call.call, locks, ...(next === undefined ? {} : { next }) })
  return call
}

async function numbers(locks: AsyncIterable<LockReport>): Promise<readonly number[]> {
  const all: number[] = []
  for await (const { lock: number } of locks) all.push(number)
  return all
}

describe('the locks of the cluster', () => {
  test('come page by page, until there are no more', async () => {
    const given = await setting()
    const listing = numbers(given.cluster.locks({ pageSize: 2 }))
    const calls = [
      await answer(given, [lock(1), lock(2)], 'page 2'),
      await answer(given, [], 'page 3'),
      await answer(given, [lock(3)]),
    ]
    expect(await listing).toEqual([1, 2, 3])
    expect(calls).toMatchObject([
      { what: 'locks', scope: 'cluster', limit: 2 },
      { what: 'locks', scope: 'cluster', limit: 2, after: 'page 2' },
      { what: 'locks', scope: 'cluster', limit: 2, after: 'page 3' },
    ])
    expect(calls[0]).not.toHaveProperty('after')
  })

  test('are not asked for beyond what is read', async () => {
    const given = await setting()
    const locks = given.cluster.locks({})[Symbol.asyncIterator]()
    expect(given.node.calls).toEqual([])
    const first = locks.next()
    await answer(given, [lock(1)], 'page 2')
    expect(await first).toMatchObject({ value: { lock: 1 } })
    await locks.return?.()
    expect(given.node.calls).toHaveLength(1)
  })

  test('are filtered; names are text or bytes', async () => {
    const given = await setting()
    const others = { session: 'n1/1', lock: 4, node: 'n1', details: true }
    const resource = { space: 'ü', name: new Uint8Array([0xff]), path: ['ö'] }
    const listing = numbers(given.cluster.locks({ filter: { ...others, resource } }))
    expect(await answer(given, [])).toMatchObject({
      filter: { ...others, resource: { space: 'Ã¼', name: '\u00ff', path: ['Ã¶'] } },
    })
    expect(await listing).toEqual([])
  })

  test('reject for what is no name, and when a query is refused', async () => {
    const given = await setting()
    const bad = given.cluster.locks({ filter: { resource: { space: '', name: 'n' } } })
    await expect(numbers(bad)).rejects.toThrow(TypeError)
    const listing = numbers(given.cluster.locks({}))
    const { call } = await given.node.next('query')
    given.node.emit({ kind: 'refused', call, reason: 'not now' })
    await expect(listing).rejects.toMatchObject({ code: 'call-refused', call: 'query' })
  })

  test('reject when the session ends between two pages', async () => {
    const given = await setting()
    const listing = numbers(given.cluster.locks({}))
    await answer(given, [lock(1)], 'page 2')
    await given.node.next('query')
    given.node.cut('cable')
    await expect(listing).rejects.toMatchObject({ code: 'session-closed' })
  })
})

test('the locks of one node come at once, however many pages they are', async () => {
  const given = await setting()
  const listing = given.cluster.locks()
  const first = await answer(given, [lock(1), lock(2)], 'page 2')
  expect(first).toMatchObject({ what: 'locks', scope: 'node' })
  expect(await answer(given, [lock(3)])).toMatchObject({ scope: 'node', after: 'page 2' })
  expect((await listing).map(({ lock: number }) => number)).toEqual([1, 2, 3])
})
