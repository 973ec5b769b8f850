import type { RawSession } from '@holdfast/client/raw-session'
import { describe, expect, test } from 'vitest'
import { completeLine } from '../src/shell/complete.ts'
import type { HeardEvent } from '../src/shell/event-words.ts'
import { Ear, type Heard, hear } from '../src/shell/heard.ts'
import { listen, Unmet } from '../src/shell/listen.ts'
import { anyNames } from '../src/shell/names.ts'
import { formatSaid } from '../src/shell/text-output.ts'
import { compare, formatComparison, isAllMet } from '../src/shell/unmet.ts'
import { type SessionEntry, World } from '../src/shell/world.ts'

const names = { ...anyNames, lockName: (number: number) => `l${number}` }

type Completion = Extract<HeardEvent, { kind: 'completion' }>
function completion(more: Partial<Completion> = {}): HeardEvent {
  return { kind: 'completion', call: 1, lock: 1, outcome: 'granted', ...more }
}

function heard(more?: Partial<Completion>, lock = 'x'): Heard {
  return hear({ lock }, completion(more), names)
}

function wanted(
  outcome: string,
  words: Readonly<Record<string, string>> = {},
): Parameters<typeof compare>[0] {
  return { outcomes: [outcome], words: new Map(Object.entries(words)) }
}

describe('what is heard', () => {
  test('is shown in the words of the grammar', () => {
    const event = {
      mode: 'PW',
      token: 12n,
      range: { start: 0n, end: 2n ** 64n - 1n },
      value: { bytes: new Uint8Array(8), valid: false, sequence: 3 },
      demoted: true,
      also: [2, 1],
      reason: 'a "b"',
    } as const
    expect(formatSaid(heard(event)).join(' ')).toBe(
      'mode=PW token=12 range=0-max value=count:0 valid=no sequence=3 demoted also=l1,l2 reason="a \\"b\\""',
    )
  })
})

describe('a comparison', () => {
  const granted = heard({ mode: 'EX', token: 12n, reason: 'x waits for y' })

  test.each([
    [{ mode: 'EX' }, true],
    [{ mode: 'PR' }, false],
    [{ token: 'any' }, true],
    [{ token: 'none' }, false],
    [{ value: 'none' }, true],
    [{ value: 'any' }, false],
    [{ demoted: 'no' }, true],
    [{ demoted: 'yes' }, false],
    [{ reason: 'waits for' }, true],
    [{ reason: 'for x' }, false],
    [{ mode: 'EX', token: '13' }, false],
  ])('of %j is met: %s', (words, isMet) => {
    expect(isAllMet(compare(wanted('granted', words), granted))).toBe(isMet)
  })

  test('is not met by another outcome, nor by nothing', () => {
    expect(isAllMet(compare(wanted('denied'), granted))).toBe(false)
    expect(isAllMet(compare(wanted('denied'), undefined))).toBe(false)
    expect(isAllMet(compare({ outcomes: [], words: new Map() }, granted))).toBe(true)
  })

  test('reads as a table with a mark before what differs', () => {
    const table = formatComparison(compare(wanted('granted', { mode: 'PR', value: '' }), granted))
    expect(table).toBe(
      [
        '             expected  heard',
        '    outcome  granted   granted',
        '!   mode     PR        EX',
        '!   value    ""',
        '    token              12',
        '    reason             "x waits for y"',
      ].join('\n'),
    )
  })
})

describe('listening', () => {
  const { signal } = new AbortController()
  const soon = { ms: 1, signal }
  const blocking = hear({ lock: 'x' }, { kind: 'blocking', lock: 1, mode: 'EX' }, names)

  test('takes answers in order, and callbacks in an order of their own', async () => {
    const ear = new Ear()
    for (const one of [blocking, heard({ mode: 'PR' }), heard({}, 'y'), heard({ mode: 'EX' })]) {
      ear.add(one)
    }
    const answers = [await ear.next({ lock: 'x' }, 'answers', soon)]
    answers.push(await ear.next({ lock: 'x' }, 'answers', soon))
    expect(answers.map((one) => one?.event)).toMatchObject([{ mode: 'PR' }, { mode: 'EX' }])
    expect(await ear.next({ lock: 'x' }, 'blocking', soon)).toBe(blocking)
    expect(await ear.next({ lock: 'x' }, 'answers', soon)).toBeUndefined()
    expect((await ear.any(undefined, soon))?.of).toEqual({ lock: 'y' })
  })

  test('hears what comes later, and ends with the signal', async () => {
    const ear = new Ear()
    const later = ear.next({ lock: 'x' }, 'answers', { ms: 60_000, signal })
    const one = heard()
    ear.add(heard({}, 'y'))
    ear.add(one)
    expect(await later).toBe(one)
    const controller = new AbortController()
    const never = ear.next({ lock: 'x' }, 'answers', { ms: 60_000, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(never).rejects.toThrow('enough')
  })

  test('forgets what an earlier lock of that name said', async () => {
    const ear = new Ear()
    ear.add(heard())
    ear.forget({ lock: 'x' })
    expect(await ear.any(undefined, soon)).toBeUndefined()
  })

  const words = new Map<string, string>()
  test('wait takes any of its outcomes, and nothing else', async () => {
    const ear = new Ear()
    const step = { kind: 'wait', of: { lock: 'x' }, withinMs: 1 } as const
    ear.add(heard())
    await listen({ ...step, outcomes: ['denied', 'granted'] }, { ear, words, signal })
    ear.add(heard({ outcome: 'deadlock' }))
    await listen(step, { ear, words, signal })
    ear.add(heard({ outcome: 'deadlock' }))
    const other = listen({ ...step, outcomes: ['granted'] }, { ear, words, signal })
    await expect(other).rejects.toThrow('heard something else of x')
    await expect(listen(step, { ear, words, signal })).rejects.toThrow(
      'heard nothing within 1 ms of x',
    )
  })

  test('expect-nothing fails for what nobody took, and does not take it', async () => {
    const ear = new Ear()
    const step = { kind: 'expect-nothing', forMs: 1 } as const
    await listen(step, { ear, words, signal })
    ear.add(blocking)
    await listen({ ...step, of: { lock: 'y' } }, { ear, words, signal })
    await expect(listen(step, { ear, words, signal })).rejects.toThrow(Unmet)
    await expect(listen(step, { ear, words, signal })).rejects.toThrow('heard x where nothing')
  })
})

const raw = { opened: { kind: 'opened', session: 'n1/2', leaseMs: 1, node: 'n1' } }

function worldWith(...locks: readonly string[]): { world: World; session: SessionEntry } {
  const world = new World('default')
  const session = {
    label: 'a',
    raw: raw as unknown as RawSession,
    locks: new Map(),
    unanswered: new Set<number>(),
  }
  world.sessions.set('a', session)
  world.current = session
  for (const [index, label] of locks.entries()) ask(world, session, { label, number: index + 1 })
  return { world, session }
}

function ask(world: World, session: SessionEntry, sent: { label: string; number: number }): void {
  const flags = { noQueue: false, useValue: false, notify: true }
  const resource = { space: 's', name: 'r' }
  const lock = world.names(session).newLock(sent.label)
  world.onSent(session, { kind: 'request', lock, resource, mode: 'EX', ...flags }, sent)
}

describe('the names of a shell', () => {
  test('of a lock belongs to it until it is gone', () => {
    const { world, session } = worldWith('x')
    const { newLock } = world.names(session)
    expect(() => newLock('x')).toThrow('there is a lock x already')
    world.onEvent(session, completion({ mode: 'EX' }) as never)
    expect(() => newLock('x')).toThrow('there is a lock x already')
    world.onSent(session, { kind: 'unlock', lock: 1 }, { number: 9 })
    world.onEvent(session, completion({ call: 9, outcome: 'unlocked' }) as never)
    expect(newLock('x')).toBe(2)
  })

  test('of locks that ended with another one are free too', () => {
    const { world, session } = worldWith('x', 'y')
    for (const lock of [1, 2]) {
      world.onEvent(session, completion({ call: lock, lock, mode: 'PR' }) as never)
    }
    world.onSent(session, { kind: 'unlock', lock: 1, subtree: 'below' }, { number: 9 })
    const end = completion({ call: 9, outcome: 'unlocked', mode: 'PR', also: [2] })
    world.onEvent(session, end as never)
    expect(world.names(session).newLock('y')).toBe(3)
    expect(() => world.names(session).newLock('x')).toThrow('already')
  })

  test('must be known, and of the session that is asked', () => {
    const { world } = worldWith('first')
    const other = {
      label: 'b',
      raw: raw as unknown as RawSession,
      locks: new Map(),
      unanswered: new Set<number>(),
    }
    expect(() => world.names(undefined).anyLock('frist')).toThrow('did you mean first?')
    expect(() => world.names(undefined).session('q')).toThrow('no session is called q')
    expect(() => world.names(other).lock('first')).toThrow('lock first is of session a')
  })
})

describe('completion by the tab key', () => {
  const { world, session } = worldWith('ledger')
  const complete = (line: string): readonly string[] => completeLine(line, world.names(session))[0]

  test.each([
    ['req', ['request ']],
    ['a', ['adopt ', 'a: ']],
    ['a: cl', ['close ']],
    ['unlock l', ['ledger ']],
    ['unlock ledger sub', ['subtree=']],
    ['unlock ledger subtree=w', ['subtree=with ']],
    ['unlock ledger subtree b', ['below ']],
    ['request y r P', ['PR ', 'PW ']],
    ['request y r EX parent=', ['parent=ledger ']],
    ['request y r EX no-q', ['no-queue ']],
    ['request y r EX no-queue no-q', []],
    ['expect ledger gran', ['granted ']],
    ['expect ledger blocking m', ['mode=']],
    ['expect ledger blocking t', []],
    ['help con', ['convert ']],
    ['nonsense ', []],
    ['unlock "l', []],
  ])('%s', (line, hits) => {
    expect(complete(line)).toEqual(hits)
  })
})
