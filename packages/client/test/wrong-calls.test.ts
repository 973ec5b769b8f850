import type { SessionCall } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import { callFault } from '../src/check-call.ts'
import { granted, setting } from './setting.ts'

const request = {
  kind: 'request',
  call: 1,
  lock: 2,
  resource: { space: 's', name: 'n' },
  mode: 'EX',
  noQueue: false,
  useValue: false,
  notify: true,
} as const

describe('a call that could not be sent', () => {
  test.each([
    [{ mode: 'ex' }, 'mode: "ex" must be NL or CR or CW or PR or PW or EX'],
    [{ priority: Number.NaN }, 'priority: NaN must be a whole number from 0 to 255'],
    [
      { timeoutMs: Number.POSITIVE_INFINITY },
      'timeoutMs: Infinity must be a number of ms above 0; leave it out for none',
    ],
    [{ moed: 'PR' }, 'moed: unknown in request; did you mean mode?'],
    [{ '\u001b[31m': 1 }, '?[31m: unknown in request; leave it out'],
    [{ noQueue: undefined }, 'noQueue is missing: it must be true or false'],
    [{ owner: 'a\ud800' }, 'owner: "a?" must be a name of 1 to 64 characters'],
    [{ range: 5 }, 'range: 5 must be an object'],
    [{ range: { start: 1, end: 2n } }, 'range.start: 1 must be a bigint from 0 to 2^64 - 1'],
    [{ resource: [] }, 'resource: a list must be an object'],
    [{ alone: 'x'.repeat(100) }, `alone: "${'x'.repeat(64)}..." must be true or false`],
  ])('is named by its first fault: %o', (wrong, words) => {
    expect(callFault({ ...request, ...wrong } as never)).toBe(words)
  })

  test.each<[SessionCall['kind'], object, string]>([
    ['query', { what: 'locks', filter: { lock: -1 } }, 'filter.lock: -1 must be a whole number'],
    ['query', { what: 'lock' }, 'what: "lock" must be status or locks'],
    ['query', { what: 'locks', limit: 1.5 }, 'limit: 1.5 must be a whole number from 0'],
    ['purge', { node: -1 }, 'node: -1 must be a whole number from 0'],
    [
      'open-space',
      { space: 's', attributes: { valueByte: 1 } },
      'did you mean attributes.valueBytes?',
    ],
    [
      'unlock',
      { lock: 1, value: 'abc' },
      'value: "abc" must be a Uint8Array of 1,024 bytes at most',
    ],
    ['unlock', { lock: 1, value: new Uint8Array(5_000) }, 'value: 5000 bytes must be a Uint8Array'],
  ])('is named wherever it is: %s', (kind, fields, words) => {
    expect(callFault({ kind, call: 1, ...fields } as never)).toContain(words)
  })

  test('of an unknown kind is named, too', () => {
    expect(callFault({ kind: 'ask', call: 1 } as never)).toMatch(/^kind: "ask" must be request or /)
    expect(callFault(request)).toBeUndefined()
  })
})

describe('a wrong call ends refused, and costs nothing else', () => {
  test.each([
    [{ mode: 'ex' }, 'EX'],
    [{ moed: 'PR' }, 'mode'],
  ])('an acquire: %o', async (wrong, word) => {
    const given = await setting()
    const kept = await granted(given)
    const acquiring = given.cluster.lockspace('orders').acquire('x', wrong as never)
    await expect(acquiring).rejects.toMatchObject({ code: 'lock-refused' })
    await expect(acquiring).rejects.toThrow(word)
    expect([kept.held, given.node.sessions]).toEqual([true, 1])
    expect(given.node.calls).toHaveLength(1)
  })

  test('calls of a handle, as data', async () => {
    const given = await setting()
    const { handle } = await granted(given)
    const wrong = { value: 'abc' } as never
    expect(await handle.convert('PR', wrong)).toMatchObject({ outcome: 'refused' })
    expect(await handle.unlock(wrong)).toMatchObject({ outcome: 'refused' })
    expect(await handle.cancel({ subtre: true } as never)).toMatchObject({ outcome: 'refused' })
    expect([handle.mode, handle.held]).toEqual(['EX', true])
    const other = given.cluster.lockspace('orders').enqueue({ name: 'y', mode: 'ex' as never })
    expect(await other.completion).toMatchObject({ of: 'request', outcome: 'refused' })
  })

  test('an option that is `undefined` counts as not given', async () => {
    const given = await setting()
    const lock = await granted(given, { noQueue: undefined, useValue: undefined } as never)
    void lock.handle.convert('PR', { noQueue: undefined, queueFair: undefined } as never)
    expect(await given.node.next('convert')).toMatchObject({ noQueue: false, queueFair: false })
  })

  test('calls that name no lock', async () => {
    const { cluster } = await setting()
    const refused = { code: 'call-refused' }
    await expect(cluster.purge({ node: -1 })).rejects.toMatchObject(refused)
    const openLockspace = cluster.openLockspace.bind(cluster, 's')
    await expect(openLockspace({ atributes: {} } as never)).rejects.toThrow('mean attributes?')
    const attributes = { mastering: 'x' } as never
    await expect(openLockspace({ attributes })).rejects.toThrow('must be directory or hash')
    const list = (query: object) => cluster.locks(query)[Symbol.asyncIterator]().next()
    await expect(list({ pageSize: Number.NaN })).rejects.toMatchObject(refused)
    await expect(list({ fliter: {} })).rejects.toThrow('did you mean filter?')
    await expect(list({ filter: { session: 'n1/1', lock: -1 } })).rejects.toThrow('filter.lock')
  })
})
