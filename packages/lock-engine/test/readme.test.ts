import { expect, test } from 'vitest'
import { shareAnAccount } from '../examples/alone.ts'

test('the example of the README shares an account between a writer and a reader', () => {
  expect(shareAnAccount()).toEqual([
    '1: granted, holds EX, balance unknown',
    '1: blocks PR',
    '1: granted, holds PR, balance 42',
    '2: granted, holds PR, balance 42',
    '2: unlocked, holds nothing',
  ])
})
