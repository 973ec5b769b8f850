import { describe, expect, test } from 'vitest'
import {
  isBytes,
  isFlag,
  isListOf,
  isNodeName,
  isOneOf,
  isOptional,
  isRecordOf,
  isText,
  isToken,
  isUint,
  isVariantOf,
} from '../src/index.ts'

const isPoint = isRecordOf({ x: isUint(9), label: isOptional(isText(3)) })
const isShape = isVariantOf({ point: isRecordOf({ kind: isText(9), at: isPoint }) })

describe('checked decoding', () => {
  test.each([
    [isUint(), [0, 7, 2 ** 53 - 1], [-1, 1.5, 2 ** 53, Number.NaN, '1', 1n, null]],
    [isUint(5), [0, 5], [6]],
    [isText(3), ['', 'abc'], ['abcd', 3, null]],
    [isFlag, [true, false], [0, 'true', undefined]],
    [isBytes(2), [new Uint8Array(2)], [new Uint8Array(3), [1, 2], 'ab']],
    [isToken, [0n, 2n ** 63n - 1n], [-1n, 2n ** 63n, 5]],
    [isOneOf(['a', 'b']), ['a'], ['c', undefined]],
    [isListOf(isUint(), 2), [[], [1, 2]], [[1, 2, 3], ['1'], { length: 0 }]],
    [isPoint, [{ x: 1 }, { x: 1, label: 'abc' }], [{}, { x: 10 }, { x: 1, y: 2 }, [], null, 'x']],
    [isShape, [{ kind: 'point', at: { x: 1 } }], [{ kind: 'line' }, { at: { x: 1 } }, null, 7]],
    [isNodeName, ['n1', 'a.b_c-D'], ['', 'a b', 'x'.repeat(65), 'ä', 1]],
  ])('%# takes what fits and nothing else', (check, fitting, other) => {
    for (const value of fitting) expect([value, check(value)]).toEqual([value, true])
    for (const value of other) expect([value, check(value)]).toEqual([value, false])
  })

  test('a kind that is the name of something inherited is no kind', () => {
    expect(isShape({ kind: 'constructor' })).toBe(false)
    expect(isShape({ kind: '__proto__' })).toBe(false)
  })
})
