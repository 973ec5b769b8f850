import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import { createAuthority } from '../../src/checkers/authority.ts'
import { createBounded } from '../../src/checkers/bounded.ts'
import type { Checker } from '../../src/checkers/checker.ts'
import { createOneCompletion } from '../../src/checkers/one-completion.ts'
import { trustUntil } from '../../src/client/trust.ts'
import { power, process } from './made-up.ts'

const node = process('n1')
const unlock: SessionCall = { kind: 'unlock', call: 5, lock: 1 }
const done: SessionEvent = { kind: 'completion', call: 5, lock: 1, outcome: 'unlocked' }

function calls(checker: Checker, call: SessionCall): void {
  checker.onCall?.({ at: 1, process: node, session: 1, call })
}

function hears(checker: Checker, event: SessionEvent): void {
  checker.onEvent?.({ at: 2, process: node, session: 1, event })
}

describe('one-completion', () => {
  test('a second completion of one call is a violation', () => {
    const checker = createOneCompletion()
    calls(checker, unlock)
    hears(checker, done)
    expect(() => hears(checker, done)).toThrow(/twice/)
  })

  test('so is a completion of a call that was never made', () => {
    expect(() => hears(createOneCompletion(), done)).toThrow(/never made/)
  })

  test('so is a cancel that says it cancelled what was granted', () => {
    const checker = createOneCompletion()
    const resource = { space: 'a', name: 'r' }
    const flags = { noQueue: false, useValue: false, notify: false }
    calls(checker, { kind: 'request', call: 1, lock: 1, resource, mode: 'PR', ...flags })
    calls(checker, { kind: 'cancel', call: 2, lock: 1 })
    hears(checker, { kind: 'completion', call: 1, lock: 1, outcome: 'granted', mode: 'PR' })
    const cancelled = { kind: 'completion', call: 2, lock: 1, outcome: 'cancelled' } as const
    expect(() => hears(checker, cancelled)).toThrow(/was granted/)
  })

  test('so is anything after the end of the session', () => {
    const checker = createOneCompletion()
    calls(checker, unlock)
    hears(checker, { kind: 'closed', reason: 'asked' })
    expect(() => hears(checker, done)).toThrow(/after its end/)
  })
})

describe('authority', () => {
  const opened = { kind: 'opened', session: 's', leaseMs: 1, node: 'n1' } as const
  const event = (at: number, what: SessionEvent) => ({
    at,
    process: node,
    session: 1,
    event: what,
  })

  test('a grant after the end of the lease is a violation', () => {
    const checker = createAuthority()
    checker.onPower?.(power(node, 1, { at: 0, until: 100 }))
    const granted = { kind: 'completion', call: 1, lock: 1, outcome: 'granted' } as const
    checker.onEvent?.(event(99, granted))
    expect(() => checker.onEvent?.(event(100, granted))).toThrow(/after its lease/)
  })

  test('a session that hears of its opening in the turn of its end does not outlive it', () => {
    const checker = createAuthority()
    checker.onPower?.(power(node, 1, { at: 0, until: 100 }))
    checker.onCall?.({ at: 10, process: node, session: 1, call: { kind: 'close', call: 1 } })
    checker.onEvent?.(event(10, opened))
    checker.onPower?.(power(node, 1, { at: 100, until: 100 }))
    checker.onPower?.(power(node, 1, { at: 101, until: 101 }))
  })

  test('so is a session that outlives the turn in which the lease was over', () => {
    const checker = createAuthority()
    checker.onPower?.(power(node, 1, { at: 0, until: 100 }))
    checker.onEvent?.(event(10, opened))
    checker.onPower?.(power(node, 1, { at: 100, until: 100 }))
    checker.onEvent?.(event(100, { kind: 'closed', reason: 'authority-lost' }))
    checker.onPower?.(power(node, 1, { at: 150, until: 200 }))
    checker.onEvent?.(event(160, opened))
    checker.onPower?.(power(node, 1, { at: 200, until: 200 }))
    expect(() => checker.onPower?.(power(node, 1, { at: 201, until: 201 }))).toThrow(/kept/)
  })
})

describe('bounded', () => {
  test('a size over its limit is a violation', () => {
    const checker = createBounded()
    const sizes = (size: number) => ({ at: 1, process: node, sizes: [{ what: 'x', size, max: 9 }] })
    checker.onSizes?.(sizes(9))
    expect(() => checker.onSizes?.(sizes(10))).toThrow(/10 x/)
  })
})

describe('the deadline of a client', () => {
  test('is over on its own clock before the lease is on any other within the bound', () => {
    const rho = 0.01
    const until = trustUntil(1_000, { authorityMs: 500, leaseMs: 9_000 }, rho)
    const realLength = (until - 1_000) / (1 - rho)
    expect(realLength).toBeLessThanOrEqual(500 / (1 + rho) + 1e-9)
  })
})
