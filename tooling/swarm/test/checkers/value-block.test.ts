import type { LockMode } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import type { Checker } from '../../src/checkers/checker.ts'
import { createValueBlock } from '../../src/checkers/value-block.ts'
import { belief, grant, power, process } from './made-up.ts'

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
  checker.onWrite?.({
    at: 110,
    belief: writer,
    write: { bytes: bytes(value) },
    depends: 'on nothing',
  })
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
    checker.onWrite?.({ at: 110, belief: writer, write: 'invalidate', depends: 'on nothing' })
    const read = () => checker.onGrant?.(grant(belief('reader'), 'PR', { value: valid(1) }))
    expect(read).toThrow(/as valid/)
  })

  test('a write that depends on the mode is there in some modes, and not in the others', () => {
    const into = (mode: LockMode) => {
      const checker = writtenOnce()
      const writer = belief('writer')
      checker.onGrant?.(grant(writer, 'PW'))
      const write = { bytes: bytes(2) }
      checker.onWrite?.({ at: 110, belief: writer, write, depends: 'on the mode' })
      checker.onGrant?.(grant(writer, mode, { at: 120 }))
      writer.mode = undefined
      checker.onYield?.({ at: 130, belief: writer, before: mode })
      return (value: number) => () =>
        checker.onGrant?.(grant(belief('reader'), 'PR', { at: 140, value: valid(value) }))
    }
    expect(into('PR')(1)).toThrow(/value 0101 as valid instead of value 0102/)
    expect(into('EX')(2)).toThrow(/value 0102 as valid instead of value 0101/)
    into('PR')(2)()
    into('EX')(1)()
  })

  test('a call that came to nothing has written nothing, and who died in it left nothing valid but that', () => {
    const [kept, lost] = [writtenOnce(), writtenOnce()]
    const write = { bytes: bytes(2) }
    const read = (checker: Checker, value: number) => () =>
      checker.onGrant?.(grant(belief('reader'), 'PR', { value: valid(value) }))
    for (const checker of [kept, lost]) {
      const writer = belief('writer')
      checker.onGrant?.(grant(writer, 'PW'))
      checker.onWrite?.({ at: 110, belief: writer, write, depends: 'on the mode' })
      if (checker === kept) checker.onKept?.({ at: 120, belief: writer })
      else checker.onLoss?.({ at: 120, belief: writer, mode: 'CR' })
    }
    expect(read(kept, 2)).toThrow(/value 0102 as valid instead of value 0101/)
    expect(read(lost, 1)).toThrow(/value 0101 as valid instead of value 0102/)
    read(kept, 1)()
    read(lost, 2)()
  })

  test('no number goes back while the same nodes have the power, and one may when a view has lost some', () => {
    const read = (checker: Checker, sequence: number, at: number) => () => {
      const value = { ...valid(1), sequence }
      const calledAt = at - 1
      checker.onGrant?.({ ...grant(belief('reader'), 'CR', { at, value }), calledAt })
    }
    const [same, other] = [writtenOnce(), writtenOnce()]
    for (const checker of [same, other]) read(checker, 9, 200)()
    expect(read(same, 2, 300)).toThrow(/number 2 after number 9/)
    other.onPower?.(power(process('n1'), 2, { at: 250, until: 900 }))
    read(other, 2, 300)()
  })
})
