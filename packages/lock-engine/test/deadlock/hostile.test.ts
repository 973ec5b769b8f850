import type { Random } from '@holdfast/primitives'
import { createRandom } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { DeadlockMessage } from '../../src/deadlock/deadlock-messages.ts'
import { isDeadlockMessage } from '../../src/deadlock/deadlock-messages.ts'
import { type BoardLock, callsOnCycles } from './board.ts'
import { ring } from './rings.ts'
import { SearchWorld } from './search-world.ts'

const uint = z.int().min(0)
const party = z.string().max(65)
const ref = { holder: uint, lock: uint }
const version = { ...ref, version: uint }
const ask = uint

/** The schema of record of the messages. */
const schema: z.ZodType = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('deadlock-due'), waits: z.array(z.strictObject(ref)).max(256) }),
  z.strictObject({
    kind: z.literal('deadlock-ask'),
    ask,
    waits: z.array(z.strictObject(ref)).max(256),
    parties: z.array(party).max(200),
  }),
  z.strictObject({
    kind: z.literal('deadlock-told'),
    ask,
    waits: z
      .array(
        z.strictObject({
          ...version,
          party,
          priority: uint.max(255),
          waitedMs: uint,
          words: z.string().max(160),
          by: z.array(uint.max(999)).max(64),
        }),
      )
      .max(256),
    blockers: z.array(z.strictObject({ ...version, party, words: z.string().max(60) })).max(1_000),
    calls: z.array(z.strictObject({ lock: uint, master: uint })).max(1_000),
    last: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('deadlock-check'),
    ask,
    locks: z.array(z.strictObject(version)).max(512),
  }),
  z.strictObject({
    kind: z.literal('deadlock-checked'),
    ask,
    changed: z.array(z.strictObject(ref)).max(512),
  }),
  z.strictObject({
    kind: z.literal('deadlock-victim'),
    ask,
    wait: z.strictObject(version),
    cycle: z.array(z.string().max(500)).max(32),
  }),
  z.strictObject({ kind: z.literal('deadlock-ended'), ask, denied: z.boolean() }),
])

type Draw = (random: Random) => unknown

const drawUint: Draw = (random) => random.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 63, 255])
const drawText: Draw = (random) => random.pick(['1/1', '2/2', '=T', '3/3/7', '', 'x'.repeat(60)])
const drawFlag: Draw = (random) => random.chance(1, 2)
const drawList =
  (draw: Draw): Draw =>
  (random) =>
    Array.from({ length: random.below(4) }, () => draw(random))
const drawRecord =
  (fields: Readonly<Record<string, Draw>>): Draw =>
  (random) =>
    Object.fromEntries(Object.entries(fields).map(([key, draw]) => [key, draw(random)]))

const drawRef = drawRecord({ holder: drawUint, lock: drawUint })
const drawVersion = drawRecord({ holder: drawUint, lock: drawUint, version: drawUint })
const lockFields = {
  holder: drawUint,
  lock: drawUint,
  version: drawUint,
  party: drawText,
  words: drawText,
}
const drawWait = drawRecord({
  ...lockFields,
  priority: drawUint,
  waitedMs: drawUint,
  by: drawList(drawUint),
})

const kinds: Readonly<Record<DeadlockMessage['kind'], Readonly<Record<string, Draw>>>> = {
  'deadlock-due': { waits: drawList(drawRef) },
  'deadlock-ask': { ask: drawUint, waits: drawList(drawRef), parties: drawList(drawText) },
  'deadlock-told': {
    ask: drawUint,
    waits: drawList(drawWait),
    blockers: drawList(drawRecord(lockFields)),
    calls: drawList(drawRecord({ lock: drawUint, master: drawUint })),
    last: drawFlag,
  },
  'deadlock-check': { ask: drawUint, locks: drawList(drawVersion) },
  'deadlock-checked': { ask: drawUint, changed: drawList(drawRef) },
  'deadlock-victim': { ask: drawUint, wait: drawVersion, cycle: drawList(drawText) },
  'deadlock-ended': { ask: drawUint, denied: drawFlag },
}

const anything: readonly unknown[] = [
  undefined,
  null,
  -1,
  0.5,
  Number.NaN,
  2 ** 53,
  1n,
  '',
  'x'.repeat(501),
  true,
  [],
  {},
  [null],
  [-1],
  Array.from({ length: 1_001 }, () => 1),
  Array.from({ length: 257 }, () => ({ holder: 1, lock: 1 })),
  Array.from({ length: 201 }, () => '1/1'),
  new Map(),
  Symbol('kind'),
]

function drawMessage(random: Random): unknown {
  const kind = random.pick(Object.keys(kinds)) as DeadlockMessage['kind']
  return { kind, ...(drawRecord(kinds[kind])(random) as object) }
}

/** Puts something else into one place, at any depth. */
function spoil(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.chance(1, 4)) {
    return random.pick(anything)
  }
  const keys = Object.keys(value)
  const key = keys.length === 0 || random.chance(1, 8) ? 'extra' : random.pick(keys)
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === key ? spoil(random, item) : item))
  }
  return { ...value, [key]: spoil(random, (value as Record<string, unknown>)[key]) }
}

test('the decoder gives the same verdict as the schema', () => {
  const random = createRandom('deadlock-messages')
  let good = 0
  for (let count = 0; count < 20_000; count += 1) {
    const drawn = drawMessage(random)
    const message = random.chance(1, 2) ? drawn : spoil(random, drawn)
    const verdict = schema.safeParse(message).success
    if (isDeadlockMessage(message) !== verdict) {
      expect.fail(`isDeadlockMessage says ${!verdict} to ${JSON.stringify(message)}`)
    }
    if (verdict) good += 1
  }
  expect(good).toBeGreaterThan(8_000)
  expect(good).toBeLessThan(16_000)
})

describe('well-formed messages that make no sense', () => {
  /** Everything that members may say, except orders of the searcher itself, which a liar has no say in. */
  const nonsense = (random: Random): DeadlockMessage => drawMessage(random) as DeadlockMessage

  test('never throw, and never end a call that is on no cycle', () => {
    for (let run = 0; run < 30; run += 1) {
      const random = createRandom(`deadlock-nonsense-${run}`)
      const world = new SearchWorld({ nodes: 3, seed: String(run), deadlockMs: 100 })
      const waits = ring(world, 5, 3)
      const [open] = waits
      if (run % 2 === 0 && open !== undefined) world.board.cancel(open)
      for (let count = 0; count < 300; count += 1) {
        // Node 1 searches, and does not lie; nobody can speak for it.
        const message = nonsense(random)
        const to = 1 + random.below(3)
        world.search(to).onMessage(random.pick([2, 3, 9]), message, world.board.now)
        world.runFor(random.below(4))
      }
      world.runFor(1_000)
      expect(world.victims.every(({ wasOnCycle }) => wasOnCycle)).toBe(true)
      expect(callsOnCycles(world.board).size).toBe(0)
    }
  })

  test('of a node that is not the searcher are not answered', () => {
    const world = new SearchWorld({ nodes: 3 })
    const waits = ring(world, 3, 3)
    const [{ holder, lock, version }] = waits as [(typeof waits)[number]]
    const orders: readonly DeadlockMessage[] = [
      { kind: 'deadlock-ask', ask: 1, waits: [{ holder, lock }], parties: ['1/1'] },
      { kind: 'deadlock-check', ask: 1, locks: [{ holder, lock, version }] },
      { kind: 'deadlock-victim', ask: 1, wait: { holder, lock, version }, cycle: [] },
      { kind: 'deadlock-due', waits: [{ holder, lock }] },
    ]
    for (const message of orders) world.search(3).onMessage(2, message, 0)
    expect([world.messages, world.victims.length]).toEqual([0, 0])
  })

  test('about calls that were not asked about count for nothing', () => {
    const world: SearchWorld = new SearchWorld({
      nodes: 3,
      bend: (message, from, to) => {
        if (message.kind !== 'deadlock-told' || from !== 2 || to !== 1) return message
        const made = { holder: 2, lock: 999, version: 1, words: '' }
        const wait = { ...made, party: '3/3', priority: 0, waitedMs: 0, by: [0] }
        const blocker = { ...made, party: '2/2' }
        return { ...message, waits: [...message.waits, wait], blockers: [blocker] }
      },
    })
    // 2/2 waits for 3/3, which waits for nothing; node 2 says otherwise.
    world.board.request('3/3', '1/x', 'EX')
    world.board.request('2/2', '1/x', 'EX')
    world.board.request('1/1', '2/y', 'EX')
    world.board.request('2/2', '2/y', 'EX')
    world.runFor(3_000)
    expect(world.sent.get('deadlock-told')).toBeGreaterThan(0)
    expect(world.sent.get('deadlock-check')).toBeUndefined()
    expect(world.victims).toEqual([])
  })

  test('of a node that was not asked are no answer', () => {
    let waits: BoardLock[] = []
    const world: SearchWorld = new SearchWorld({
      nodes: 3,
      bend: (message, _from, to) => {
        if (message.kind !== 'deadlock-check' || to !== 2) return message
        // The lock that node 2 masters has gone, and node 3 is quicker to say that it has not.
        world.board.cancel(waits[1] as BoardLock)
        const lie = { kind: 'deadlock-checked', ask: message.ask, changed: [] } as const
        world.search(1).onMessage(3, lie, world.board.now)
        return message
      },
    })
    waits = ring(world, 3, 3)
    expect(waits[1]?.resource.master).toBe(2)
    world.runFor(3_000)
    expect(world.victims).toEqual([])
  })

  test('do not end an answer that has not come to its end', () => {
    const world: SearchWorld = new SearchWorld({
      nodes: 3,
      bend: (message, from, to) => {
        if (message.kind !== 'deadlock-told') return message
        const beginning = { ...message, waits: [], blockers: [], calls: [], last: false }
        world.search(to).onMessage(from, beginning, world.board.now)
        return message
      },
    })
    ring(world, 4, 3)
    world.runFor(1_500)
    expect(world.victims.length).toBe(1)
  })

  test('do not count twice, nor for another question, nor for another node', () => {
    const spoken: { readonly from: number; readonly message: DeadlockMessage }[] = []
    const world: SearchWorld = new SearchWorld({
      nodes: 3,
      bend: (message, from, to) => {
        if (to === 1) spoken.push({ from, message })
        return message
      },
    })
    ring(world, 4, 3)
    const repeat = (): void => {
      for (const { from, message } of spoken.splice(0)) {
        if (message.kind === 'deadlock-due' || from === 1) continue
        world.search(1).onMessage(from, message, world.board.now)
        world.search(1).onMessage(5 - from, message, world.board.now)
      }
    }
    for (let ms = 0; ms < 1_500; ms += 1) {
      world.runFor(1)
      repeat()
    }
    expect(world.victims.length).toBe(1)
    expect(world.victims[0]?.wasOnCycle).toBe(true)
  })
})
