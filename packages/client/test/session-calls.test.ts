import type { LockCall, PlainCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import { CLIENT_LIMITS } from '../src/limits.ts'
import { bench, kinds, opened, readyBench } from './session-bench.ts'

const convert = (lock: number): LockCall => ({
  kind: 'convert',
  call: 71,
  lock,
  mode: 'NL',
  noQueue: false,
  queueFair: false,
  useValue: false,
})

const unlock = (lock: number, subtree: 'with' | 'below'): LockCall => ({
  kind: 'unlock',
  call: 72,
  lock,
  subtree,
})

describe('calls that name no lock', () => {
  const plain: readonly { readonly call: PlainCall; readonly answer: SessionEvent }[] = [
    { call: { kind: 'query', call: 21, what: 'locks' }, answer: { kind: 'report', call: 21 } },
    { call: { kind: 'purge', call: 22 }, answer: { kind: 'purged', call: 22, count: 3 } },
    {
      call: { kind: 'open-space', call: 23, space: 's' },
      answer: { kind: 'space', call: 23, space: 's', outcome: 'opened' },
    },
    {
      call: { kind: 'leave-space', call: 24, space: 's', force: 'idle' },
      answer: { kind: 'space', call: 24, space: 's', outcome: 'left' },
    },
  ]

  test.each(plain)('$call.kind is settled by its answer, once', ({ call, answer }) => {
    const session = readyBench()
    expect(kinds(session.put(call))).toEqual([`send ${call.kind}`])
    expect(session.event(answer, 1)).toEqual([{ kind: 'answered', call, answer }])
    expect(session.event(answer, 1)).toEqual([])
  })

  test.each(plain)('$call.kind is settled by a refusal', ({ call }) => {
    const session = readyBench()
    session.put(call)
    const answer: SessionEvent = { kind: 'refused', call: call.call, reason: 'no' }
    expect(session.event(answer, 1)).toEqual([{ kind: 'answered', call, answer }])
  })

  test.each(plain)('$call.kind is lost with its session, and after it', ({ call }) => {
    const session = readyBench()
    session.put(call)
    const outputs = session.event({ kind: 'closed', reason: 'node-stopped' }, 1)
    expect(outputs).toContainEqual({ kind: 'answered', call, answer: undefined })
    expect(session.put(call)).toEqual([{ kind: 'answered', call, answer: undefined }])
  })

  test('an answer of another kind, or to a call about a lock, is none', () => {
    const session = readyBench()
    session.put({ kind: 'purge', call: 31 })
    expect(session.event({ kind: 'report', call: 31 }, 1)).toEqual([])
    const { call } = session.request(1)
    expect(session.event({ kind: 'refused', call, reason: 'no' }, 1)).toEqual([])
    expect(session.event({ kind: 'completion', call: 31, lock: 1, outcome: 'granted' }, 1)).toEqual(
      [],
    )
  })

  test('one over the limit is refused', () => {
    const session = readyBench({ ...CLIENT_LIMITS, pendingCallsMax: 1 })
    session.request(1)
    expect(session.put({ kind: 'purge', call: 99 })).toMatchObject([
      { kind: 'answered', answer: { kind: 'refused', call: 99 } },
    ])
  })

  test('the steps of a recovery are passed on', () => {
    const recovery: SessionEvent = {
      kind: 'recovery',
      space: 's',
      phase: 'lost',
      epoch: 4,
      members: [1, 2],
      lost: [3],
    }
    expect(readyBench().event(recovery, 1)).toEqual([{ kind: 'recovery', recovery }])
  })
})

describe('a lock that ends without its own unlock', () => {
  test('is lost alone when its lockspace was left, and only once', () => {
    const session = readyBench()
    const [one, other] = [session.request(1), session.request(1)]
    session.grant(one, 2)
    session.grant(other, 2)
    const lost: SessionEvent = { kind: 'lost', lock: one.lock }
    const end = { reason: 'lockspace-left' }
    expect(session.event(lost, 3)).toEqual([{ kind: 'lost', lock: one.lock, end }])
    expect(session.event(lost, 3)).toEqual([])
    expect(kinds(session.event({ kind: 'closed', reason: 'asked' }, 4))).toEqual(['lost', 'ended'])
  })

  test('is lost when its conversion says so', () => {
    const session = readyBench()
    const held = session.request(1)
    session.grant(held, 2)
    const outputs = session.through(convert(held.lock), { outcome: 'lost' })
    expect(kinds(outputs)).toEqual(['lost', 'settled'])
  })

  test('is unlocked with the lock above it, before that is told', () => {
    const session = readyBench()
    const locks = [session.request(1), session.request(1), session.request(1)]
    for (const call of locks) session.grant(call, 2)
    const [parent = -1, ...also] = locks.map(({ lock }) => lock)
    const outputs = session.through(unlock(parent, 'with'), { also })
    expect(outputs.slice(0, -1)).toEqual(
      [parent, ...also].map((lock) => ({ kind: 'unlocked', lock })),
    )
    expect(kinds(outputs).at(-1)).toBe('settled')
    expect(kinds(session.event({ kind: 'closed', reason: 'asked' }, 4))).toEqual(['ended'])
  })

  test('is unlocked below a lock that stays', () => {
    const session = readyBench()
    const [parent, child] = [session.request(1), session.request(1)]
    session.grant(parent, 2)
    session.grant(child, 2)
    const outputs = session.through(unlock(parent.lock, 'below'), { also: [child.lock] })
    expect(outputs).toMatchObject([{ kind: 'unlocked', lock: child.lock }, { kind: 'settled' }])
    expect(session.event({ kind: 'closed', reason: 'asked' }, 4)).toMatchObject([
      { kind: 'lost', lock: parent.lock },
      { kind: 'ended' },
    ])
  })

  test('is still held when only its call was cancelled with one above', () => {
    const session = readyBench()
    const [parent, child] = [session.request(1), session.request(1)]
    session.grant(parent, 2)
    session.grant(child, 2)
    const cancel: LockCall = { kind: 'cancel', call: 77, lock: parent.lock, subtree: true }
    const outputs = session.through(cancel, { outcome: 'cancelled', also: [child.lock] })
    expect(kinds(outputs)).toEqual(['settled'])
  })

  test('is gone as soon as its conversion ends `unlocked`', () => {
    const session = readyBench()
    const held = session.request(1)
    session.grant(held, 2)
    expect(kinds(session.through(convert(held.lock), {}))).toEqual(['unlocked', 'settled'])
  })

  test('waits in turn behind a grant that waits for trust', () => {
    const session = bench()
    session.event(opened, 0)
    session.pong(0, 0)
    const call = session.request(1)
    session.grant(call, 2)
    session.event({ kind: 'lost', lock: call.lock }, 3)
    session.tick(200)
    expect(kinds(session.pong(201))).toEqual(['settled', 'lost'])
  })
})
