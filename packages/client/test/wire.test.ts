import { inspect } from 'node:util'
import type { LockReport, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { createRandom } from '@holdfast/primitives'
import { createCodec } from '@holdfast/transport'
import { describe, expect, test } from 'vitest'
import {
  createCallReader,
  createCallWriter,
  createEventReader,
  createEventWriter,
  type Read,
} from '../src/wire.ts'

const options = { frameBytesMax: 65_536 }

const calls: readonly SessionCall[] = [
  {
    kind: 'request',
    call: 1,
    lock: 2,
    resource: { space: 's', name: 'ü'.repeat(127) },
    mode: 'EX',
    noQueue: true,
    useValue: false,
    notify: true,
  },
  {
    kind: 'convert',
    call: 3,
    lock: 2,
    mode: 'NL',
    noQueue: false,
    queueFair: true,
    useValue: true,
    value: new Uint8Array(1_024).fill(7),
  },
  { kind: 'unlock', call: 4, lock: 2, value: new Uint8Array([1]), invalidate: false },
  { kind: 'unlock', call: 5, lock: 2 },
  { kind: 'cancel', call: 6, lock: 2 },
  {
    kind: 'request',
    call: 11,
    lock: 12,
    resource: { space: 's', name: 'n' },
    mode: 'NL',
    noQueue: true,
    useValue: false,
    notify: true,
    range: { start: 0n, end: (1n << 64n) - 1n },
    tellHolders: true,
    atHead: true,
    anyOrder: true,
    alternatePR: true,
    alternateCW: true,
    noDeadlockWait: true,
    noDeadlockBlock: true,
    persistent: true,
    priority: 255,
    timeoutMs: 1.5,
    expedite: true,
    parent: 7,
    owner: 'ö'.repeat(64),
    alone: true,
    masterHere: true,
  },
  {
    kind: 'adopt',
    call: 12,
    lock: 13,
    resource: { space: 's', name: '\u00ff' },
    mode: 'PR',
    useValue: true,
    notify: false,
    parent: 7,
    owner: 'o',
    persistent: true,
  },
  {
    kind: 'convert',
    call: 13,
    lock: 13,
    mode: 'EX',
    noQueue: false,
    queueFair: false,
    useValue: false,
    range: { start: 5n, end: 5n },
    demote: true,
    invalidate: true,
    priority: 0,
    timeoutMs: 10,
    persistent: false,
    noDeadlockBlock: false,
  },
  { kind: 'unlock', call: 14, lock: 13, subtree: 'below', force: true },
  { kind: 'unlock', call: 15, lock: 13, subtree: 'with' },
  { kind: 'cancel', call: 16, lock: 13, subtree: true },
  { kind: 'purge', call: 17 },
  { kind: 'purge', call: 18, space: 's', node: 2 },
  { kind: 'open-space', call: 19, space: 's' },
  {
    kind: 'open-space',
    call: 20,
    space: 's',
    create: 'existing',
    attributes: { valueBytes: 0, deadlockMs: 0.5, mastering: 'hash' },
    lifecycle: true,
  },
  { kind: 'open-space', call: 21, space: 's', create: 'new', attributes: { valueBytes: 8 } },
  { kind: 'leave-space', call: 22, space: 's', force: 'discard' },
  {
    kind: 'query',
    call: 23,
    what: 'locks',
    scope: 'cluster',
    filter: {
      resource: { space: 's', name: 'n', path: ['p', 'q'] },
      session: 'n1/1',
      lock: 4,
      node: 'n1',
      details: true,
    },
    after: 'n1/9',
    limit: 1_000,
  },
  { kind: 'ping', call: 7, sent: 123_456_789_012 },
  { kind: 'query', call: 8, what: 'locks' },
  { kind: 'close', call: 9 },
]

const lock = (number: number): LockReport => ({
  resource: { space: 's', name: `name/${number}` },
  node: 'n1',
  session: 'n1/1',
  lock: number,
  queue: 'waiting',
  wanted: 'EX',
  master: 'n2',
  forMs: 0.5,
})

const events: readonly SessionEvent[] = [
  { kind: 'opened', session: 'n1/1', leaseMs: 10_000, node: 'n1' },
  {
    kind: 'completion',
    call: 1,
    lock: 2,
    outcome: 'granted',
    mode: 'EX',
    token: (1n << 40n) * 5n + 3n,
    value: { bytes: new Uint8Array([1, 2]), valid: false, sequence: 1 },
  },
  { kind: 'completion', call: 1, lock: 2, outcome: 'refused', reason: 'because' },
  { kind: 'blocking', lock: 2, mode: 'PR' },
  { kind: 'pong', call: 7, sent: 9, authorityMs: 812.25 },
  {
    kind: 'report',
    call: 8,
    status: {
      node: 'n1',
      state: 'member',
      epoch: 3,
      active: true,
      leader: 'n1',
      members: [{ node: 'n1', id: 1, joined: 1, address: 'ws://a', votes: 1, state: 'suspect' }],
    },
  },
  { kind: 'closed', reason: 'node-evicted', detail: 'gone' },
  {
    kind: 'completion',
    call: 1,
    lock: 2,
    outcome: 'granted',
    range: { start: 1n, end: 2n },
    demoted: true,
    alternate: true,
    also: [1, 2, 3],
  },
  { kind: 'completion', call: 1, lock: 2, outcome: 'refused', reason: 'full', code: 'quota' },
  { kind: 'lost', lock: 4 },
  { kind: 'purged', call: 5, count: 0 },
  {
    kind: 'space',
    call: 6,
    space: 's',
    outcome: 'opened',
    attributes: { valueBytes: 1_024, deadlockMs: 1_000, mastering: 'directory' },
  },
  { kind: 'space', call: 6, space: 's', outcome: 'left' },
  { kind: 'refused', call: 7, reason: 'because' },
  { kind: 'recovery', space: 's', phase: 'resumed', epoch: 9, members: [1, 2], lost: [3] },
  {
    kind: 'report',
    call: 8,
    next: 'page 2',
    locks: [
      {
        ...lock(1),
        resource: { space: 's', name: 'n', path: Array(15).fill('\u00ff'.repeat(255)) },
        granted: 'PR',
        token: 1n,
        directory: 'n3',
        position: 0,
        range: { start: 0n, end: 1n },
        wantedRange: { start: 0n, end: 9n },
        owner: 't1',
        priority: 128,
        persistent: true,
        orphan: false,
        parent: 2,
        value: { bytes: new Uint8Array(1_024), valid: true, sequence: 3 },
        counts: { granted: 1, converting: 0, waiting: 2, resourcesBelow: 3, locksBelow: 4 },
        blockedBy: [
          { node: 'n1', session: '1', lock: 3, queue: 'granted', mode: 'EX', forMs: 0.5 },
        ],
        moreBlockedBy: true,
        blocks: [],
        moreBlocks: false,
      },
    ],
    partial: true,
  },
]

function itemsOf<Item>(read: Read<Item>): readonly Item[] {
  expect(read).toMatchObject({ ok: true })
  return read.ok ? read.items : []
}

/** What arrives of these events at the other end. */
function through(sent: readonly SessionEvent[]): readonly SessionEvent[] {
  const reader = createEventReader(options)
  const frames = createEventWriter(options).encode(sent)
  return frames.flatMap((frame) => itemsOf(reader.decode(frame)))
}

describe('session frames', () => {
  test('carry every call there unchanged', () => {
    const writer = createCallWriter(options)
    const reader = createCallReader(options)
    const items = writer.encode(calls).flatMap((frame) => itemsOf(reader.decode(frame)))
    expect(items).toEqual(calls)
  })

  test('carry every event back unchanged', () => {
    expect(through(events)).toEqual(events)
  })

  test('carry a report of many locks in pieces, among other events and in order', () => {
    const locks = Array.from({ length: 1_000 }, (_, number) => lock(number))
    const [first, , third] = events
    const sent = [first, { kind: 'report', call: 3, locks, next: 'x' }, third] as SessionEvent[]
    expect(createEventWriter(options).encode(sent).length).toBeGreaterThan(10)
    expect(through(sent)).toEqual(sent)
  })

  test('carry the other locks of an unlock in pieces, as many as a session may have', () => {
    const also = Array.from({ length: 65_535 }, (_, number) => 2 ** 40 + number)
    const sent: SessionEvent = { kind: 'completion', call: 1, lock: 1, outcome: 'unlocked', also }
    const [other] = events
    expect(through([sent, other as SessionEvent])).toEqual([sent, other])
  })

  test('cut a report into smaller pieces when its locks are large', () => {
    const value = { bytes: new Uint8Array(1_024), valid: true, sequence: 1 }
    const locks = Array.from({ length: 64 }, (_, number) => ({ ...lock(number), value }))
    const sent: readonly SessionEvent[] = [{ kind: 'report', call: 3, locks }]
    const frames = createEventWriter(options).encode(sent)
    expect(Math.max(...frames.map(({ length }) => length))).toBeLessThanOrEqual(65_536)
    expect(through(sent)).toEqual(sent)
  })

  test('cut what is only told to people: a long reason, and all but the first blockers', () => {
    const facts = { queue: 'granted', mode: 'EX', forMs: 1 } as const
    const blocker = { node: 'n1', session: '1', lock: 3, ...facts }
    const blockers = Array(1_000).fill(blocker)
    const sent: readonly SessionEvent[] = [
      { kind: 'refused', call: 1, reason: `x${'😀'.repeat(5_000)}` },
      { kind: 'report', call: 2, locks: [{ ...lock(1), blockedBy: blockers, blocks: blockers }] },
    ]
    expect(through(sent)).toEqual([
      // The last character would have been cut in two.
      { kind: 'refused', call: 1, reason: `x${'😀'.repeat(1_023)}\ufffd` },
      {
        kind: 'report',
        call: 2,
        locks: [{ ...lock(1), blockedBy: blockers.slice(0, 128), blocks: blockers.slice(0, 128) }],
      },
    ])
  })

  test('a piece that belongs to nothing is a fault', () => {
    const codec = createCodec()
    const report = { kind: 'report', call: 1, locks: [lock(1)] }
    const piece = { n: 1, items: [report], more: true }
    const follow = (...items: unknown[]): unknown => {
      const reader = createEventReader(options)
      expect(reader.decode(codec.encode(piece))).toEqual({ ok: true, items: [] })
      return reader.decode(codec.encode({ n: 2, items }))
    }
    expect(follow(report)).toMatchObject({ ok: true, items: [{ locks: [lock(1), lock(1)] }] })
    expect(follow({ ...report, call: 2 })).toMatchObject({ ok: false })
    expect(follow({ kind: 'completion', call: 1, lock: 1, outcome: 'lost' })).toMatchObject({
      ok: false,
    })
    expect(follow({ kind: 'lost', lock: 1 })).toMatchObject({ ok: false })
    for (const items of [[], [report, report], [{ kind: 'report', call: 1 }], [events[3]]]) {
      const read = createEventReader(options).decode(codec.encode({ ...piece, items }))
      expect(read, JSON.stringify(items)).toMatchObject({ ok: false })
    }
  })

  test('keep to the limit of the channel', () => {
    const value = new Uint8Array(1_024)
    const many = Array.from({ length: 60 }, (_, call) => ({
      kind: 'unlock',
      call,
      lock: call,
      value,
    }))
    const writer = createCallWriter({ frameBytesMax: 4_096 })
    const reader = createCallReader({ frameBytesMax: 4_096 })
    const frames = writer.encode(many as SessionCall[])
    expect(Math.max(...frames.map(({ length }) => length))).toBeLessThanOrEqual(4_096)
    expect(frames.flatMap((frame) => itemsOf(reader.decode(frame)))).toEqual(many)
  })

  test('a lost, repeated or reordered frame is noticed', () => {
    const writer = createCallWriter(options)
    const frames = calls.flatMap((call) => writer.encode([call]))
    for (const order of [[1], [0, 0], [0, 2]]) {
      const reader = createCallReader(options)
      const read = order.map((at) => reader.decode(frames[at] as Uint8Array))
      expect(read.at(-1)).toMatchObject({ ok: false })
    }
  })

  test('a value that is no call is refused with a reason', () => {
    const codec = createCodec()
    const wrong: unknown[] = [
      null,
      [],
      { n: 1 },
      { n: 1, items: [{ kind: 'request' }] },
      { n: 1, items: [{ ...calls[0], mode: 'XX' }] },
      { n: 1, items: [{ ...calls[0], extra: 1 }] },
      { n: 1, items: [{ kind: 'ping', call: -1, sent: 0 }] },
      { n: 1, items: [{ kind: 'pong', call: 1, sent: 0, authorityMs: 1 }] },
      { n: 1.5, items: [] },
      { n: 1, items: [calls[5]], more: true },
      { n: 1, items: [{ kind: 'unlock', call: 1, lock: 1, subtree: 'above' }] },
      { n: 1, items: [{ kind: 'leave-space', call: 1, space: 's', force: 'maybe' }] },
      { n: 1, items: [{ kind: 'purge', call: 1, lock: 1 }] },
      { n: 1, items: [{ ...calls[0], range: { start: -1n, end: 1n } }] },
      { n: 1, items: [{ ...calls[0], range: { start: 0, end: 1 } }] },
      { n: 1, items: [{ ...calls[0], range: { start: 0n } }] },
      { n: 1, items: Array(65).fill(calls[5]) },
    ]
    for (const value of wrong) {
      const read = createCallReader(options).decode(codec.encode(value))
      expect(read, inspect(value)).toMatchObject({ ok: false })
    }
  })

  test('any bytes are taken without a throw', () => {
    const random = createRandom('wire')
    const [frame] = createCallWriter(options).encode(calls)
    for (let round = 0; round < 2_000; round += 1) {
      const bytes = new Uint8Array(frame as Uint8Array)
      for (let flips = random.below(4); flips >= 0; flips -= 1) {
        bytes[random.below(bytes.length)] = random.below(256)
      }
      expect(createCallReader(options).decode(bytes)).toHaveProperty('ok')
      expect(createEventReader(options).decode(bytes)).toHaveProperty('ok')
    }
  })
})
