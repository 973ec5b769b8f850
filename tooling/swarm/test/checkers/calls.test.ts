import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import { createBlockingNotices } from '../../src/checkers/blocking-notices.ts'
import type { Checker } from '../../src/checkers/checker.ts'
import { createLockspaces } from '../../src/checkers/lockspaces.ts'
import { createOneCompletion } from '../../src/checkers/one-completion.ts'
import { createTimeLimits } from '../../src/checkers/time-limits.ts'
import { createTrees } from '../../src/checkers/trees.ts'
import { process } from './made-up.ts'

const n1 = process('n1')
const resource = { space: 'a', name: 'r' }
const plain = { noQueue: false, useValue: false, notify: true } as const

function call(checker: Checker, made: SessionCall, at = 100, session = 1): void {
  checker.onCall?.({ at, process: n1, session, call: made })
}

function hear(checker: Checker, event: SessionEvent, at = 100, session = 1): void {
  checker.onEvent?.({ at, process: n1, session, event })
}

function request(checker: Checker, lock: number, parent?: number): void {
  const below = parent === undefined ? {} : { parent }
  call(checker, { kind: 'request', call: lock, lock, resource, mode: 'PR', ...plain, ...below })
  hear(checker, { kind: 'completion', call: lock, lock, outcome: 'granted', mode: 'PR' })
}

describe('trees', () => {
  test('a parent that is unlocked under its child is a violation', () => {
    const checker = createTrees()
    request(checker, 1)
    request(checker, 2, 1)
    call(checker, { kind: 'unlock', call: 3, lock: 1 })
    const done = { kind: 'completion', call: 3, lock: 1, outcome: 'unlocked' } as const
    expect(() => hear(checker, done)).toThrow(/lock 2 was below/)
  })

  test('with the subtree it is none', () => {
    const checker = createTrees()
    request(checker, 1)
    request(checker, 2, 1)
    call(checker, { kind: 'unlock', call: 3, lock: 1, subtree: 'with' })
    hear(checker, { kind: 'completion', call: 3, lock: 1, outcome: 'unlocked', also: [2] })
  })

  test('a copy below nothing is a violation, an orphan may have an heir above it', () => {
    const copy = { session: 1, lock: 2, mode: 'PR', range: undefined, owner: undefined } as const
    const child = { ...copy, resource: 'a/r/s', above: 'a/r', orphan: true, unlocking: false }
    const checker = createTrees()
    checker.onTables?.({ at: 1, tables: [{ process: n1, copies: [child] }] })
    const tables = [{ process: n1, copies: [{ ...child, orphan: false }] }]
    expect(() => checker.onTables?.({ at: 1, tables })).toThrow(/none on a\/r/)
  })
})

describe('one-completion', () => {
  test('what a subtree took along is granted nothing any more', () => {
    const checker = createOneCompletion()
    request(checker, 1)
    request(checker, 2, 1)
    call(checker, { kind: 'convert', call: 3, lock: 2, mode: 'EX', queueFair: false, ...plain })
    call(checker, { kind: 'unlock', call: 4, lock: 1, subtree: 'with' })
    const gone = { kind: 'completion', call: 4, lock: 1, outcome: 'unlocked', also: [2] } as const
    expect(() => hear(checker, gone)).toThrow(/but not of its call/)
  })

  test('a cancel of a subtree names only what was cancelled', () => {
    const checker = createOneCompletion()
    request(checker, 1)
    request(checker, 2, 1)
    call(checker, { kind: 'cancel', call: 3, lock: 1, subtree: true })
    const done = { kind: 'completion', call: 3, lock: 1, outcome: 'cancelled', also: [2] } as const
    expect(() => hear(checker, done)).toThrow(/lock 2 was cancelled, but it was granted/)
  })
})

describe('time-limits', () => {
  test('a limit that ends early is a violation, by the fastest clock too', () => {
    const end = { kind: 'completion', call: 1, lock: 1, outcome: 'timed-out' } as const
    const ask = { kind: 'request', call: 1, lock: 1, resource, mode: 'PR', ...plain } as const
    for (const [at, isEarly] of [
      [195, true],
      [199.1, false],
    ] as const) {
      const checker = createTimeLimits({ rho: 0.01 })
      call(checker, { ...ask, timeoutMs: 100 }, 100)
      if (isEarly) expect(() => hear(checker, end, at)).toThrow(/after 95.0 ms/)
      else hear(checker, end, at)
    }
  })
})

describe('blocking-notices', () => {
  test('a mode that does not conflict with what is held is not told', () => {
    const checker = createBlockingNotices()
    request(checker, 1)
    hear(checker, { kind: 'blocking', lock: 1, mode: 'EX' })
    const wrong = { kind: 'blocking', lock: 1, mode: 'CR' } as const
    expect(() => hear(checker, wrong)).toThrow(/has PR and was told that it blocks CR/)
  })
})

describe('lockspaces', () => {
  const attributes = { valueBytes: 16, deadlockMs: 50, mastering: 'directory' } as const

  function open(checker: Checker, session: number, deadlockMs: number): void {
    call(checker, { kind: 'open-space', call: 1, space: 'a' }, 100, session)
    const opened = { ...attributes, deadlockMs }
    const event = { kind: 'space', call: 1, space: 'a', outcome: 'opened' } as const
    hear(checker, { ...event, attributes: opened }, 100, session)
  }

  test('two that have it open with other attributes are a violation while both may act', () => {
    const checker = createLockspaces()
    const power = { at: 0, process: n1, epoch: 1, members: [], mayTakeOverUntil: 1_000 }
    checker.onPower?.({ ...power, mayContinueUntil: 1_000 })
    open(checker, 1, 50)
    open(checker, 2, 50)
    expect(() => open(checker, 3, 60)).toThrow(/is open with/)
  })

  test('recovery that resumes without a stop is a violation', () => {
    const checker = createLockspaces()
    const told = { kind: 'recovery', space: 'a', members: [1], lost: [] } as const
    hear(checker, { ...told, phase: 'stopped', epoch: 2 })
    hear(checker, { ...told, phase: 'resumed', epoch: 2 })
    expect(() => hear(checker, { ...told, phase: 'resumed', epoch: 3 })).toThrow(/without a stop/)
  })

  test('a session that closes hears of recovery in order, until it is closed', () => {
    const checker = createLockspaces()
    const told = { kind: 'recovery', space: 'a', members: [1], lost: [], epoch: 2 } as const
    hear(checker, { ...told, phase: 'stopped' })
    call(checker, { kind: 'close', call: 2 })
    hear(checker, { ...told, phase: 'lost' })
    hear(checker, { kind: 'closed', reason: 'asked' })
    expect(() => hear(checker, { ...told, phase: 'lost' })).toThrow(/without a stop/)
  })
})
