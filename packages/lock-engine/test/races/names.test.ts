/** Names that would be taken for one another. */
import { expect, test } from 'vitest'
import { isLockMessage, isTransferRecord } from '../../src/index.ts'
import { keyOf, nameOf } from '../../src/resource-key.ts'
import { Stage } from './stage.ts'

/** The separator between a lockspace and a name in the tables. */
const name = 'b\u0000c'

test('a name with the separator of the tables is refused, and again after a while', () => {
  const stage = new Stage({ nodes: [1, 2], name })
  for (const lock of [1, 2]) {
    const request = stage.request(1, lock, 'EX')
    stage.cluster.pass(11_000)
    expect(stage.completion(request)).toMatchObject({
      outcome: 'refused',
      reason: 'a resource name cannot contain U+0000',
    })
  }
  expect(stage.cluster.sent).toBe(0)
  expect(stage.holders()).toEqual([])
  expect(stage.copies()).toEqual([])
})

test('no message and no record of another node brings such a name in', () => {
  const retire = { kind: 'retire', space: 's', name: 'b', counter: 0 }
  const entry = { kind: 'entry', space: 's', name: 'b', takenOver: 0, master: 1, toldIn: 1 }
  expect(isLockMessage(retire)).toBe(true)
  expect(isTransferRecord(entry)).toBe(true)
  expect(isLockMessage({ ...retire, name })).toBe(false)
  expect(isTransferRecord({ ...entry, name })).toBe(false)
})

test('a key gives back the whole name that it was made from', () => {
  for (const resource of [
    { space: 's', name: 'b' },
    { space: 's', name },
  ]) {
    expect(nameOf(keyOf(resource))).toEqual(resource)
  }
})
