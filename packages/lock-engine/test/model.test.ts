import { describe, test } from 'vitest'
import { expectAgreement } from './model/agreement.ts'

describe('one engine does what the naive lock table does', () => {
  test.each(['a', 'b'])('in 250,000 calls, seeds %s', { timeout: 600_000 }, (name) => {
    expectAgreement(1, 250_000, `one-${name}`)
  })
})
