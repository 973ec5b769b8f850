/** Names that would be taken for one another. */
import { expect, test } from 'vitest'
import { isLockMessage, isTransferRecord } from '../../src/index.ts'
import { keyBelow, keyOf, nameOf, rootOf } from '../../src/resource-key.ts'
import { Stage } from './stage.ts'

const odd = ['b', 'b\u0000', '\u0000', 'b\u0001c', '\u00ff'.repeat(255)]

test('a name may be made of any bytes', () => {
  for (const name of odd) {
    const stage = new Stage({ nodes: [1, 2], name })
    const first = stage.request(1, 1, 'EX')
    stage.settle()
    expect(stage.outcome(first)).toBe('granted')
    expect(stage.holders()).toEqual(['1 EX'])
  }
})

test('no message and no record of another node brings in a key that no names make', () => {
  const key = keyOf({ space: 's', name: 'b' })
  const retire = { kind: 'retire', key, counter: 0 }
  const entry = { kind: 'entry', key, takenOver: 0, master: 1, toldIn: 1 }
  expect(isLockMessage(retire)).toBe(true)
  expect(isTransferRecord(entry)).toBe(true)
  for (const bad of [
    '',
    's',
    key.slice(0, -1),
    `${key}\u0000`,
    `${key}\u0002x`,
    `${key}\u0001\u0100`,
  ]) {
    expect(isLockMessage({ ...retire, key: bad })).toBe(false)
    expect(isTransferRecord({ ...entry, key: bad })).toBe(false)
  }
})

test('a key gives back the whole name that it was made from, and no two names have one key', () => {
  const keys = new Set<string>()
  for (const space of odd) {
    for (const name of odd) {
      const key = keyOf({ space, name })
      keys.add(key)
      expect(nameOf(key)).toEqual({ space, name })
      const below = keyBelow(key, 'child')
      keys.add(below)
      expect(nameOf(below)).toEqual({ space, path: [name], name: 'child' })
      expect(rootOf(below)).toBe(key)
      expect(rootOf(key)).toBe(key)
    }
  }
  expect(keys.size).toBe(2 * odd.length ** 2)
})
