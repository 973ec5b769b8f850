/** The naive table against the rules as they are written down: it is the witness, so it is heard first. */
import { describe, expect, test } from 'vitest'
import { mayShare, modePairs, modes, valueCell } from '../harness/specification.ts'
import { bytesOf } from '../harness/world.ts'
import { Talk } from './talk.ts'

const value = (text: string) => ({ useValue: true, value: bytesOf(text) })

describe('grants', () => {
  test.each(modePairs)('%s is held, %s is asked for', (held, asked) => {
    const talk = new Talk()
    talk.request(1, held)
    const lock = talk.request(2, asked, { noQueue: true })
    expect(talk.end(lock)).toBe(mayShare(held, asked) ? `granted, ${asked}` : 'denied')
  })

  test('NL waits behind a waiter, and not with expedite', () => {
    const talk = new Talk()
    talk.request(1, 'EX')
    talk.request(2, 'PR')
    expect(talk.end(talk.request(3, 'NL'))).toBeUndefined()
    expect(talk.end(talk.request(3, 'NL', { expedite: true }))).toBe('granted, NL')
  })

  test('requests are granted in order, and with anyOrder out of it', () => {
    const talk = new Talk()
    const first = talk.request(1, 'PR')
    const writer = talk.request(2, 'EX')
    const reader = talk.request(3, 'PR')
    const hasty = talk.request(4, 'PR', { anyOrder: true })
    expect(talk.end(hasty)).toBe('granted, PR')
    talk.unlock(4, hasty)
    talk.unlock(1, first)
    expect([talk.end(writer), talk.end(reader)]).toEqual(['granted, EX', undefined])
    talk.unlock(2, writer)
    expect(talk.end(reader)).toBe('granted, PR')
  })

  test('one pass grants several, and tells them what still waits', () => {
    const talk = new Talk()
    const held = talk.request(1, 'EX')
    const readers = [talk.request(2, 'PR'), talk.request(3, 'PR')]
    const writer = talk.request(4, 'EX')
    talk.unlock(1, held)
    expect(readers.map((lock) => talk.end(lock))).toEqual(['granted, PR', 'granted, PR'])
    expect(readers.map((lock) => talk.told(lock))).toEqual([['EX'], ['EX']])
    expect(talk.end(writer)).toBeUndefined()
  })

  test('atHead goes first; what it lets pass is granted in the same turn', () => {
    const talk = new Talk()
    const held = talk.request(1, 'EX')
    const plain = talk.request(2, 'EX')
    const hasty = talk.request(3, 'EX', { atHead: true })
    talk.unlock(1, held)
    expect([talk.end(plain), talk.end(hasty)]).toEqual([undefined, 'granted, EX'])
    const behind = new Talk()
    behind.request(1, 'PR')
    behind.request(2, 'EX')
    expect(behind.end(behind.request(3, 'PR', { atHead: true }))).toBe('granted, PR')
  })

  test('ranges: what only touches does not overlap, and both ends belong to it', () => {
    const talk = new Talk()
    const top = 2n ** 64n - 1n
    talk.request(1, 'EX', { range: { start: 0n, end: 9n } })
    const beside = talk.request(2, 'EX', { noQueue: true, range: { start: 10n, end: top } })
    expect(talk.end(beside)).toBe(`granted, EX, [10, ${top}]`)
    for (const range of [
      { start: 9n, end: 9n },
      { start: top, end: top },
    ]) {
      expect(talk.end(talk.request(3, 'CR', { noQueue: true, range }))).toBe('denied')
    }
    expect(talk.end(talk.request(3, 'NL'))).toBe('granted, NL')
    const all = { start: 0n, end: top }
    expect(talk.end(talk.request(3, 'NL', { range: all }))).toBe('granted, NL')
  })

  test('locks of one explicit owner do not conflict', () => {
    const talk = new Talk()
    talk.request(1, 'EX', { owner: 'a' })
    expect(talk.end(talk.request(2, 'EX', { owner: 'a' }))).toBe('granted, EX')
    expect(talk.end(talk.request(1, 'CR', { owner: 'b', noQueue: true }))).toBe('denied')
  })
})

describe('alternates', () => {
  test('at once, and for a conversion', () => {
    const talk = new Talk()
    talk.request(1, 'PR')
    const lock = talk.request(2, 'EX', { alternatePR: true })
    expect(talk.end(lock)).toBe('granted, PR, alternate')
    const other = talk.request(3, 'NL')
    expect(talk.end(talk.convert(3, other, 'EX', { alternatePR: true }))).toBe(
      'granted, PR, alternate',
    )
  })

  test('later, and CW only when PR was asked for', () => {
    const talk = new Talk()
    const held = talk.request(1, 'EX')
    const both = { alternatePR: true, alternateCW: true }
    const lock = talk.request(2, 'PW', both)
    expect(talk.end(lock)).toBeUndefined()
    const half = talk.request(3, 'CW')
    talk.convert(1, held, 'PR')
    expect([talk.end(lock), talk.end(half)]).toEqual(['granted, PR, alternate', undefined])
    const writers = new Talk()
    writers.request(1, 'CW')
    expect(writers.end(writers.request(2, 'PW', { ...both, noQueue: true }))).toBe('denied')
    const refused = writers.request(2, 'PR', { alternateCW: true })
    expect(writers.end(refused)).toBe('granted, CW, alternate')
  })
})

describe('conversions', () => {
  test('in place although others wait for theirs; with queueFair not', () => {
    const talk = new Talk()
    talk.request(3, 'PR')
    const [a, b] = [talk.request(1, 'NL'), talk.request(2, 'NL')]
    talk.convert(1, a, 'EX')
    expect(talk.end(talk.convert(2, b, 'PR', { queueFair: true }))).toBeUndefined()
    talk.cancel(2, b)
    expect(talk.end(talk.convert(2, b, 'PR'))).toBe('granted, PR')
  })

  test('queueFair with anyOrder: queued behind others, and granted from there', () => {
    const talk = new Talk()
    talk.request(3, 'PR')
    const [a, b] = [talk.request(1, 'NL'), talk.request(2, 'NL')]
    talk.convert(1, a, 'EX')
    const terms = { queueFair: true, anyOrder: true }
    expect(talk.end(talk.convert(2, b, 'CR', { ...terms, noQueue: true }))).toBe('denied, NL')
    expect(talk.end(talk.convert(2, b, 'CR', terms))).toBe('granted, CR')
  })

  test('come before requests', () => {
    const talk = new Talk()
    const [a, b] = [talk.request(1, 'EX'), talk.request(2, 'NL')]
    const waiting = talk.request(3, 'EX')
    const call = talk.convert(2, b, 'EX')
    talk.convert(1, a, 'NL')
    expect([talk.end(call), talk.end(waiting)]).toEqual(['granted, EX', undefined])
  })

  test('two that wait for each other: the one that comes last loses', () => {
    const talk = new Talk()
    const [a, b] = [talk.request(1, 'PR'), talk.request(2, 'PR')]
    const first = talk.convert(1, a, 'EX')
    expect(talk.end(talk.convert(2, b, 'EX', { noQueue: true }))).toBe('denied, PR')
    expect(talk.end(talk.convert(2, b, 'EX'))).toBe('deadlock, PR')
    talk.unlock(2, b)
    expect(talk.end(first)).toBe('granted, EX')
  })

  test('with demote it goes down to NL, and is told so, whatever comes then', () => {
    for (const isCancelled of [false, true]) {
      const talk = new Talk()
      const [a, b] = [talk.request(1, 'PR'), talk.request(2, 'PR')]
      const first = talk.convert(1, a, 'EX')
      const second = talk.convert(2, b, 'EX', { demote: true })
      expect([talk.end(first), talk.end(second)]).toEqual(['granted, EX', undefined])
      if (isCancelled) talk.cancel(2, b)
      else talk.unlock(1, a)
      const end = isCancelled ? 'cancelled, NL, demoted' : 'granted, EX, demoted'
      expect(talk.end(second)).toBe(end)
    }
  })

  test('with noDeadlockWait it waits, and is told what it wants itself', () => {
    const talk = new Talk()
    const [a, b] = [talk.request(1, 'PR'), talk.request(2, 'PR')]
    talk.convert(1, a, 'EX')
    talk.told(b)
    expect(talk.end(talk.convert(2, b, 'EX', { noDeadlockWait: true }))).toBeUndefined()
    expect([talk.told(a), talk.told(b)]).toEqual([[], ['EX']])
  })

  test('an alternate is not taken where the conversion closes a deadlock', () => {
    const talk = new Talk()
    talk.request(3, 'CR')
    const [a, b] = [talk.request(1, 'PR'), talk.request(2, 'CR')]
    talk.convert(1, a, 'EX')
    const call = talk.convert(2, b, 'EX', { alternatePR: true })
    expect(talk.end(call)).toBe('deadlock, CR')
    expect(talk.end(talk.convert(2, b, 'EX', { alternatePR: true, noQueue: true }))).toBe(
      'granted, PR, alternate',
    )
  })

  test('one that comes atHead closes a deadlock only with one that it waits for as well', () => {
    const talk = new Talk()
    talk.request(3, 'CR')
    const [a, b] = [talk.request(1, 'CR'), talk.request(2, 'CR')]
    talk.convert(1, a, 'EX')
    expect(talk.end(talk.convert(2, b, 'PR', { atHead: true, queueFair: true }))).toBe(
      'granted, PR',
    )
    expect(talk.end(talk.convert(2, b, 'EX', { atHead: true }))).toBe('deadlock, PR')
  })

  test('one in any order closes a deadlock only with one that it waits for as well', () => {
    const talk = new Talk()
    const [a, b] = [talk.request(1, 'CR'), talk.request(2, 'PR')]
    const other = talk.request(3, 'PR', { range: { start: 0n, end: 0n } })
    talk.convert(1, a, 'PW')
    const wider = { range: { start: 0n, end: 9n } }
    expect(talk.end(talk.convert(3, other, 'PW', wider))).toBe('deadlock, PR, [0, 0]')
    const terms = { anyOrder: true, queueFair: true }
    expect(talk.end(talk.convert(2, b, 'PW', terms))).toBeUndefined()
    talk.cancel(2, b)
    expect(talk.end(talk.convert(2, b, 'EX', terms))).toBe('deadlock, PR')
  })

  test('the alternate of one that waits although it closes a deadlock is tried in the queue', () => {
    const talk = new Talk()
    const [a, b] = [talk.request(1, 'CW'), talk.request(2, 'CW')]
    talk.convert(1, a, 'PR')
    const terms = { atHead: true, alternateCW: true }
    expect(talk.end(talk.convert(2, b, 'PW', terms))).toBe('deadlock, CW')
    const waiting = talk.convert(2, b, 'PW', { ...terms, noDeadlockWait: true })
    expect(talk.end(waiting)).toBe('granted, CW, alternate')
  })

  test('demoted, and then it would wait for its own session', () => {
    const talk = new Talk()
    talk.request(1, 'CR')
    const [a, b] = [talk.request(2, 'NL'), talk.request(1, 'CW')]
    talk.convert(2, a, 'EX')
    expect(talk.end(talk.convert(1, b, 'EX', { demote: true }))).toBe('deadlock, NL, demoted')
  })

  test('only a granted lock can be converted, and a failure changes nothing', () => {
    const talk = new Talk()
    const range = { start: 1n, end: 5n }
    const held = talk.request(1, 'PR', { range })
    const waiting = talk.request(2, 'EX')
    expect(talk.end(talk.convert(2, waiting, 'PR'))).toBe('refused')
    talk.request(3, 'PR', { range: { start: 6n, end: 6n }, anyOrder: true })
    const wider = { range: { start: 0n, end: 9n } }
    expect(talk.end(talk.convert(1, held, 'EX', { ...wider, noQueue: true }))).toBe(
      'denied, PR, [1, 5]',
    )
    talk.convert(1, held, 'EX', wider)
    expect(talk.end(talk.convert(1, held, 'NL'))).toBe('refused, PR, [1, 5]')
    expect(talk.end(talk.cancel(1, held))).toBe('cancelled, PR, [1, 5]')
    expect(talk.end(talk.convert(1, held, 'CR'))).toBe('granted, CR, [1, 5]')
  })
})

describe('waiting for oneself', () => {
  test('ends at once, unless the session asked for it', () => {
    const talk = new Talk()
    talk.request(1, 'PR')
    expect(talk.end(talk.request(1, 'EX'))).toBe('deadlock')
    expect(talk.end(talk.request(1, 'EX', { noQueue: true }))).toBe('denied')
    for (const terms of [{ alone: true }, { owner: 'a' }, { noDeadlockWait: true }]) {
      const lock = talk.request(1, 'EX', terms)
      expect(talk.end(lock)).toBeUndefined()
      talk.unlock(1, lock)
    }
    const lock = talk.request(1, 'CR')
    expect(talk.end(talk.convert(1, lock, 'EX'))).toBe('deadlock, CR')
  })

  test.each([{ alone: true }, { owner: 'a' }, { noDeadlockBlock: true }])(
    'nobody waits for itself by waiting for a lock with %s',
    (terms) => {
      const talk = new Talk()
      talk.request(1, 'PR', terms)
      expect(talk.end(talk.request(1, 'EX'))).toBeUndefined()
    },
  )
})

describe('values', () => {
  test.each(
    modes.flatMap((to) => [['none', to] as const, ...modes.map((from) => [from, to] as const)]),
  )('from %s to %s', (from, to) => {
    const talk = new Talk()
    const writer = talk.request(1, 'EX')
    talk.convert(1, writer, 'NL', value('old'))
    const lock = from === 'none' ? 0 : talk.request(2, from, { useValue: true })
    const other = talk.request(3, 'NL')
    const blind = talk.convert(3, other, 'NL', { useValue: true })
    expect(talk.end(blind)).toBe('granted, NL, value "old" 1')
    const cell = valueCell(from, to)
    const bytes = cell === 'W' ? value('new') : { useValue: true }
    const call = from === 'none' ? talk.request(2, to, bytes) : talk.convert(2, lock, to, bytes)
    const told = { R: '"old" 1', '-': '"old" 1', W: '"new" 2' }[cell]
    expect(talk.end(call)).toBe(`granted, ${to}, value ${told}`)
  })

  test('what it last saw, where nothing moves', () => {
    const talk = new Talk()
    const writer = talk.request(1, 'PW')
    const blind = talk.request(2, 'CR')
    talk.convert(1, writer, 'PW', value('new'))
    expect(talk.end(talk.convert(2, blind, 'NL', { useValue: true }))).toBe(
      'granted, NL, value "" 0',
    )
    const seeing = talk.request(3, 'CR', { useValue: true })
    talk.convert(1, writer, 'NL', { invalidate: true })
    expect(talk.end(talk.convert(3, seeing, 'CR', { useValue: true }))).toBe(
      'granted, CR, value "new" 2 not valid',
    )
  })

  test.each(modes)('unlock from %s', (mode) => {
    const talk = new Talk()
    const keeper = talk.request(1, 'NL')
    const isWriter = mode === 'PW' || mode === 'EX'
    const lock = talk.request(2, mode)
    expect(talk.end(talk.unlock(2, lock, { value: bytesOf('new') }))).toBe(
      isWriter ? 'unlocked' : `refused, ${mode}`,
    )
    const marked = talk.request(2, mode)
    talk.unlock(2, marked, { invalidate: true })
    const look = talk.convert(1, keeper, 'NL', { useValue: true })
    expect(talk.end(look)).toBe(
      isWriter ? 'granted, NL, value "new" 2 not valid' : 'granted, NL, value "" 0',
    )
  })

  test('a session that goes with PW or EX marks it, and the last lock takes it along', () => {
    const talk = new Talk()
    const keeper = talk.request(1, 'NL')
    talk.request(2, 'PW')
    talk.close(2)
    expect(talk.end(talk.convert(1, keeper, 'CR', { useValue: true }))).toBe(
      'granted, CR, value "" 1 not valid',
    )
    talk.unlock(1, keeper)
    expect(talk.end(talk.request(1, 'NL', { useValue: true }))).toBe('granted, NL, value "" 0')
  })

  test('with an alternate a value is given that may not be written', () => {
    const talk = new Talk()
    const lock = talk.request(1, 'PW')
    const call = talk.convert(1, lock, 'EX', { ...value('x'), alternatePR: true })
    expect(talk.end(call)).toBe('granted, EX, value "" 0')
  })
})

describe('trees', () => {
  const under = (parent: number, name = 'c') => ({ parent, resource: { space: 'test', name } })

  test('a name under another parent resource is another resource', () => {
    const talk = new Talk()
    const [a, b] = [talk.request(1, 'NL'), talk.request(2, 'NL')]
    const other = talk.request(1, 'NL', { resource: { space: 'test', name: 'q' } })
    talk.request(1, 'EX', under(a))
    expect(talk.end(talk.request(2, 'PR', { ...under(b), noQueue: true }))).toBe('denied')
    expect(talk.end(talk.request(1, 'EX', under(other)))).toBe('granted, EX')
    const root = { resource: { space: 'test', name: 'c' } }
    expect(talk.end(talk.request(1, 'EX', root))).toBe('granted, EX')
  })

  test('16 levels', () => {
    const talk = new Talk()
    let lock = talk.request(1, 'NL')
    for (let level = 2; level <= 16; level += 1) lock = talk.request(1, 'NL', under(lock))
    expect(talk.end(lock)).toBe('granted, NL')
    expect(talk.end(talk.request(1, 'NL', under(lock)))).toBe('refused')
  })

  test('unlock is refused above others, and takes the subtree when asked', () => {
    const talk = new Talk()
    const root = talk.request(1, 'PR')
    const child = talk.request(1, 'PR', under(root))
    const grandchild = talk.request(1, 'PR', under(child))
    talk.request(2, 'PR', under(talk.request(2, 'NL'), 'c'))
    const pending = talk.convert(1, child, 'EX')
    expect(talk.end(talk.unlock(1, root))).toBe('refused, PR, children')
    expect(talk.end(talk.unlock(1, root, { force: true }))).toBe('refused, PR, children')
    const below = talk.unlock(1, root, { subtree: 'below' })
    expect(talk.end(below)).toBe(`unlocked, PR, also ${child} ${grandchild}`)
    expect(talk.end(pending)).toBe('unlocked')
    expect(talk.end(talk.unlock(1, root, { subtree: 'with' }))).toBe('unlocked')
  })

  test('what the end of one lets in comes before the next is ended', () => {
    const talk = new Talk()
    const root = talk.request(1, 'NL')
    talk.request(2, 'CW', under(talk.request(2, 'NL')))
    const first = talk.request(1, 'EX', under(root))
    const second = talk.request(1, 'CR', under(root))
    expect(talk.end(talk.cancel(1, root, true))).toBe(`cancelled, NL, also ${first}`)
    expect(talk.end(second)).toBe('granted, CR')
  })

  test('a parent of the same owner, and in the same lockspace', () => {
    const talk = new Talk()
    const parent = talk.request(1, 'NL', { owner: 'a' })
    expect(talk.end(talk.request(1, 'NL', under(parent)))).toBe('refused')
    expect(talk.end(talk.request(1, 'NL', { ...under(parent), owner: 'a' }))).toBe('granted, NL')
    const elsewhere = { parent, owner: 'a', resource: { space: 'other', name: 'c' } }
    expect(talk.end(talk.request(1, 'NL', elsewhere))).toBe('refused')
  })

  test('1,024 bytes of names', () => {
    const talk = new Talk()
    let lock = talk.request(1, 'NL', { resource: { space: 'test', name: 'x'.repeat(255) } })
    for (let level = 2; level <= 4; level += 1) {
      lock = talk.request(1, 'NL', under(lock, 'x'.repeat(255)))
    }
    expect(talk.end(lock)).toBe('granted, NL')
    expect(talk.end(talk.request(1, 'NL', under(lock)))).toBe('refused')
  })

  test('cancel reaches down when asked', () => {
    const talk = new Talk()
    const root = talk.request(1, 'NL')
    talk.request(2, 'EX', under(talk.request(2, 'NL')))
    const waiting = talk.request(1, 'PR', under(root))
    expect(talk.end(talk.cancel(1, root))).toBe('nothing-to-cancel, NL')
    expect(talk.end(talk.cancel(1, root, true))).toBe(`cancelled, NL, also ${waiting}`)
    expect(talk.end(waiting)).toBe('cancelled')
    expect(talk.end(talk.cancel(1, root, true))).toBe('nothing-to-cancel, NL')
  })
})

describe('blocking callbacks', () => {
  test('rise with what waits, and no more', () => {
    const talk = new Talk()
    const held = talk.request(1, 'EX')
    for (const mode of ['PR', 'EX', 'PR'] as const) talk.request(2, mode, { alone: true })
    expect(talk.told(held)).toEqual(['PR', 'EX'])
  })

  test('go down with those that go', () => {
    const talk = new Talk()
    const held = talk.request(1, 'EX')
    const waiting = talk.request(2, 'EX')
    talk.request(3, 'PR')
    talk.unlock(2, waiting)
    expect(talk.told(held)).toEqual(['EX'])
    talk.request(2, 'EX')
    expect(talk.told(held)).toEqual(['EX'])
  })

  test('only where it is in the way, and not while it converts itself', () => {
    const talk = new Talk()
    const left = talk.request(1, 'PR', { range: { start: 0n, end: 4n } })
    const right = talk.request(2, 'PR', { range: { start: 5n, end: 9n } })
    const waiting = talk.request(3, 'EX', { range: { start: 3n, end: 4n } })
    expect([talk.told(left), talk.told(right)]).toEqual([['EX'], []])
    talk.unlock(3, waiting)
    talk.convert(1, left, 'EX', { range: { start: 0n, end: 9n } })
    talk.request(3, 'EX')
    expect([talk.told(left), talk.told(right)]).toEqual([[], ['EX']])
    talk.cancel(1, left)
    expect(talk.told(left)).toEqual(['EX'])
  })

  test('of a denied call when it says so: each time, and also while it converts', () => {
    const talk = new Talk()
    const [held, other] = [talk.request(1, 'PR'), talk.request(2, 'CW', { noQueue: true })]
    expect(talk.end(other)).toBe('denied')
    expect(talk.told(held)).toEqual([])
    const terms = { noQueue: true, tellHolders: true }
    talk.request(2, 'CW', terms)
    talk.request(2, 'CW', terms)
    expect(talk.told(held)).toEqual(['CW', 'CW'])
    const third = talk.request(3, 'PR')
    talk.convert(1, held, 'EX')
    talk.told(third)
    talk.request(2, 'EX', terms)
    expect([talk.told(held), talk.told(third)]).toEqual([['EX'], ['EX']])
  })
})

describe('time limits', () => {
  test('end a wait then, and neither before nor after', () => {
    const talk = new Talk()
    const held = talk.request(1, 'PR')
    const lock = talk.request(2, 'EX', { timeoutMs: 10 })
    const behind = talk.request(3, 'PR')
    talk.pass(9)
    expect(talk.end(lock)).toBeUndefined()
    talk.pass(1)
    expect([talk.end(lock), talk.end(behind)]).toEqual(['timed-out', 'granted, PR'])
    talk.unlock(3, behind)
    const call = talk.convert(1, held, 'EX', { timeoutMs: 1 })
    expect(talk.end(call)).toBe('granted, EX')
    talk.pass(5)
    expect(talk.end(talk.convert(1, held, 'PR'))).toBe('granted, PR')
  })
})

describe('orphans', () => {
  test('stay with mode and range; what they waited for is withdrawn', () => {
    const talk = new Talk()
    const range = { start: 2n, end: 3n }
    const lock = talk.request(1, 'PR', { persistent: true, range, owner: 'a' })
    talk.request(2, 'PR')
    talk.convert(1, lock, 'EX')
    talk.request(1, 'NL', { persistent: true })
    talk.close(1)
    expect(talk.end(talk.adopt(3, 'EX'))).toBe('denied')
    expect(talk.end(talk.adopt(3, 'PR', { owner: 'b' }))).toBe('not-found')
    const other = { resource: { space: 'test', name: 'q' } }
    expect(talk.end(talk.adopt(3, 'PR', other))).toBe('not-found')
    expect(talk.end(talk.adopt(3, 'PR'))).toBe('granted, PR, [2, 3]')
    expect(talk.end(talk.adopt(3, 'PR'))).toBe('not-found')
    expect(talk.end(talk.request(4, 'CW', { owner: 'a', range, noQueue: true }))).toBe('denied')
  })

  test('the adopter is told what it blocks, and keeps it only if it says so', () => {
    const talk = new Talk()
    talk.request(1, 'PR', { persistent: true })
    talk.close(1)
    talk.request(2, 'EX')
    const lock = talk.adopt(3, 'PR')
    expect(talk.told(lock)).toEqual(['EX'])
    talk.close(3)
    expect(talk.end(talk.adopt(4, 'PR'))).toBe('not-found')
  })

  test('among several the oldest; the adopter has not seen what was seen before', () => {
    const talk = new Talk()
    const ranges = [1n, 2n].map((unit) => ({ range: { start: unit, end: unit } }))
    const locks = ranges.map((range) => talk.request(1, 'PW', { ...range, persistent: true }))
    for (const lock of locks) talk.convert(1, lock, 'CW', value('new'))
    talk.close(1)
    const adopted = talk.adopt(2, 'CW')
    expect(talk.end(adopted)).toBe('granted, CW, [1, 1]')
    expect(talk.end(talk.convert(2, adopted, 'NL', { useValue: true }))).toBe(
      'granted, NL, [1, 1], value "" 2',
    )
    expect(talk.end(talk.adopt(2, 'CW', { useValue: true }))).toBe(
      'granted, CW, [2, 2], value "new" 2',
    )
  })

  test('a conversion may change it, when it is queued or granted', () => {
    for (const noQueue of [true, false]) {
      const talk = new Talk()
      const lock = talk.request(1, 'PR')
      talk.request(2, 'PR')
      talk.convert(1, lock, 'EX', { persistent: true, noQueue })
      talk.close(1)
      expect(talk.end(talk.adopt(3, 'PR'))).toBe(noQueue ? 'not-found' : 'granted, PR')
    }
  })

  test('locks above one stay too, and purge frees them like the end of a session', () => {
    const talk = new Talk()
    const root = talk.request(1, 'PW')
    const name = { parent: root, resource: { space: 'test', name: 'c' } }
    talk.request(1, 'EX', { ...name, persistent: true })
    talk.request(1, 'PR', { resource: { space: 'test', name: 'q' } })
    const keeper = talk.request(2, 'NL')
    talk.close(1)
    expect(talk.end(talk.purge(2, { space: 'other' }))).toBe('purged 0')
    expect(talk.end(talk.purge(2, { node: 1 }))).toBe('purged 0')
    expect(talk.end(talk.purge(2, { space: 'test', node: 2 }))).toBe('purged 2')
    expect(talk.end(talk.convert(2, keeper, 'NL', { useValue: true }))).toBe(
      'granted, NL, value "" 1 not valid',
    )
  })
})
