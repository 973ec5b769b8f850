import type { LockReport, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { createRandom } from '@holdfast/primitives'
import { createCodec } from '@holdfast/transport'
import { describe, expect, test } from 'vitest'
import {
  createCallReader,
  createCallWriter,
  createEventReader,
  createEventWriter,
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
]

describe('session frames', () => {
  test('carry every call there unchanged', () => {
    const writer = createCallWriter(options)
    const reader = createCallReader(options)
    const read = writer.encode(calls).map((frame) => reader.decode(frame))
    expect(read).toEqual([{ ok: true, items: calls, more: false }])
  })

  test('carry every event back unchanged', () => {
    const writer = createEventWriter(options)
    const reader = createEventReader(options)
    const items = writer.encode(events).flatMap((frame) => {
      const read = reader.decode(frame)
      expect(read).toMatchObject({ ok: true })
      return read.ok ? read.items : []
    })
    expect(items).toEqual(events)
  })

  test('carry a report of many locks in pieces, among other events and in order', () => {
    const writer = createEventWriter(options)
    const reader = createEventReader(options)
    const locks = Array.from({ length: 1_000 }, (_, number) => lock(number))
    const [first, , third] = events
    const sent = [first, { kind: 'report', call: 3, locks } as const, third] as SessionEvent[]
    const frames = writer.encode(sent)
    expect(frames.length).toBeGreaterThan(10)
    const items = frames.flatMap((frame) => {
      const read = reader.decode(frame)
      expect(read).toMatchObject({ ok: true })
      return read.ok ? read.items : []
    })
    expect(items).toEqual(sent)
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
    const items = frames.flatMap((frame) => {
      const read = reader.decode(frame)
      expect(read).toMatchObject({ ok: true })
      return read.ok ? read.items : []
    })
    expect(items).toEqual(many)
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
      { n: 1, items: Array(65).fill(calls[5]) },
    ]
    for (const value of wrong) {
      const read = createCallReader(options).decode(codec.encode(value))
      expect(read, JSON.stringify(value)).toMatchObject({ ok: false })
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
