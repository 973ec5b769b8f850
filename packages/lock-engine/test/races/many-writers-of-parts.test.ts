/** More writers of parts than an old master names: none of them is lost. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

test.each([63, 64, 65])(
  'the value stays valid when the master leaves beside %d writers',
  (count) => {
    const stage = new Stage({ nodes: [1, 2, 3], name: nameIndexedBy([[1, 2, 3], 1], [[2, 3], 3]) })
    stage.request(1, 1, 'EX')
    stage.settle()
    stage.convert(1, 1, 'NL', { writes: 'x' })
    stage.settle()
    for (let lock = 1; lock <= count; lock += 1) {
      stage.request(2, lock, 'PW', { range: { start: BigInt(lock), end: BigInt(lock) } })
    }
    stage.settle()
    stage.change({ members: [1, 2, 3], leaving: [1] })
    const reader = stage.request(3, 1, 'CR', { useValue: true })
    stage.settle()
    expect(stage.value(reader)).toEqual({ text: 'x', valid: true })
  },
)
