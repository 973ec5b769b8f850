import { isFlag, isUint } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { isShape, isUnion, isWord } from '../src/shape.ts'

interface Point {
  readonly x: number
  readonly shown?: boolean
}

type Move = ({ readonly kind: 'go' } & Point) | { readonly kind: 'stop'; readonly at: number }

const isMove = isUnion<Move>({
  go: [{ x: isUint() }, { shown: isFlag }],
  stop: [{ at: isUint() }, {}],
})

describe('a shape', () => {
  test('takes what has all that must be there, and nothing else', () => {
    expect(isMove({ kind: 'go', x: 1 })).toBe(true)
    expect(isMove({ kind: 'go', x: 1, shown: true })).toBe(true)
    expect(isMove({ kind: 'go' })).toBe(false)
    expect(isMove({ kind: 'go', x: 1, shown: 1 })).toBe(false)
    expect(isMove({ kind: 'go', x: 1, at: 1 })).toBe(false)
    expect(isMove({ kind: 'stop', x: 1 })).toBe(false)
    expect(isMove({ kind: 'halt', at: 1 })).toBe(false)
    expect(isMove({ x: 1 })).toBe(false)
  })

  test('that does not fit its type is a fault of the compiler', () => {
    const shapes = [
      // @ts-expect-error a field is missing
      isShape<Point>({}, { shown: isFlag }),
      // @ts-expect-error a field that may be absent is missing
      isShape<Point>({ x: isUint() }, {}),
      // @ts-expect-error a field that may be absent is asked for
      isShape<Point>({ x: isUint(), shown: isFlag }, {}),
      // @ts-expect-error a field that must be there may be absent
      isShape<Point>({}, { x: isUint(), shown: isFlag }),
      // @ts-expect-error a field is of no use
      isShape<Point>({ x: isUint(), y: isUint() }, { shown: isFlag }),
      // @ts-expect-error a variant is missing
      isUnion<Move>({ stop: [{ at: isUint() }, {}] }),
      // @ts-expect-error a word is missing
      isWord<'a' | 'b'>({ a: true }),
      // @ts-expect-error a word is of no use
      isWord<'a' | 'b'>({ a: true, b: true, c: true }),
    ]
    expect(shapes).toHaveLength(8)
  })
})
