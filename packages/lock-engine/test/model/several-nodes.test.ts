import { describe, test } from 'vitest'
import { expectAgreement } from './agreement.ts'

describe('engines of several nodes do what the naive lock table does', () => {
  test.each([2, 3])('%s nodes, in 250,000 calls', { timeout: 600_000 }, (nodes) => {
    expectAgreement(nodes, 250_000, `nodes-${nodes}`)
  })
})
