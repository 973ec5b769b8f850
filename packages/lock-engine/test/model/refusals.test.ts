import { describe, expect, test } from 'vitest'
import { bytesOf } from '../harness/world.ts'
import { Talk } from './talk.ts'

const value = (text: string) => ({ useValue: true, value: bytesOf(text) })

describe('the naive table refuses', () => {
  const range = (start: bigint, end: bigint) => ({ range: { start, end } })

  test.each([
    { mode: 'CR', expedite: true } as const,
    { mode: 'NL', expedite: true, noQueue: true } as const,
    { tellHolders: true },
    { noQueue: true, atHead: true },
    { noQueue: true, timeoutMs: 1 },
    { mode: 'PR', alternatePR: true } as const,
    { mode: 'CW', alternateCW: true } as const,
    { owner: 'a', alone: true },
    { owner: '' },
    { owner: 'x'.repeat(65) },
    { priority: -1 },
    { priority: 256 },
    { timeoutMs: 0 },
    range(2n, 1n),
    range(-1n, 1n),
    range(0n, 2n ** 64n),
    { parent: 99 },
    { masterHere: true },
    { resource: { space: 'test', name: '' } },
    { resource: { space: 'test', name: 'x'.repeat(256) } },
    { resource: { space: 'test', name: '→' } },
  ])('a request: %s', (terms) => {
    const talk = new Talk()
    expect(talk.end(talk.request(1, 'mode' in terms ? terms.mode : 'EX', terms))).toBe('refused')
    expect(talk.table.locks).toEqual([])
  })

  test.each([
    ['PR', 'EX', { demote: true, noQueue: true }],
    ['PR', 'PR', { queueFair: true }],
    ['PR', 'NL', { queueFair: true }],
    ['PR', 'NL', { atHead: true }],
    ['PR', 'NL', { anyOrder: true }],
    ['PR', 'NL', { timeoutMs: 1 }],
    ['PR', 'NL', { noQueue: true, tellHolders: true }],
    ['PR', 'NL', { alternatePR: true }],
    ['PR', 'NL', { alternateCW: true }],
    ['PR', 'NL', { demote: true }],
    ['PR', 'NL', { noDeadlockWait: true }],
    ['PR', 'EX', { tellHolders: true }],
    ['PR', 'EX', { noQueue: true, atHead: true }],
    ['PR', 'EX', { noQueue: true, timeoutMs: 1 }],
    ['NL', 'PR', { alternatePR: true }],
    ['NL', 'CW', { alternateCW: true }],
    ['EX', 'NL', { value: bytesOf('x') }],
    ['EX', 'NL', { useValue: true }],
    ['PW', 'EX', value('x')],
    ['PR', 'EX', { invalidate: true }],
    ['EX', 'NL', { useValue: true, invalidate: true }],
    ['EX', 'NL', value('x'.repeat(1_025))],
    ['PR', 'EX', range(2n, 1n)],
    ['PR', 'EX', { priority: 256 }],
    ['PR', 'EX', { timeoutMs: -1 }],
  ] as const)('a conversion from %s to %s: %s', (from, to, terms) => {
    const talk = new Talk()
    const lock = talk.request(1, from)
    expect(talk.end(talk.convert(1, lock, to, terms))).toBe(`refused, ${from}`)
  })

  test.each([
    { noQueue: true, tellHolders: true },
    { queueFair: true },
    { atHead: true },
    { timeoutMs: 1 },
    { alternateCW: true },
    { demote: true },
  ])('not %s where a lower mode comes with more of the resource', (terms) => {
    const talk = new Talk()
    const lock = talk.request(1, 'PR', range(1n, 2n))
    const call = talk.convert(1, lock, 'NL', { ...terms, ...range(0n, 2n) })
    expect(talk.end(call)).toBe('granted, NL, [0, 2]')
  })

  test('an unlock', () => {
    const talk = new Talk()
    const lock = talk.request(1, 'EX')
    const both = { value: bytesOf('x'), invalidate: true }
    expect(talk.end(talk.unlock(1, lock, both))).toBe('refused, EX')
    const subtree = { subtree: 'with' as const, invalidate: true }
    expect(talk.end(talk.unlock(1, lock, subtree))).toBe('refused, EX')
    expect(talk.end(talk.unlock(1, 99))).toBe('refused')
  })

  test('a request when a session has as many locks as it may have', () => {
    const talk = new Talk(1)
    const lock = talk.request(1, 'NL')
    expect(talk.end(talk.request(1, 'NL'))).toBe('refused, quota')
    talk.unlock(1, lock)
    expect(talk.end(talk.request(1, 'NL'))).toBe('granted, NL')
  })
})
