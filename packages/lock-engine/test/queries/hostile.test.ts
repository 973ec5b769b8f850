import type { Random } from '@holdfast/primitives'
import { createRandom } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isQueryMessage, type QueryMessage } from '../../src/queries/query-messages.ts'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { World } from '../harness/world.ts'

const uint = z.int().min(0)
const ask = uint
const mode = z.enum(['NL', 'CR', 'CW', 'PR', 'PW', 'EX'])
const queue = z.enum(['granted', 'converting', 'waiting'])
const unit = z
  .bigint()
  .min(0n)
  .max(2n ** 64n - 1n)
const range = z.strictObject({ start: unit, end: unit }).refine(({ start, end }) => start <= end)
/** What keys are made of is tested with the lock messages: here one is good when it is this one. */
const goodKey = '\u0004test\u0001r'
const key = z.literal(goodKey)
const name = z.strictObject({
  holder: uint,
  session: uint,
  lock: uint,
  queue,
  mode,
  forMs: uint,
})

const details = z.strictObject({
  value: z.strictObject({
    bytes: z.instanceof(Uint8Array).refine((bytes) => bytes.length <= 1_024),
    sequence: uint,
    valid: z.boolean(),
  }),
  granted: uint,
  converting: uint,
  waiting: uint,
  resourcesBelow: uint,
  locksBelow: uint,
  blockedBy: z.array(name).max(64),
  moreBlockedBy: z.boolean(),
  blocks: z.array(name).max(64),
  moreBlocks: z.boolean(),
})

const lock = z.strictObject({
  key,
  holder: uint,
  session: uint,
  lock: uint,
  queue,
  granted: mode.optional(),
  wanted: mode.optional(),
  token: z
    .bigint()
    .min(0n)
    .max((1n << 63n) - 1n)
    .optional(),
  range: range.optional(),
  wantedRange: range.optional(),
  owner: z.string().max(64).optional(),
  priority: uint.max(255),
  persistent: z.boolean().optional(),
  orphan: z.boolean().optional(),
  parent: uint.optional(),
  forMs: uint,
  position: uint.optional(),
  details: details.optional(),
})

/** The schema of record of the messages. */
const schema: z.ZodType = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('query-ask'),
    ask,
    filter: z.strictObject({
      key: key.optional(),
      holder: uint.optional(),
      session: uint.optional(),
      lock: uint.optional(),
      details: z.boolean(),
    }),
    scan: uint.optional(),
    limit: uint.min(1).max(1_000),
  }),
  z.strictObject({
    kind: z.literal('query-told'),
    ask,
    locks: z.array(lock).max(1_000),
    scan: uint.optional(),
    gone: z.boolean().optional(),
    partial: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('purge-ask'),
    ask,
    space: z.string().max(255).optional(),
  }),
  z.strictObject({ kind: z.literal('purge-told'), ask, count: uint }),
])

type Draw = (random: Random) => unknown
type Fields = Readonly<Record<string, Draw>>

const drawUint: Draw = (random) => random.pick([0, 1, 2, 3, 4, 255, 1_000])
const drawFlag: Draw = (random) => random.chance(1, 2)
const drawMode: Draw = (random) => random.pick(['NL', 'CR', 'CW', 'PR', 'PW', 'EX'])
const drawQueue: Draw = (random) => random.pick(['granted', 'converting', 'waiting'])
const drawRange: Draw = (random) =>
  random.pick([
    { start: 0n, end: 9n },
    { start: 5n, end: 5n },
    { start: 9n, end: 0n },
  ])
const maybe =
  (draw: Draw): Draw =>
  (random) =>
    random.chance(1, 3) ? draw(random) : undefined
const drawList =
  (draw: Draw): Draw =>
  (random) =>
    Array.from({ length: random.below(3) }, () => draw(random))
const drawRecord =
  (fields: Fields): Draw =>
  (random) =>
    Object.fromEntries(
      Object.entries(fields)
        .map(([field, draw]) => [field, draw(random)] as const)
        .filter(([, value]) => value !== undefined),
    )

const named: Fields = { holder: drawUint, session: drawUint, lock: drawUint, queue: drawQueue }
const drawName = drawRecord({ ...named, mode: drawMode, forMs: drawUint })
const drawDetails = drawRecord({
  value: drawRecord({
    bytes: (random) => new Uint8Array(random.pick([0, 8, 1_024])),
    sequence: drawUint,
    valid: drawFlag,
  }),
  granted: drawUint,
  converting: drawUint,
  waiting: drawUint,
  resourcesBelow: drawUint,
  locksBelow: drawUint,
  blockedBy: drawList(drawName),
  moreBlockedBy: drawFlag,
  blocks: drawList(drawName),
  moreBlocks: drawFlag,
})
const drawLock = drawRecord({
  ...named,
  key: () => goodKey,
  granted: maybe(drawMode),
  wanted: maybe(drawMode),
  token: maybe((random) => random.pick([0n, 7n, (1n << 63n) - 1n])),
  range: maybe(drawRange),
  wantedRange: maybe(drawRange),
  owner: maybe((random) => 'x'.repeat(random.pick([1, 64]))),
  priority: (random) => random.pick([0, 128, 255]),
  persistent: maybe(drawFlag),
  orphan: maybe(drawFlag),
  parent: maybe(drawUint),
  forMs: drawUint,
  position: maybe(drawUint),
  details: maybe(drawDetails),
})

const kinds: Readonly<Record<QueryMessage['kind'], Fields>> = {
  'query-ask': {
    ask: drawUint,
    filter: drawRecord({
      key: maybe(() => goodKey),
      holder: maybe(drawUint),
      session: maybe(drawUint),
      lock: maybe(drawUint),
      details: drawFlag,
    }),
    scan: maybe(drawUint),
    limit: drawUint,
  },
  'query-told': {
    ask: drawUint,
    locks: drawList(drawLock),
    scan: maybe(drawUint),
    gone: maybe(drawFlag),
    partial: maybe(drawFlag),
  },
  'purge-ask': { ask: drawUint, space: maybe(() => 'test') },
  'purge-told': { ask: drawUint, count: drawUint },
}

const anything: readonly unknown[] = [
  undefined,
  null,
  -1,
  0.5,
  256,
  1_001,
  2 ** 53,
  -1n,
  1n << 63n,
  '',
  'EX',
  'x'.repeat(65),
  'x'.repeat(256),
  true,
  [],
  {},
  [null],
  new Uint8Array(1_025),
  Array.from({ length: 65 }, () => drawName(createRandom('names'))),
  Array.from({ length: 1_001 }, () => ({})),
  new Map(),
  Symbol('kind'),
]

function drawMessage(random: Random): unknown {
  const kind = random.pick(Object.keys(kinds)) as QueryMessage['kind']
  return { kind, ...(drawRecord(kinds[kind])(random) as object) }
}

/** Puts something else into one place, at any depth. */
function spoil(random: Random, value: unknown): unknown {
  const isInner = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
  if (!isInner || random.chance(1, 4)) return random.pick(anything)
  const fields = Object.keys(value)
  const field = fields.length === 0 || random.chance(1, 8) ? 'extra' : random.pick(fields)
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === field ? spoil(random, item) : item))
  }
  return { ...value, [field]: spoil(random, (value as Record<string, unknown>)[field]) }
}

test('the decoder gives the same verdict as the schema', () => {
  const random = createRandom('query-messages')
  let good = 0
  for (let count = 0; count < 20_000; count += 1) {
    const drawn = drawMessage(random)
    const message = random.chance(1, 2) ? drawn : spoil(random, drawn)
    const verdict = schema.safeParse(message).success
    if (isQueryMessage(message) !== verdict) {
      expect.fail(`isQueryMessage says ${!verdict} to ${inspect(message)}`)
    }
    if (verdict) good += 1
  }
  expect(good).toBeGreaterThan(6_000)
  expect(good).toBeLessThan(16_000)
})

const name1 = nameIndexedBy(1, 3)

describe('well-formed messages that make no sense', () => {
  test.each(Array.from({ length: 20 }, (_, run) => run))(
    'never throw or change a lock: %s',
    (run) => {
      const random = createRandom(`query-nonsense-${run}`)
      const world = new World({ nodes: 3, limits: { queryLookMax: 20, scansMax: 4 } })
      const session = world.session(1)
      for (let count = 0; count < 30; count += 1)
        world.request(session, `${name1}${count % 5}`, 'PR')
      world.settle()
      const { engine } = world.node(1)
      const before = engine.describe()
      for (let count = 0; count < 400; count += 1) {
        const message = drawMessage(random)
        if (random.chance(1, 20)) world.query(session, { limit: 1 + random.below(10) })
        const input = { kind: 'received', from: 2 + random.below(2), epoch: 1, message } as const
        world.cluster.give(world.node(1), input)
      }
      world.cluster.pass(1_000)
      engine.checkInvariants()
      expect(engine.describe()).toBe(before)
      const pages = [...session.answers.values()].filter((answer) => answer.kind === 'report')
      expect(Math.max(0, ...pages.map(({ locks = [] }) => locks.length))).toBeLessThanOrEqual(10)
    },
  )

  test('of a node that was not asked are no answer', () => {
    const world = new World({ nodes: 3 })
    const session = world.session(1)
    const call = world.query(session)
    world.call(session, { kind: 'purge', call: 2 })
    // The own node has answered; node 2 is asked by question 2, and node 3 is quicker.
    const lies: readonly QueryMessage[] = [
      { kind: 'query-told', ask: 2, locks: [], gone: true },
      { kind: 'query-told', ask: 1, locks: [], gone: true },
      { kind: 'purge-told', ask: 1, count: 50 },
      { kind: 'purge-told', ask: 1, count: 50 },
    ]
    for (const message of lies.slice(0, 2)) {
      world.cluster.give(world.node(1), { kind: 'received', from: 3, epoch: 1, message })
    }
    expect(session.answers.get(call)).toBeUndefined()
    for (const message of lies.slice(2)) {
      world.cluster.give(world.node(1), { kind: 'received', from: 3, epoch: 1, message })
    }
    expect(session.answers.get(2)).toBeUndefined()
    world.settle()
    expect(session.answers.get(call)?.kind).toBe('report')
    expect(session.answers.get(2)).toMatchObject({ kind: 'purged', count: 50 })
  })

  test('that tell more than was asked for do not make a page longer', () => {
    const world = new World({ nodes: 2 })
    const session = world.session(1)
    const call = world.query(session, { limit: 2 })
    const facts = { queue: 'granted', granted: 'NL', priority: 128, forMs: 0 } as const
    const told = { key: goodKey, holder: 2, session: 1, lock: 1, ...facts }
    const message = { kind: 'query-told', ask: 2, locks: [told, told, told] }
    world.cluster.give(world.node(1), { kind: 'received', from: 2, epoch: 1, message })
    expect(session.answers.get(call)).toMatchObject({ kind: 'report', locks: { length: 2 } })
  })

  test('of another epoch count for nothing', () => {
    const world = new World({ nodes: 2 })
    const session = world.session(1)
    const call = world.query(session)
    const message = { kind: 'query-told', ask: 2, locks: [], gone: true }
    for (const epoch of [0, 2]) {
      world.cluster.give(world.node(1), { kind: 'received', from: 2, epoch, message })
    }
    world.settle()
    expect(session.answers.get(call)?.kind).toBe('report')
  })
})

function inspect(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === 'bigint' || typeof inner === 'symbol' ? String(inner) : inner,
  )
}
