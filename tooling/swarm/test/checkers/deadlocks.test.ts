import { describe, expect, test } from 'vitest'
import { createDeadlocks } from '../../src/checkers/deadlocks.ts'
import type { WaitFact } from '../../src/facts.ts'
import { process } from './made-up.ts'

const n1 = process('n1')

/** Session `from` of n1 waits with lock 1, call 1, for a lock of session `to`. */
function wait(from: number, to: number): WaitFact {
  const [party, other] = [`${n1.incarnation}/${from}`, `${n1.incarnation}/${to}`]
  const blocker = { key: `${other}/2`, party: other, state: 'granted EX', certain: true }
  return { key: `${party}/1`, call: 1, party, searched: true, blockers: [blocker] }
}

function lost(session: number, reason: string, at = 200) {
  const outcome = 'deadlock' as const
  const event = { kind: 'completion', call: 1, lock: 1, outcome, reason } as const
  return { at, process: n1, session, event }
}

const words = 'n1/1 waits for EX on a/r, which n1/2 holds in EX'

describe('deadlocks', () => {
  test('a victim that was on a cycle is right', () => {
    const checker = createDeadlocks({ calm: false })
    checker.onWaits?.({ at: 100, process: n1, waits: [wait(1, 2), wait(2, 1)] })
    checker.onEvent?.(lost(1, words))
  })

  test('one whose cycle never was whole at one moment is a phantom', () => {
    const checker = createDeadlocks({ calm: false })
    checker.onWaits?.({ at: 100, process: n1, waits: [wait(1, 2)] })
    checker.onWaits?.({ at: 101, process: n1, waits: [wait(2, 1)] })
    expect(() => checker.onEvent?.(lost(1, words))).toThrow(/never was/)
  })

  test('a second victim of one cycle is one too many', () => {
    const checker = createDeadlocks({ calm: false })
    checker.onWaits?.({ at: 100, process: n1, waits: [wait(1, 2), wait(2, 1)] })
    checker.onDenial?.({ at: 110, words })
    checker.onDenial?.({ at: 120, words: `${words} too` })
    checker.onEvent?.(lost(1, words))
    expect(() => checker.onEvent?.(lost(2, `${words} too`))).toThrow(/another victim had broken/)
  })

  test('a cycle that lasts in a calm world is a violation, in another one it is none', () => {
    const waits = [wait(1, 2), wait(2, 1)]
    for (const calm of [false, true]) {
      const checker = createDeadlocks({ calm })
      checker.onWaits?.({ at: 100, process: n1, waits })
      const later = () => checker.onWaits?.({ at: 10_000, process: n1, waits })
      if (calm) expect(later).toThrow(/nobody breaks/)
      else later()
    }
  })
})
