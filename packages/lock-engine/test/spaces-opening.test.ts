/** Opening a lockspace on one node, one answer of the lock tables after another. */
import { describe, expect, test } from 'vitest'
import type { LockCall, LockMode } from '../src/messages.ts'
import { defaultAttributes, encodeAttributes } from '../src/spaces/attributes.ts'
import { Desk, notValid, valid } from './spaces/desk.ts'

const small = { valueBytes: 16, deadlockMs: 0, mastering: 'hash' } as const
const smallValue = encodeAttributes(small)
const nothing = new Uint8Array(0)

/** What tables answer at once when there is no other node. */
function alone(call: LockCall): { outcome: 'granted' | 'unlocked'; mode?: LockMode } {
  return 'mode' in call ? { outcome: 'granted', mode: call.mode } : { outcome: 'unlocked' }
}

describe('nobody has it open', () => {
  test('the first takes all of it, writes what it is like, and shares it', () => {
    const desk = new Desk()
    const call = desk.open(1, { attributes: { valueBytes: 16 } })
    expect(desk.answer('request', { outcome: 'granted', mode: 'EX' })).toMatchObject({
      resource: { space: '', name: 's' },
      mode: 'EX',
      noQueue: true,
      useValue: true,
      alone: true,
    })
    const attributes = { ...defaultAttributes, valueBytes: 16 }
    expect(desk.said(call)).toBeUndefined()
    expect(desk.spaces.attributesOf('s')).toEqual(defaultAttributes)
    expect(desk.answer('convert', { outcome: 'granted', mode: 'PR' })).toMatchObject({
      mode: 'PR',
      useValue: true,
      value: encodeAttributes(attributes),
    })
    expect(desk.said(call)).toBe('opened')
    expect(desk.attributes(call)).toEqual(attributes)
    expect(desk.spaces.attributesOf('s')).toEqual(attributes)
    expect(desk.calls).toEqual([])
  })

  test('an open that wants an existing one is refused, and the lock given up unwritten', () => {
    const desk = new Desk()
    const call = desk.open(1, { create: 'existing' })
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    expect(desk.said(call)).toBe('nobody has this lockspace open')
    expect(desk.answer('unlock', { outcome: 'unlocked' })).not.toHaveProperty('value')
    expect(desk.calls).toEqual([])
  })

  test('those who wait come in behind the first who may create it, or not at all', () => {
    const desk = new Desk()
    const early = desk.open(1, { create: 'existing' })
    const creator = desk.open(2, { create: 'new', attributes: small })
    const late = desk.open(3, { create: 'existing' })
    const second = desk.open(4, { create: 'new' })
    const other = desk.open(5, { attributes: { mastering: 'directory' } })
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    expect(desk.said(early)).toBe('nobody has this lockspace open')
    expect(desk.said(creator)).toBe('opened')
    expect(desk.attributes(late)).toEqual(small)
    expect(desk.said(second)).toContain('open already, and it was to be new')
    expect(desk.said(other)).toContain('mastering is hash, not directory')
    expect(desk.calls).toEqual([])
  })
})

describe('somebody has it open', () => {
  test('it is shared, and is like the value says', () => {
    const desk = new Desk()
    const call = desk.open(1)
    const first = desk.answer('request', { outcome: 'denied' })
    const second = desk.answer('request', {
      outcome: 'granted',
      mode: 'PR',
      value: valid(smallValue),
    })
    expect(second).toMatchObject({ mode: 'PR', noQueue: false, useValue: true, alone: true })
    expect(second.lock).toBeGreaterThan(first.lock)
    expect(desk.attributes(call)).toEqual(small)
    expect(desk.spaces.attributesOf('s')).toEqual(small)
  })

  test.each([
    [{ create: 'new' }, 'somebody has this lockspace open already, and it was to be new'],
    [
      { attributes: { valueBytes: 64, deadlockMs: 5 } },
      'this lockspace is open with other attributes: valueBytes is 16, not 64; deadlockMs is 0, not 5',
    ],
  ] as const)('%j is refused, and the lock given up', (options, words) => {
    const desk = new Desk()
    desk.join(1, smallValue, options)
    expect(desk.said(1)).toBe(words)
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.spaces.attributesOf('s')).toEqual(defaultAttributes)
    expect(desk.calls).toEqual([])
  })

  test('attributes of a later version are refused in words', () => {
    const desk = new Desk()
    desk.join(1, Uint8Array.from([2, 0, 0]))
    expect(desk.said(1)).toBe(
      'somebody has this lockspace open, but its attributes are kept in version 2, this node reads version 1',
    )
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.calls).toEqual([])
  })

  test('further sessions of the node join without a lock call, by the same rules', () => {
    const desk = new Desk()
    desk.create(1, { attributes: small })
    expect(desk.said(desk.open(2, { create: 'existing', attributes: { deadlockMs: 0 } }))).toBe(
      'opened',
    )
    expect(desk.said(desk.open(3, { create: 'new' }))).toContain('it was to be new')
    expect(desk.said(desk.open(4, { attributes: { deadlockMs: 1 } }))).toContain(
      'deadlockMs is 0, not 1',
    )
    expect(desk.calls).toEqual([])
  })

  test('a session that opens it twice has it open once', () => {
    const desk = new Desk()
    desk.create(1, { attributes: small })
    expect(desk.said(desk.open(1))).toBe('opened')
    expect(desk.said(desk.open(1, { attributes: { valueBytes: 17 } }))).toContain(
      'valueBytes is 16',
    )
    const leave = desk.leave(1)
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.said(leave)).toBe('left')
    expect(desk.said(desk.leave(1))).toBe('the session does not have this lockspace open')
  })
})

describe('whoever was about to create it did not', () => {
  test.each([
    ['not valid', notValid(smallValue)],
    ['empty', valid(nothing)],
  ])('a value that is %s: the next takes all of it, and writes', (_what, value) => {
    const desk = new Desk()
    const call = desk.open(1)
    desk.answer('request', { outcome: 'denied' })
    const { lock } = desk.answer('request', { outcome: 'granted', mode: 'PR', value })
    expect(desk.said(call)).toBeUndefined()
    const up = desk.answer('convert', { outcome: 'granted', mode: 'EX', value })
    expect(up).toMatchObject({ lock, mode: 'EX', noQueue: false, useValue: true })
    expect(up).not.toHaveProperty('value')
    const down = desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    expect(down).toMatchObject({ lock, mode: 'PR', value: encodeAttributes(defaultAttributes) })
    expect(desk.said(call)).toBe('opened')
    expect(desk.attributes(call)).toEqual(defaultAttributes)
    expect(desk.calls).toEqual([])
  })

  test('somebody else is about to take all of it: make room, and begin again', () => {
    const desk = new Desk()
    const call = desk.open(1)
    desk.answer('request', { outcome: 'denied' })
    desk.answer('request', { outcome: 'granted', mode: 'PR', value: notValid(nothing) })
    desk.answer('convert', { outcome: 'deadlock', mode: 'PR' })
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.said(call)).toBeUndefined()
    desk.answer('request', { outcome: 'denied' })
    desk.answer('request', { outcome: 'granted', mode: 'PR', value: valid(smallValue) })
    expect(desk.attributes(call)).toEqual(small)
  })

  test('those who want an existing one need not wait for the next try', () => {
    const desk = new Desk()
    const call = desk.open(1, { create: 'existing' })
    desk.answer('request', { outcome: 'denied' })
    desk.answer('request', { outcome: 'granted', mode: 'PR', value: notValid(nothing) })
    expect(desk.said(call)).toBe('nobody has this lockspace open')
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.calls).toEqual([])
  })

  test('nobody waits any more when all of it is there: it is given up', () => {
    const desk = new Desk()
    desk.open(1)
    desk.answer('request', { outcome: 'denied' })
    desk.answer('request', { outcome: 'granted', mode: 'PR', value: notValid(nothing) })
    desk.spaces.sessionEnded(1)
    desk.answer('convert', { outcome: 'granted', mode: 'EX' })
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.calls).toEqual([])
  })
})

describe('the lock cannot be had', () => {
  test.each(['creating', 'joining'])('while %s: those who wait are told why', (state) => {
    const desk = new Desk()
    const calls = [desk.open(1), desk.open(2)]
    if (state === 'joining') desk.answer('request', { outcome: 'denied' })
    desk.answer('request', { outcome: 'refused', reason: 'this node has 7 locks already' })
    for (const call of calls) {
      expect(desk.said(call)).toBe(
        'this lockspace could not be opened: this node has 7 locks already',
      )
    }
    expect(desk.calls).toEqual([])
    desk.open(1)
    expect(desk.calls).toHaveLength(1)
  })

  test('when it cannot be written, what was taken is given up', () => {
    const desk = new Desk()
    const calls = [desk.open(1), desk.open(2)]
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.answer('convert', { outcome: 'refused', reason: 'no', mode: 'EX' })
    for (const call of calls) expect(desk.said(call)).toBe('this lockspace could not be opened: no')
    expect(desk.answer('unlock', { outcome: 'unlocked' })).not.toHaveProperty('value')
    expect(desk.calls).toEqual([])
  })
})

describe('a session ends that waits', () => {
  test('before the answer: whoever waits with it takes its place', () => {
    const desk = new Desk()
    desk.open(1, { attributes: small })
    const other = desk.open(2)
    desk.spaces.sessionEnded(1)
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    expect(desk.attributes(other)).toEqual(defaultAttributes)
    expect(desk.heard.map(({ session }) => session)).toEqual([2])
  })

  test.each([
    ['creating', 'EX'],
    ['joining', 'PR'],
  ] as const)('%s, and nobody else: the lock is given up as soon as it is there', (state, mode) => {
    const desk = new Desk()
    desk.open(1)
    if (state === 'joining') desk.answer('request', { outcome: 'denied' })
    desk.spaces.sessionEnded(1)
    expect(desk.calls.map(({ kind }) => kind)).toEqual(['request'])
    desk.answer('request', { outcome: 'granted', mode, value: valid(smallValue) })
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.calls).toEqual([])
    expect(desk.heard).toEqual([])
  })

  test('whose attributes are being written: they are written, and nobody has it open', () => {
    const desk = new Desk()
    desk.open(1)
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.spaces.sessionEnded(1)
    desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    desk.answer('unlock', { outcome: 'unlocked' })
    expect(desk.calls).toEqual([])
    expect(desk.heard).toEqual([])
  })
})

describe('careless calls and limits', () => {
  test.each([
    [{ space: '' }, 'a lockspace is named by 1 to 255 bytes, each as one character'],
    [{ space: 'x'.repeat(256) }, '1 to 255 bytes'],
    [{ space: '\u0100' }, 'each as one character'],
    [{ space: '\u{1f512}' }, 'each as one character'],
    [{ create: 'both' as 'new' }, 'both is no way to open a lockspace: create is new or existing'],
    [{ attributes: { valueBytes: 1025 } }, 'valueBytes is a whole number from 0 to 1024'],
  ])('%j is refused before anything is asked', (options, words) => {
    const desk = new Desk()
    expect(desk.said(desk.open(1, options))).toContain(words)
    expect(desk.calls).toEqual([])
  })

  test('any bytes are a name, to the letter', () => {
    const desk = new Desk()
    const names = ['a', 'a\u0000', '\u0000', '\u00ff'.repeat(255), 'A', 'constructor']
    for (const space of names) desk.open(1, { space })
    const asked = desk.calls.map((call) => call.kind === 'request' && call.resource.name)
    expect(asked).toEqual(names)
  })

  test('a node has so many lockspaces, and one more when one is closed', () => {
    const desk = new Desk({ atOnce: alone })
    for (let space = 0; space < 1_024; space += 1) {
      expect(desk.said(desk.open(1, { space: `s${space}` }))).toBe('opened')
    }
    const words = 'the sessions of this node have 1024 lockspaces open, and that is the limit'
    expect(desk.said(desk.open(2, { space: 'more' }))).toBe(words)
    expect(desk.said(desk.open(2, { space: 's0' }))).toBe('opened')
    desk.leave(1, { space: 's1' })
    expect(desk.said(desk.open(2, { space: 'more' }))).toBe('opened')
  })

  test('so many calls wait for one lockspace, and no more', () => {
    const desk = new Desk({ limits: { openersMax: 3 } })
    for (let session = 1; session <= 3; session += 1) desk.open(session)
    expect(desk.said(desk.open(4))).toBe(
      '3 calls wait for this lockspace to be opened already: try again',
    )
    desk.answer('request', { outcome: 'granted', mode: 'EX' })
    desk.answer('convert', { outcome: 'granted', mode: 'PR' })
    expect(desk.said(desk.open(4))).toBe('opened')
  })
})

describe('tables that answer within the call', () => {
  test('the whole way is gone at once', () => {
    const desk = new Desk({ atOnce: alone })
    expect(desk.said(desk.open(1, { create: 'existing' }))).toBe('nobody has this lockspace open')
    expect(desk.said(desk.open(1))).toBe('opened')
    expect(desk.said(desk.open(2))).toBe('opened')
    desk.spaces.sessionEnded(1)
    expect(desk.said(desk.leave(2))).toBe('left')
    expect(desk.said(desk.open(2, { create: 'new' }))).toBe('opened')
  })
})
