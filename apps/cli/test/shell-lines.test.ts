import { describe, expect, test } from 'vitest'
import { readBytes, writeBytes } from '../src/shell/bytes.ts'
import { type Command, commands } from '../src/shell/commands.ts'
import { Fault, pointAt } from '../src/shell/fault.ts'
import { callOf, checkLine, expectedWords, stepOf } from '../src/shell/interpret.ts'
import { readLine } from '../src/shell/json-line.ts'
import { rangeKind, timeKind } from '../src/shell/kind.ts'
import { anyNames, type Names } from '../src/shell/names.ts'
import { quoted, splitWords } from '../src/shell/typed-words.ts'

const numbers: Readonly<Record<string, number>> = { x: 1, y: 2, z: 3 }
const names: Names = {
  ...anyNames,
  space: 'shop',
  lock: (name) => numbers[name] ?? 99,
  anyLock: (name) => numbers[name] ?? 99,
  newLock: () => 4,
  lockName: (number) => Object.keys(numbers).find((name) => numbers[name] === number) ?? '?',
  sessionId: (text) => (text === 'b' ? 'n2/7' : text),
}

/** What the line would send, or the step that it is. */
function meant(text: string): unknown {
  const line = readLine(text)
  if (line === undefined) return undefined
  checkLine(line)
  const { command, given } = line
  return command.sort === 'call' ? callOf(command, given, names) : stepOf(command, given, names)
}

function faultOf(text: string): string {
  try {
    meant(text)
  } catch (error) {
    if (!Fault.is(error)) throw error
    const pointed = error.word === undefined ? undefined : pointAt(text, error.word)
    return pointed === undefined ? error.message : `${error.message}\n${pointed}`
  }
  return 'no fault'
}

const terms =
  'range=0x10-max no-queue tell-holders at-head any-order alternate-pr alternate-cw no-deadlock-wait no-deadlock-block persistent priority=7 timeout=1.5s'
const meantTerms = {
  range: { start: 16n, end: 2n ** 64n - 1n },
  noQueue: true,
  tellHolders: true,
  atHead: true,
  anyOrder: true,
  alternatePR: true,
  alternateCW: true,
  noDeadlockWait: true,
  noDeadlockBlock: true,
  persistent: true,
  priority: 7,
  timeoutMs: 1_500,
}

const lines: readonly (readonly [string, unknown])[] = [
  [
    `request w r EX space=s ${terms} use-value notify=no expedite parent=x owner="order 42" alone master-here`,
    {
      kind: 'request',
      lock: 4,
      resource: { space: 's', name: 'r' },
      mode: 'EX',
      ...meantTerms,
      useValue: true,
      notify: false,
      expedite: true,
      parent: 1,
      owner: 'order 42',
      alone: true,
      masterHere: true,
    },
  ],
  [
    'request w r NL',
    {
      kind: 'request',
      lock: 4,
      resource: { space: 'shop', name: 'r' },
      mode: 'NL',
      noQueue: false,
      useValue: false,
      notify: true,
    },
  ],
  [
    'adopt w r PR space=s use-value notify parent=y owner=o persistent',
    {
      kind: 'adopt',
      lock: 4,
      resource: { space: 's', name: 'r' },
      mode: 'PR',
      useValue: true,
      notify: true,
      parent: 2,
      owner: 'o',
      persistent: true,
    },
  ],
  [
    `convert x NL ${terms} queue-fair demote use-value value=count:1 invalidate`,
    {
      kind: 'convert',
      lock: 1,
      mode: 'NL',
      ...meantTerms,
      queueFair: true,
      demote: true,
      useValue: true,
      value: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1]),
      invalidate: true,
    },
  ],
  [
    'unlock x value=hex:00ff invalidate subtree=below force',
    {
      kind: 'unlock',
      lock: 1,
      value: new Uint8Array([0, 255]),
      invalidate: true,
      subtree: 'below',
      force: true,
    },
  ],
  ['cancel y subtree', { kind: 'cancel', lock: 2, subtree: true }],
  ['purge', { kind: 'purge' }],
  ['purge space=s node=3', { kind: 'purge', space: 's', node: 3 }],
  [
    'open-space s create=new value-bytes=8 deadlock-after=0 mastering=hash lifecycle',
    {
      kind: 'open-space',
      space: 's',
      create: 'new',
      attributes: { valueBytes: 8, deadlockMs: 0, mastering: 'hash' },
      lifecycle: true,
    },
  ],
  ['open-space s', { kind: 'open-space', space: 's' }],
  ['leave-space s', { kind: 'leave-space', space: 's', force: 'unused' }],
  ['leave-space s force=discard', { kind: 'leave-space', space: 's', force: 'discard' }],
  ['query status', { kind: 'query', what: 'status' }],
  [
    'query locks scope=cluster name=r path=p,q session=b lock=z node=n2 details after=p limit=10',
    {
      kind: 'query',
      what: 'locks',
      scope: 'cluster',
      filter: {
        resource: { space: 'shop', name: 'r', path: ['p', 'q'] },
        session: 'n2/7',
        lock: 3,
        node: 'n2',
        details: true,
      },
      after: 'p',
      limit: 10,
    },
  ],
  [
    'query locks session=n9/1 lock=17',
    { kind: 'query', what: 'locks', filter: { session: 'n9/1', lock: 17 } },
  ],
  ['session a n1', { kind: 'session', session: 'a', node: 'n1' }],
  ['wait x', { kind: 'wait', of: { lock: 'x' }, withinMs: 10_000 }],
  [
    'wait x granted,denied within 500',
    { kind: 'wait', of: { lock: 'x' }, outcomes: ['granted', 'denied'], withinMs: 500 },
  ],
  [
    'expect a: purged count=2 within=1s',
    { kind: 'expect', of: { session: 'a' }, outcome: 'purged', withinMs: 1_000 },
  ],
  ['expect-nothing 20ms x', { kind: 'expect-nothing', forMs: 20, of: { lock: 'x' } }],
]

describe('a line of the grammar', () => {
  test.each(lines)('%s', (text, call) => {
    expect(meant(text)).toEqual(call)
  })

  test('says every word of every call somewhere above', () => {
    const calls = commands.filter((command: Command) => command.sort === 'call')
    const unsaid = calls.flatMap(({ word, words }) =>
      words
        .filter(({ place }) => place === undefined)
        .filter(
          (one) => !lines.some(([text]) => text.startsWith(word) && text.includes(` ${one.word}`)),
        )
        .map((one) => `${word} ${one.word}`),
    )
    // The lockspace of a query is the default one above; it is a word of others too.
    expect(unsaid).toEqual(['query space'])
  })

  test('may say no, which is not the same as nothing', () => {
    expect(meant('convert x EX persistent=no')).toMatchObject({ persistent: false })
    expect(meant('convert x EX')).not.toHaveProperty('persistent')
  })

  test('is nothing when it is empty or a remark', () => {
    expect([meant(''), meant('  # unlock x'), meant('\t')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('takes what is quoted for a value, whatever it looks like', () => {
    expect(meant('request w "mode=3" EX')).toMatchObject({ resource: { name: 'mode=3' } })
    expect(meant('request w name=r mode=EX')).toMatchObject({ resource: { name: 'r' } })
  })

  test('takes a name as the bytes of its text, one character for each', () => {
    expect(meant('request w é EX')).toMatchObject({ resource: { name: '\u00c3\u00a9' } })
    expect(meant('request w hex:00ff EX')).toMatchObject({ resource: { name: '\u0000\u00ff' } })
  })

  test('can have the session before it', () => {
    expect(readLine('a: unlock x')?.session).toMatchObject({ value: 'a' })
    expect(faultOf('a: sleep 5')).toContain('sleep takes no session before it')
  })
})

describe('a line that is wrong', () => {
  test.each([
    [
      'request w r EX no-queu',
      'request has no word no-queu; did you mean no-queue?\n  request w r EX no-queu\n                 ^^^^^^^',
    ],
    ['reqest w', 'no command is called reqest; did you mean request?\n  reqest w\n  ^^^^^^'],
    ['request w r', 'mode is missing: one of NL, CR, CW, PR, PW, EX'],
    ['query locks space=s', 'name is missing: text, or hex: and the bytes'],
    ['cancel x range=0-9', 'cancel has no word range; it has subtree\n'],
    [
      'unlock x force force',
      'force is given twice\n  unlock x force force\n                 ^^^^^',
    ],
    ['wait x within', 'within needs a value: a length of time'],
    ['expect x blocking token=3', 'expect has no word token; it has within, mode\n'],
    ['expect a: granted', 'a: never says granted\n  expect a: granted\n            ^^^^^^^'],
    ['wait x granted,blocking', 'granted and blocking do not come in one order'],
    ['unlock "x', 'a quote is not closed\n  unlock "x\n         ^^'],
    ['session 1a', 'session: "1a" is not right here: a name of up to 32 letters'],
    ['a:', 'a command is missing after the session'],
  ])('%s', (text, fault) => {
    expect(faultOf(text)).toContain(fault)
  })
})

describe('a line of JSON', () => {
  test('says what the same words say', () => {
    const object = {
      do: 'convert',
      lock: 'x',
      mode: 'EX',
      'no-queue': true,
      'queue-fair': false,
      priority: 7,
      range: '0-9',
      value: 'hex:00',
    }
    const words = 'convert x EX no-queue queue-fair=no priority=7 range=0-9 value=hex:00'
    expect(meant(JSON.stringify(object))).toEqual(meant(words))
    expect(meant('{"do":"wait","of":"x","outcomes":["granted","denied"]}')).toEqual(
      meant('wait x granted,denied'),
    )
  })

  test('can expect words of its outcome, in any order of the keys', () => {
    const line = readLine('{"token":"any","outcome":"granted","of":"x","do":"expect"}')
    expect(expectedWords(line?.given ?? new Map(), names)).toEqual(new Map([['token', 'any']]))
  })

  test.each([
    ['{"do":"unlok"}', 'no command is called unlok; did you mean unlock?'],
    ['{"do":"unlock","lock":"x","forced":true}', 'unlock has no word forced; did you mean force?'],
    ['{"do":"unlock","lock":{}}', 'lock must be a text, a number, true or false, or a list'],
    ['{"do":"show","in":"a"}', 'show takes no session before it'],
    ['{"do":', 'this is no JSON'],
  ])('%s is wrong', (text, fault) => {
    expect(faultOf(text)).toContain(fault)
  })
})

describe('values', () => {
  test.each([
    ['0-9', '0-9'],
    ['0x10-0X1f', '16-31'],
    ['5-max', '5-max'],
    ['5-18446744073709551615', '5-max'],
    ['9-0', '9-0'],
  ])('the range %s is shown as %s', (text, shown) => {
    expect(rangeKind.write(rangeKind.read(text, names), names)).toBe(shown)
  })

  test.each(['9', '0-', '-max', '0-18446744073709551616', 'max-9', '0x-9'])(
    'the range %s is refused',
    (text) => {
      expect(() => rangeKind.read(text, names)).toThrow('both ends, inclusive')
    },
  )

  test.each([
    ['hello', 'hello'],
    ['text:hello', 'hello'],
    ['text:hex:00', 'text:hex:00'],
    ['hex:', ''],
    ['hex:c3a9', 'é'],
    ['hex:ff', 'hex:ff'],
    ['hex:1b', 'hex:1b'],
    ['count:258', 'count:258'],
    ['count:18446744073709551615', 'count:18446744073709551615'],
    ['hex:0000000000000001', 'count:1'],
  ])('the value %s is shown as %s, which says the same', (text, shown) => {
    expect(writeBytes(readBytes(text))).toBe(shown)
    expect(readBytes(shown)).toEqual(readBytes(text))
  })

  test.each(['hex:0', 'hex:zz', 'count:-1', 'count:18446744073709551616', 'count:'])(
    'the value %s is refused',
    (text) => {
      expect(() => readBytes(text)).toThrow(Fault)
    },
  )

  test.each([
    ['500', 500],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2m', 120_000],
  ])('the time %s is %i ms', (text, ms) => {
    expect(timeKind.read(text, names)).toBe(ms)
  })

  test('a text is quoted so that it is read as it was', () => {
    for (const text of ['plain', 'two words', 'a "quote" \\ b', '', '#']) {
      expect(splitWords(quoted(text)).map((word) => word.text)).toEqual([text])
    }
  })
})
