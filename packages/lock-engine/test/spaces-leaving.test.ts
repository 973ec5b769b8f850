/** Leaving a lockspace, with each force, and what remains on the node. */
import { describe, expect, test } from 'vitest'
import type { SpaceLock } from '../src/spaces/port.ts'
import { Desk } from './spaces/desk.ts'

const waiting: SpaceLock = { lock: 11, level: 0 }
const idle: SpaceLock = { lock: 12, level: 0, granted: 'NL' }
const reading: SpaceLock = { lock: 13, level: 0, granted: 'CR' }
const forces = ['unused', 'idle', 'discard'] as const

function deskWith(...locks: readonly SpaceLock[]): Desk {
  const desk = new Desk()
  desk.create(1)
  desk.locks.set(1, [...locks])
  return desk
}

function lostOf(desk: Desk): readonly number[] {
  return desk.heard.flatMap(({ event }) => (event.kind === 'lost' ? [event.lock] : []))
}

describe('force', () => {
  test.each([
    ['no lock', [], forces, []],
    ['a request that waits', [waiting], ['idle', 'discard'], [11]],
    ['a lock in NL', [idle], ['idle', 'discard'], [12]],
    ['a lock in CR', [reading], ['discard'], [13]],
    ['all of them', [waiting, idle, reading], ['discard'], [11, 12, 13]],
  ] as const)('%s', (_what, locks, allowed, dropped) => {
    for (const force of forces) {
      const desk = deskWith(...locks)
      const call = desk.leave(1, { force })
      const isAllowed = (allowed as readonly string[]).includes(force)
      expect([force, desk.calls.length]).toEqual([force, isAllowed ? 1 : 0])
      expect([force, ...lostOf(desk)]).toEqual([force, ...(isAllowed ? dropped : [])])
      expect(desk.discarded).toEqual(lostOf(desk))
      if (isAllowed) desk.answer('unlock', { outcome: 'unlocked' })
      if (isAllowed) expect(desk.said(call)).toBe('left')
      else expect(desk.said(call)).toContain('the session has ')
    }
  })

  test('a refusal says how many locks are in the way', () => {
    const desk = deskWith(waiting, idle, reading)
    expect(desk.said(desk.leave(1, { force: 'unused' }))).toBe(
      'the session has 3 locks in this lockspace',
    )
    expect(desk.said(desk.leave(1, { force: 'idle' }))).toBe(
      'the session has 1 lock in this lockspace that is granted in more than NL',
    )
    expect(desk.said(desk.leave(1, { force: 'hard' as 'idle' }))).toBe(
      'hard is no way to leave a lockspace: there are unused, idle and discard',
    )
    expect(desk.said(desk.open(1))).toBe('opened')
  })

  test('children go before their parents, and all before the answer', () => {
    const desk = deskWith(
      { lock: 1, level: 0, granted: 'NL' },
      { lock: 2, level: 2, granted: 'EX' },
      { lock: 3, level: 1, granted: 'PR' },
      { lock: 4, level: 2 },
    )
    desk.leave(1, { force: 'discard' })
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.discarded).toEqual([2, 4, 3, 1])
    expect(desk.heard.slice(-5).map(({ event }) => event.kind)).toEqual([
      'lost',
      'lost',
      'lost',
      'lost',
      'space',
    ])
  })

  test('the locks of other sessions are nobody else’s business', () => {
    const desk = new Desk()
    desk.create(1)
    desk.open(2)
    desk.locks.set(2, [reading])
    expect(desk.said(desk.leave(1, { force: 'unused' }))).toBe('left')
    expect(desk.discarded).toEqual([])
  })
})

describe('who leaves', () => {
  test('a session that does not have it open is refused, and so is one that still waits for it', () => {
    const desk = new Desk()
    const words = 'the session does not have this lockspace open'
    expect(desk.said(desk.leave(1))).toBe(words)
    desk.open(1)
    expect(desk.said(desk.leave(1))).toBe(words)
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    desk.open(2)
    desk.leave(1)
    expect(desk.said(desk.leave(1))).toBe(words)
  })

  test('only the last of the node gives the lock up, and is told when that is done', () => {
    const desk = new Desk()
    desk.create(1)
    desk.open(2)
    expect(desk.said(desk.leave(1))).toBe('left')
    expect(desk.calls).toEqual([])
    const last = desk.leave(2)
    expect(desk.said(last)).toBeUndefined()
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.said(last)).toBe('left')
  })

  test('a session that ends leaves, without a word', () => {
    const desk = new Desk()
    desk.create(1)
    desk.open(2)
    desk.spaces.sessionEnded(1)
    expect(desk.calls).toEqual([])
    const before = desk.heard.length
    desk.spaces.sessionEnded(2)
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.heard).toHaveLength(before)
  })

  test('a session that ends while it leaves hears nothing', () => {
    const desk = new Desk()
    desk.create(1)
    const call = desk.leave(1)
    desk.spaces.sessionEnded(1)
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.said(call)).toBeUndefined()
  })

  test('whoever opens it while the last leaves waits, and finds it closed', () => {
    const desk = new Desk()
    desk.create(1, { attributes: { valueBytes: 8 } })
    const leave = desk.leave(1)
    const open = desk.open(1, { create: 'new' })
    expect(desk.calls.map(({ kind }) => kind)).toEqual(['unlock'])
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.said(leave)).toBe('left')
    expect(desk.said(open)).toBeUndefined()
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    expect(desk.attributes(open)?.valueBytes).toBe(1_024)
  })

  test('other lockspaces stay open', () => {
    const desk = new Desk()
    desk.create(1)
    desk.create(1, { space: 't' })
    desk.leave(1)
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.said(desk.open(2, { space: 't', create: 'existing' }))).toBe('opened')
  })
})
