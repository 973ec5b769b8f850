import { createRandom } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { flag } from '../src/flags.ts'
import { isLockMessage, isTransferRecord } from '../src/index.ts'
import { keyOf } from '../src/resource-key.ts'
import { drawMessage, drawRecord } from './harness/junk.ts'
import { lockMessageSchema, transferSchema } from './harness/wire-schemas.ts'
import { outcomes, World } from './harness/world.ts'

/** Everything that can be read of an engine's state. */
function stateOf(world: World): string {
  const { engine } = world.node(1)
  const seen = [engine.describe(), engine.locks(1000), engine.held(), engine.deadline()]
  return JSON.stringify(seen, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))
}

/** Node 1 masters, holds, waits and indexes; whatever nodes 2 and 3 say comes on top. */
function busyWorld(onFact: (fact: unknown) => void): World {
  const world = new World({ nodes: 3, onFact: (_process, fact) => onFact(fact) })
  const sessions = [1, 2, 3].map((node) => world.session(node))
  for (const name of ['r', 'r2', 'r3']) {
    for (const session of sessions) world.request(session, name, 'PR', { notify: true })
  }
  world.settle()
  for (const lock of sessions[0]?.locks.values() ?? []) world.convert(lock, 'EX')
  world.settle()
  return world
}

describe('the decoders', () => {
  test('give the same verdict on messages as their schema', () => {
    const random = createRandom('messages')
    let good = 0
    for (let count = 0; count < 40_000; count += 1) {
      const message = drawMessage(random)
      const verdict = lockMessageSchema.safeParse(message).success
      if (isLockMessage(message) !== verdict) {
        expect.fail(`isLockMessage says ${!verdict} to ${String(inspect(message))}`)
      }
      if (verdict) good += 1
    }
    expect(good).toBeGreaterThan(10_000)
    expect(good).toBeLessThan(30_000)
  })

  test('give the same verdict on transfer records as their schema', () => {
    const random = createRandom('records')
    let good = 0
    for (let count = 0; count < 40_000; count += 1) {
      const record = drawRecord(random)
      const verdict = transferSchema.safeParse(record).success
      if (isTransferRecord(record) !== verdict) {
        expect.fail(`isTransferRecord says ${!verdict} to ${String(inspect(record))}`)
      }
      if (verdict) good += 1
    }
    expect(good).toBeGreaterThan(7_000)
    expect(good).toBeLessThan(30_000)
  })
})

describe('what is not a message', () => {
  test('is rejected, changes nothing and answers nobody', () => {
    const random = createRandom('rejected')
    let facts = 0
    const world = busyWorld((fact) => {
      if ((fact as { kind: string }).kind === 'rejected') facts += 1
    })
    const before = stateOf(world)
    const sentBefore = world.cluster.sent
    let bad = 0
    for (let count = 0; count < 20_000; count += 1) {
      const message = drawMessage(random)
      if (lockMessageSchema.safeParse(message).success) continue
      bad += 1
      const input = { kind: 'received', from: 1 + random.below(4), epoch: 1, message } as const
      world.cluster.give(world.node(1), input)
    }
    expect(bad).toBeGreaterThan(5_000)
    expect(facts).toBe(bad)
    expect(world.cluster.sent).toBe(sentBefore)
    expect(stateOf(world)).toBe(before)
  })

  test('is rejected as a transfer, and changes nothing', () => {
    const random = createRandom('transfers')
    const world = busyWorld(() => undefined)
    const before = stateOf(world)
    for (let count = 0; count < 20_000; count += 1) {
      const record = drawRecord(random)
      if (transferSchema.safeParse(record).success) continue
      world.node(1).engine.accept(1 + random.below(4), record)
    }
    world.node(1).engine.drain()
    expect(stateOf(world)).toBe(before)
  })
})

test('what is well-formed and makes no sense never throws and never breaks the tables', () => {
  for (let run = 0; run < 20; run += 1) {
    const random = createRandom(`nonsense-${run}`)
    const world = busyWorld(() => undefined)
    const process = world.node(1)
    for (let count = 0; count < 500; count += 1) {
      const from = 2 + random.below(2)
      const epoch = random.below(3)
      if (random.chance(1, 4)) {
        process.engine.accept(from, drawRecord(random))
      } else {
        const message = drawMessage(random)
        process.engine.handle({ kind: 'received', from, epoch, message }, count)
      }
      process.engine.drain()
      process.engine.checkInvariants()
    }
    const lock = world.request(world.session(1), `fresh-${run}`, 'EX')
    world.settle()
    expect(lock.completions.length).toBeLessThanOrEqual(1)
  }
})

test('expedite is for NL only, in requests, conversions and records of peers too', () => {
  const world = new World({ nodes: 2 })
  const holder = world.request(world.session(1), 'r', 'EX')
  world.settle()
  const { engine } = world.node(1)
  const resource = { space: 'test', name: 'r' }
  const place = { key: keyOf(resource), session: 1, takenOver: 0, flags: flag.expedite }
  const say = (message: unknown): void => {
    engine.handle({ kind: 'received', from: 2, epoch: 1, message }, 0)
    engine.drain()
    engine.checkInvariants()
  }
  say({ ...place, kind: 'request', lock: 77, sessionLock: 7, ask: 1, mode: 'EX' })
  say({ ...place, kind: 'request', lock: 78, sessionLock: 8, ask: 1, mode: 'NL' })
  say({ kind: 'convert', lock: 78, ask: 2, takenOver: 0, flags: flag.expedite, mode: 'EX' })
  expect(outcomes(holder)).toEqual(['granted EX'])
  const queues = engine.locks(10).map(({ lock, queue }) => `${lock} ${queue}`)
  expect(queues).toEqual(['1 granted', '8 converting', '7 waiting'])
})

test('a lock whose session lives is ended by no master that says somebody has adopted it', () => {
  const world = new World({ nodes: 2 })
  const anchor = world.request(world.session(2), 'r', 'NL')
  world.settle()
  const lock = world.request(world.session(1), 'r', 'EX')
  world.settle()
  const message = { kind: 'adopted', lock: 1 }
  world.cluster.give(world.node(1), { kind: 'received', from: 2, epoch: 1, message })
  world.settle()
  expect(outcomes(anchor)).toEqual(['granted NL'])
  expect(world.node(1).engine.held()).toMatchObject([{ granted: 'EX', unlocking: false }])
  world.convert(lock, 'PR')
  expect(outcomes(lock)).toEqual(['granted EX', 'granted PR'])
})

function inspect(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === 'bigint' || typeof inner === 'symbol' ? String(inner) : inner,
  )
}
