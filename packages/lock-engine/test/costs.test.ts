/** What costs the same, however many locks there are beside: counted in the locks that are looked at. */
import { describe, expect, test } from 'vitest'
import {
  createLockEngine,
  type EngineInput,
  type EngineMember,
  isLockMessage,
} from '../src/index.ts'
import type { LockMode } from '../src/lock-mode.ts'
import { keyOf } from '../src/resource-key.ts'
import { visitsOf } from './harness/visits.ts'
import { nameIndexedBy, Stage } from './races/stage.ts'

/** A node without others, and three sessions on it. */
class Alone {
  readonly #engine = createLockEngine({ limits: { selfWaitLookMax: 50 } })
  #calls = 0

  constructor() {
    const self = { id: 1, joined: 1, eligible: true, weight: 1 }
    this.#engine.install({ epoch: 1, settled: 0, self: 1, members: [self], notes: [] }, 0)
    this.#engine.resume()
    this.#engine.activate(0)
    this.#engine.open(0)
    for (const session of [1, 2, 3]) {
      this.give({ kind: 'session-opened', session, label: `${session}` })
    }
  }

  give(input: EngineInput): void {
    this.#engine.handle(input, 0)
    this.#engine.drain()
  }

  call(session: number, words: object): void {
    this.#calls += 1
    this.give({ kind: 'call', session, call: { call: this.#calls, ...words } as never })
  }

  request(session: number, lock: number, mode: LockMode, more: object = {}): void {
    const resource = { space: 's', name: 'r' }
    const plain = { noQueue: false, useValue: false, notify: false }
    this.call(session, { kind: 'request', lock, mode, resource, ...plain, ...more })
  }
}

/** What it costs beside many locks of session 1. */
function visitsBeside(locks: object, act: (alone: Alone) => void, also?: typeof act): number {
  const alone = new Alone()
  for (let lock = 1; lock <= 2_000; lock += 1) alone.request(1, lock, 'NL', locks)
  also?.(alone)
  return visitsOf(() => act(alone))
}

describe('an adoption', () => {
  const resource = { space: 's', name: 'r' }
  const asked = { kind: 'adopt', lock: 2, resource, useValue: false, notify: false }

  test('does not look at every lock of the resource', () => {
    const visits = visitsBeside({}, (alone) => alone.call(2, { ...asked, mode: 'EX' }))
    expect(visits).toBeLessThan(20)
  })

  test('does not look at every orphan, of its mode or of others', () => {
    const leave = (alone: Alone): void => {
      alone.request(3, 1, 'CR', { persistent: true, owner: 'a' })
      for (const session of [1, 3]) alone.give({ kind: 'session-closed', session })
    }
    for (const terms of [{ mode: 'NL' }, { mode: 'CR' }, { mode: 'CR', owner: 'a' }]) {
      const adopt = (alone: Alone): void => alone.call(2, { ...asked, ...terms })
      expect(visitsBeside({ persistent: true }, adopt, leave)).toBeLessThan(20)
    }
  })
})

describe('a wait that comes and goes', () => {
  const waitFor = (mode: LockMode) => (alone: Alone) => {
    alone.request(3, 1, mode)
    alone.call(3, { kind: 'cancel', lock: 1 })
  }

  test('does not look at locks whose holders want to hear nothing', () => {
    const hold = (alone: Alone): void => alone.request(2, 1, 'EX')
    expect(visitsBeside({}, waitFor('EX'), hold)).toBeLessThan(100)
  })

  test('does not look at locks in nobody’s way', () => {
    const hold = (alone: Alone): void => alone.request(2, 1, 'PW', { notify: true })
    expect(visitsBeside({ mode: 'CR', notify: true }, waitFor('PW'), hold)).toBeLessThan(100)
  })

  test('looks at no holder that hears nothing new of it, also when there was an owner once', () => {
    const wait = (alone: Alone): void => {
      alone.request(2, 1, 'EX', { owner: 'a' })
      alone.call(2, { kind: 'cancel', lock: 1 })
      alone.request(2, 2, 'EX')
    }
    expect(visitsBeside({ mode: 'PR', notify: true }, waitFor('EX'), wait)).toBeLessThan(100)
  })

  test('does not look at every range, but at some for one of its own session', () => {
    const range = { start: 0n, end: 9n }
    expect(visitsBeside({ mode: 'PR', range }, waitFor('EX'))).toBeLessThan(100)
  })

  test('beside an owner does not look at locks whose holders want to hear nothing', () => {
    const hold = (alone: Alone): void => alone.request(2, 1, 'EX', { owner: 'a' })
    expect(visitsBeside({}, waitFor('EX'), hold)).toBeLessThan(100)
  })
})

describe('an owner', () => {
  const owned = { mode: 'EX', owner: 'a' }

  test('takes a range without a look at each of its others', () => {
    const alone = new Alone()
    for (let lock = 1; lock <= 1_000; lock += 1) {
      alone.request(1, lock, 'EX', { ...owned, range: { start: BigInt(lock), end: BigInt(lock) } })
    }
    const all = { start: 0n, end: 1_000n }
    const visits = visitsOf(() => alone.request(1, 1_001, 'EX', { ...owned, range: all }))
    expect(visits).toBeLessThan(20)
  })

  test('gives many ranges up while a call of its own waits, and does not look at all that are left each time', () => {
    const alone = new Alone()
    alone.request(2, 1, 'EX', { range: { start: 5_000n, end: 5_000n } })
    for (let lock = 1; lock <= 1_000; lock += 1) {
      alone.request(1, lock, 'EX', { ...owned, range: { start: BigInt(lock), end: BigInt(lock) } })
    }
    alone.request(3, 1, 'EX', owned)
    const visits = visitsOf(() => alone.give({ kind: 'session-closed', session: 1 }))
    expect(visits).toBeLessThan(20_000)
  })
})

describe('a lock whose master has given the name up', () => {
  /** Looks at locks until all requests of node 2 are on their way again. */
  function visitsToAskAgain(locks: number): number {
    const name = nameIndexedBy([[1, 2], 1])
    const stage = new Stage({ nodes: [1, 2], name })
    // Node 2 learns the master.
    stage.request(1, 1, 'NL')
    stage.settle()
    stage.request(2, 1, 'NL')
    stage.settle()
    stage.unlock(2, 1)
    stage.settle()
    const { engine } = stage.node(2)
    const resource = { space: 's', name }
    const plain = { mode: 'NL', noQueue: false, useValue: false, notify: false } as const
    for (let lock = 1; lock <= locks; lock += 1) {
      const call = {
        kind: 'request',
        call: 100 + lock,
        lock: 1 + lock,
        resource,
        ...plain,
      } as const
      engine.handle({ kind: 'call', session: 1, call }, 0)
    }
    const sent = engine
      .drain()
      .map((output) => (output.kind === 'send' ? output.message : undefined))
    const answers = sent
      .filter((message) => isLockMessage(message) && message.kind === 'request')
      .map(({ lock, ask }) => ({ kind: 'not-master', lock, ask }))
    expect(answers).toHaveLength(locks)
    return visitsOf(() => {
      for (const message of answers) {
        engine.handle({ kind: 'received', from: 1, epoch: 1, message }, 0)
      }
    })
  }

  test('is asked for again without a look at the others', () => {
    expect(visitsToAskAgain(1_000)).toBeLessThan(10_000)
  })
})

describe('a tree that is given away', () => {
  const member = (id: number, eligible = true): EngineMember => ({
    id,
    joined: 1,
    eligible,
    weight: id === 1 ? 1 : 0,
  })

  /** What node 1 looks at while it gives so many trees away, on each of which node 2 had a lock and is lost. */
  function visitsToGive(trees: number): number {
    const engine = createLockEngine()
    const members = [member(1), member(2), member(3)]
    engine.install({ epoch: 1, settled: 0, self: 1, members, notes: [] }, 0)
    engine.resume()
    engine.activate(0)
    engine.open(0)
    engine.handle({ kind: 'session-opened', session: 1, label: 's' }, 0)
    for (let lock = 1; lock <= trees; lock += 1) {
      const resource = { space: 's', name: `${lock}` }
      const plain = { mode: 'NL', noQueue: false, useValue: false, notify: false } as const
      const call = { kind: 'request', call: lock, lock, resource, ...plain } as const
      engine.handle({ kind: 'call', session: 1, call }, 0)
      const own = { lock, session: 1, sessionLock: lock, takenOver: 0, ask: 1 }
      const message = { kind: 'request', mode: 'NL', flags: 0, key: keyOf(resource), ...own }
      engine.handle({ kind: 'received', from: 2, epoch: 1, message }, 0)
      engine.drain()
    }
    engine.install({ epoch: 2, settled: 1, self: 1, members: [member(1), member(3)], notes: [] }, 0)
    engine.resume()
    engine.drain()
    const without = [member(1, false), member(3)]
    return visitsOf(() => {
      engine.install({ epoch: 3, settled: 1, self: 1, members: without, notes: [] }, 0)
    })
  }

  test('is not searched for in all that lost members had', () => {
    expect(visitsToGive(1_000)).toBeLessThan(20_000)
  })
})
