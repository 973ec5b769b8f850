import { describe, expect, test } from 'vitest'
import type { Checker } from '../../src/checkers/checker.ts'
import { createValueBlock } from '../../src/checkers/value-block.ts'
import { belief, grant } from './made-up.ts'

const bytes = (value: number): Uint8Array => Uint8Array.of(1, value)
const valid = (value: number) => ({ bytes: bytes(value), valid: true, sequence: value })
const doubtful = (value: number) => ({ bytes: bytes(value), valid: false, sequence: value })

/** A lock in NL keeps the resource, and one writer has written 1 and gone. */
function writtenOnce(): Checker {
  const checker = createValueBlock()
  checker.onGrant?.(grant(belief('keeper'), 'NL'))
  write(checker, 1)
  return checker
}

function write(checker: Checker, value: number): void {
  const writer = belief('writer')
  checker.onGrant?.(grant(writer, 'EX'))
  checker.onWrite?.({ at: 110, belief: writer, write: { bytes: bytes(value) } })
  writer.mode = undefined
  checker.onYield?.({ at: 110, belief: writer, before: 'EX' })
}

describe('value-block', () => {
  test('a reader that is told the last value is right', () => {
    writtenOnce().onGrant?.(grant(belief('reader'), 'PR', { value: valid(1) }))
  })

  test('an older value told as valid is a violation', () => {
    const checker = writtenOnce()
    write(checker, 2)
    const read = () => checker.onGrant?.(grant(belief('reader'), 'PR', { value: valid(1) }))
    expect(read).toThrow(/value 0101 as valid instead of value 0102/)
  })

  test('a value that nobody wrote is a violation in every mode', () => {
    const read = () => writtenOnce().onGrant?.(grant(belief('reader'), 'CR', { value: valid(9) }))
    expect(read).toThrow(/nobody wrote/)
  })

  test('not valid without a loss is a violation', () => {
    const late = { at: 60_000, value: doubtful(1) }
    const read = () => writtenOnce().onGrant?.(grant(belief('reader'), 'PR', late))
    expect(read).toThrow(/without a reason/)
  })

  test('after a writer was lost the old value may no longer be told as valid', () => {
    const checker = writtenOnce()
    const writer = belief('writer')
    checker.onGrant?.(grant(writer, 'EX'))
    checker.onLoss?.({ at: 120, belief: writer, mode: 'EX' })
    checker.onGrant?.(grant(belief('reader'), 'PR', { value: doubtful(1) }))
    const read = () => checker.onGrant?.(grant(belief('reader'), 'PR', { value: valid(1) }))
    expect(read).toThrow(/instead of nothing/)
  })

  test('an invalidation on purpose ends the old value too', () => {
    const checker = writtenOnce()
    const writer = belief('writer')
    checker.onGrant?.(grant(writer, 'PW'))
    checker.onWrite?.({ at: 110, belief: writer, write: 'invalidate' })
    const read = () => checker.onGrant?.(grant(belief('reader'), 'PR', { value: valid(1) }))
    expect(read).toThrow(/as valid/)
  })
})
