import { describe, expect, test } from 'vitest'
import { createNoActAfterEviction } from '../../src/checkers/no-act-after-eviction.ts'
import { createOnePower } from '../../src/checkers/one-power.ts'
import { createOneViewPerEpoch } from '../../src/checkers/one-view-per-epoch.ts'
import { createViewsRise } from '../../src/checkers/views-rise.ts'
import { installed, power, process } from './made-up.ts'

const [a, b, c] = [process('a'), process('b'), process('c')]

describe('one-view-per-epoch', () => {
  test('two views of one epoch are a violation', () => {
    const checker = createOneViewPerEpoch()
    checker.onInstalled?.(installed(a, 2, [a, b]))
    checker.onInstalled?.(installed(b, 2, [a, b]))
    expect(() => checker.onInstalled?.(installed(c, 2, [b, c]))).toThrow(/epoch 2/)
  })
})

describe('views-rise', () => {
  test('a process may skip an epoch but not go back to one', () => {
    const checker = createViewsRise()
    checker.onInstalled?.(installed(a, 1, [a]))
    checker.onInstalled?.(installed(a, 3, [a]))
    expect(() => checker.onInstalled?.(installed(a, 2, [a]))).toThrow(/2 after epoch 3/)
    expect(() => checker.onInstalled?.(installed(a, 3, [a]))).toThrow()
  })
})

describe('one-power', () => {
  test('two epochs at one instant are a violation, to the instant', () => {
    const late = createOnePower()
    late.onPower?.(power(a, 1, { at: 0, until: 100 }))
    late.onPower?.(power(b, 2, { at: 100, until: 200 }))
    const early = createOnePower()
    early.onPower?.(power(a, 1, { at: 0, until: 100 }))
    expect(() => early.onPower?.(power(b, 2, { at: 99.9, until: 200 }))).toThrow(/epoch 2/)
  })

  test('who is not in the view of a power may not even continue', () => {
    const checker = createOnePower()
    checker.onPower?.(power(a, 1, { at: 0, until: 100, takesOver: false }))
    const taking = () => checker.onPower?.(power(b, 2, { at: 50, until: 200, members: [b] }))
    expect(taking).toThrow(/may continue/)
  })

  test('a member of the view that has not installed it yet may continue', () => {
    const checker = createOnePower()
    checker.onPower?.(power(a, 1, { at: 0, until: 100, takesOver: false }))
    checker.onPower?.(power(b, 2, { at: 50, until: 200, members: [a, b] }))
  })

  test('a power ends with its process', () => {
    const checker = createOnePower()
    checker.onPower?.(power(a, 1, { at: 0, until: 100 }))
    checker.onEnd?.({ at: 10, process: a, why: 'crash' })
    checker.onPower?.(power(b, 2, { at: 50, until: 200 }))
  })
})

describe('no-act-after-eviction', () => {
  test('an admission that was missing in a view comes back in no later one', () => {
    const checker = createNoActAfterEviction()
    checker.onInstalled?.(installed(a, 1, [a, b]))
    checker.onInstalled?.(installed(a, 2, [a]))
    expect(() => checker.onInstalled?.(installed(a, 3, [a, b]))).toThrow(/not in 2/)
  })

  test('it is found also when the view in between becomes known last', () => {
    const checker = createNoActAfterEviction()
    checker.onInstalled?.(installed(a, 1, [a, b]))
    checker.onInstalled?.(installed(b, 3, [a, b]))
    expect(() => checker.onInstalled?.(installed(a, 2, [a]))).toThrow(/not in 2/)
  })

  test('a process that was admitted anew behind its back must not go on', () => {
    const checker = createNoActAfterEviction()
    checker.onInstalled?.(installed(b, 1, [a, b]))
    checker.onInstalled?.(installed(a, 3, [a, { ...b, joined: 3 }]))
    expect(() => checker.onInstalled?.(installed(b, 3, [a, { ...b, joined: 3 }]))).toThrow(/anew/)
  })
})
