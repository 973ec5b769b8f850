import type { LockCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { describe, expect, test } from 'vitest'
import { CLIENT_LIMITS } from '../src/limits.ts'
import { trustUntil } from '../src/session/trust.ts'
import { bench, kinds, opened, readyBench, worth } from './session-bench.ts'

describe('session machine', () => {
  test('pings when the session is opened, and is ready at the first answer', () => {
    const session = bench()
    expect(kinds(session.event(opened, 0))).toEqual(['send ping'])
    expect(session.machine.trusted(0)).toBe(false)
    expect(kinds(session.pong(5))).toEqual(['ready'])
    expect(session.machine.trusted(5)).toBe(true)
  })

  test('trusts for the shorter of lease and authority, shortened by both clocks, from the sending on', () => {
    expect(trustUntil(100, 5_000, 1_000)).toBeCloseTo(100 + worth, 9)
    expect(trustUntil(100, 300, 1_000)).toBeCloseTo(100 + (300 * 0.99) / 1.01, 9)
    const session = bench()
    session.event(opened, 100)
    session.pong(800)
    expect(session.machine.trusted(100 + worth - 0.001)).toBe(true)
    expect(session.machine.trusted(100 + worth)).toBe(false)
  })

  test('pings again after a sixth of the lease, and at least every 400 ms', () => {
    const session = readyBench()
    expect(session.machine.deadline()).toBeCloseTo(1_000 / 6)
    const slow = bench()
    slow.event({ ...opened, leaseMs: 10_000 } as SessionEvent, 0)
    slow.pong(0)
    expect(slow.machine.deadline()).toBe(400)
  })

  test('an answer to a ping that was never sent prolongs nothing', () => {
    const session = readyBench()
    session.event({ kind: 'pong', call: 999, sent: 10_000, authorityMs: 5_000 }, 500)
    expect(session.machine.trusted(worth + 1)).toBe(false)
  })

  test('a node that claims a later sending prolongs nothing', () => {
    const session = bench()
    const [ping] = session.event(opened, 0)
    const call = ping?.kind === 'send' ? ping.call.call : -1
    session.event({ kind: 'pong', call, sent: 10_000, authorityMs: 5_000 }, 1)
    expect(session.machine.trusted(worth + 1)).toBe(false)
  })

  test('declares its locks lost at its own deadline, before anything else is told', () => {
    const session = readyBench()
    const held = session.request(1)
    expect(kinds(session.grant(held, 2))).toEqual(['settled'])
    session.request(3)
    session.tick(170)
    session.tick(340)
    const outputs = session.tick(worth)
    expect(kinds(outputs)).toEqual(['send close', 'lost', 'settled', 'ended'])
    expect(outputs.at(-1)).toMatchObject({ end: { reason: 'stalled' } })
  })

  test('a process that stood still loses its locks before it reads what waits in its socket', () => {
    const session = readyBench()
    session.grant(session.request(1), 2)
    const outputs = session.pong(60_000)
    expect(kinds(outputs)).toContain('lost')
    expect(session.machine.trusted(60_000)).toBe(false)
  })

  test('keeps its locks as long as the node answers', () => {
    const session = readyBench()
    session.grant(session.request(1), 2)
    for (let now = 200; now < 5_000; now += 200) {
      expect(kinds(session.tick(now))).toEqual(['send ping'])
      session.pong(now + 50)
    }
    expect(session.machine.trusted(5_000)).toBe(true)
  })

  test('passes a grant on only when the session is trusted again', () => {
    const session = bench()
    session.event(opened, 0)
    session.pong(0, 0)
    const call = session.request(1)
    expect(kinds(session.grant(call, 2))).toEqual(['send ping'])
    const blocked = session.event({ kind: 'blocking', lock: call.lock, mode: 'EX' }, 3)
    expect(kinds(blocked)).toEqual([])
    expect(kinds(session.pong(4, 0))).toEqual([])
    session.tick(200)
    expect(kinds(session.pong(201))).toEqual(['settled', 'blocking'])
  })

  test('ends after a lease without a word of the node even when nothing is held', () => {
    const session = readyBench()
    for (let now = 170; now < 1_000; now += 170) session.tick(now)
    expect(kinds(session.tick(1_000))).toEqual(['send close', 'ended'])
  })

  test.each(['disconnected', 'closed'] as const)(
    'settles each call exactly once and loses each lock when %s',
    (how) => {
      const session = readyBench()
      const held = [session.request(1), session.request(1)]
      for (const call of held) session.grant(call, 2)
      const waiting = [session.request(3), session.request(3), session.request(3)]
      session.machine.handle(
        how === 'closed'
          ? { kind: 'event', event: { kind: 'closed', reason: 'authority-lost' } }
          : { kind: 'disconnected', reason: 'cut' },
        4,
      )
      const outputs = session.machine.drain()
      const lost = outputs.flatMap((output) => (output.kind === 'lost' ? [output.lock] : []))
      const settled = outputs.flatMap((output) =>
        output.kind === 'settled' ? [output.completion.call] : [],
      )
      expect(lost).toEqual(held.map(({ lock }) => lock))
      expect(settled).toEqual(waiting.map(({ call }) => call))
      expect(kinds(outputs).at(-1)).toBe('ended')
      const [late] = waiting
      expect(late && session.grant(late, 5)).toEqual([])
    },
  )

  test('a call after the end is settled as lost', () => {
    const session = readyBench()
    session.event({ kind: 'closed', reason: 'node-stopped' }, 1)
    const call: LockCall = { kind: 'unlock', call: 77, lock: 1 }
    session.machine.handle({ kind: 'call', call }, 2)
    expect(session.machine.drain()).toMatchObject([
      { kind: 'settled', completion: { call: 77, outcome: 'lost' } },
    ])
  })

  test('after a suspend nothing is trusted before a new answer, and nothing is held', () => {
    const session = bench()
    session.event(opened, 0)
    session.machine.handle({ kind: 'clock-jumped' }, 10)
    const [ping] = session.machine.drain()
    expect(ping).toMatchObject({ kind: 'send', call: { kind: 'ping' } })
    // The answer to the ping from before the suspend says nothing about the time since.
    session.pong(11)
    expect(session.machine.trusted(11)).toBe(false)
    const holding = readyBench()
    holding.grant(holding.request(1), 2)
    holding.machine.handle({ kind: 'clock-jumped' }, 3)
    expect(kinds(holding.machine.drain())).toEqual(['send close', 'lost', 'ended'])
  })

  test('an unlocked lock is not told about the end', () => {
    const session = readyBench()
    const { lock, ...request } = session.request(1)
    session.grant({ lock, ...request } as LockCall, 2)
    const unlock: LockCall = { kind: 'unlock', call: session.machine.nextNumber(), lock }
    session.machine.handle({ kind: 'call', call: unlock }, 3)
    session.event({ kind: 'completion', call: unlock.call, lock, outcome: 'unlocked' }, 4)
    expect(kinds(session.event({ kind: 'closed', reason: 'asked' }, 5))).toEqual(['ended'])
  })

  test('refuses a call over the limit and sends nothing', () => {
    const session = bench({ ...CLIENT_LIMITS, pendingCallsMax: 2 })
    session.event(opened, 0)
    session.pong(0)
    session.request(1)
    session.request(1)
    const call: LockCall = { kind: 'cancel', call: 99, lock: 1 }
    session.machine.handle({ kind: 'call', call }, 1)
    expect(session.machine.drain()).toMatchObject([
      { kind: 'settled', completion: { call: 99, outcome: 'refused' } },
    ])
  })

  test('completions and reports that nobody waits for change nothing', () => {
    const session = readyBench()
    const stray: SessionEvent[] = [
      { kind: 'completion', call: 500, lock: 3, outcome: 'granted' },
      { kind: 'report', call: 501 },
      { kind: 'blocking', lock: 3, mode: 'EX' },
      opened,
    ]
    for (const event of stray) expect(session.event(event, 1)).toEqual([])
  })
})
