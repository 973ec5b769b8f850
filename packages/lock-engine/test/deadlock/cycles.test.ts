import { describe, expect, test } from 'vitest'
import { findCycles, type ReadWait } from '../../src/deadlock/cycles.ts'

let numbers = 0

function waitOf(party: string, others: readonly string[], priority = 128): ReadWait {
  numbers += 1
  const lock = { holder: 1, lock: numbers, version: 1, words: '' }
  const blockers = others.map((other) => ({ ...lock, party: other }))
  return { wait: { ...lock, party, priority, waitedMs: 0 }, master: 1, since: 0, blockers }
}

function partiesOf(reads: readonly ReadWait[]): readonly (readonly string[])[] {
  return findCycles(reads).map((cycle) => cycle.map(({ read }) => read.wait.party))
}

describe('cycles among parties', () => {
  test('are none in a chain, nor from a party to itself, nor through one that does not wait', () => {
    expect(partiesOf([waitOf('a', ['a', 'b']), waitOf('b', ['c', 'b'])])).toEqual([])
  })

  test('are not made of a wait for the own party on a cycle that others make', () => {
    const own = waitOf('a', ['a'], 1)
    expect(partiesOf([own, waitOf('a', ['b']), waitOf('b', ['a'])])).toEqual([['b', 'a']])
  })

  test('are the shortest through the call that loses first', () => {
    const reads = [
      waitOf('a', ['b']),
      waitOf('b', ['c', 'd']),
      waitOf('c', ['d']),
      waitOf('d', ['a', 'b'], 1),
    ]
    expect(partiesOf(reads)).toEqual([['d', 'b']])
  })

  test('go through that call, not only through its party', () => {
    const reads = [
      waitOf('a', ['b']),
      waitOf('a', ['c'], 1),
      waitOf('c', ['b']),
      waitOf('b', ['a']),
    ]
    expect(partiesOf(reads)).toEqual([['a', 'c', 'b']])
  })

  test('are one for each set that has no party in common', () => {
    const reads = ['ab', 'ba', 'cd', 'dc', 'bc'].map(([from = '', to = '']) => waitOf(from, [to]))
    expect(partiesOf(reads).map((cycle) => [...cycle].sort().join(''))).toEqual(['cd', 'ab'])
  })

  test('of any length are found without recursion', () => {
    const parties = Array.from({ length: 50_000 }, (_, index) => String(index))
    const chain = parties.slice(1).map((party, index) => waitOf(String(index), [party]))
    expect(partiesOf(chain)).toEqual([])
    const last = waitOf('49999', ['0'])
    expect(partiesOf([...chain, last])[0]?.length).toBe(50_000)
  })
})
