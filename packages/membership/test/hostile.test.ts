import { createMembership, parseMessage, TIMING_FAST } from '@holdfast/membership'
import { createRandom } from '@holdfast/primitives'
import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './world/world.ts'

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  0,
  '',
  'heartbeat',
  [],
  {},
  () => 1,
  Symbol('x'),
  12n,
  new Uint8Array(4),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  1e300,
  { __proto__: null },
  'x'.repeat(10_000),
  Array.from({ length: 5000 }, () => 'a'),
]

/** One genuine message of each kind that a busy cluster sends. */
function genuineMessages(): readonly Record<string, unknown>[] {
  const seen = new Map<string, Record<string, unknown>>()
  const world: World = createWorld(
    { seed: 5, genesis: ['a', 'b', 'c'], timing: TIMING_FAST, hosts: { d: { votes: 1 } } },
    [
      {
        afterEvent: () => undefined,
        onMessage: (_world, _from, _to, message) => void seen.set(message.kind, { ...message }),
      },
    ],
  )
  for (const node of ['a', 'b', 'c']) world.start(node)
  world.run(3000)
  for (const node of ['a', 'b', 'c']) world.input(node, { kind: 'propose', notes: ['a note'] })
  world.run(2000)
  world.start('d')
  world.run(2000)
  world.crash('a')
  world.run(4000)
  world.start('a')
  world.run(3000)
  const leader = world.process('b').machine.status(0).leader ?? 'b'
  world.input(leader, { kind: 'leave' })
  world.run(1000)
  world.input(leader, { kind: 'handed-over' })
  world.run(1000)
  return [...seen.values()]
}

describe('a message from outside', () => {
  const genuine = genuineMessages()

  it('is known in every kind that a cluster sends', () => {
    expect(genuine.length).toBeGreaterThanOrEqual(17)
    for (const message of genuine) expect(parseMessage(message), `${message['kind']}`).toBeDefined()
  })

  it('is refused when any field is hostile, missing or unknown', () => {
    for (const message of genuine) {
      for (const field of Object.keys(message)) {
        expect(survivors(message, field), `${message['kind']}.${field}`).toEqual([])
      }
      expect(parseMessage({ ...message, extra: 1 })).toBeUndefined()
    }
    for (const value of HOSTILE) expect(parseMessage(value)).toBeUndefined()
  })

  it('is refused with notes that are hostile, too many, too long, or of another time', () => {
    const message = genuine.find(({ kind }) => kind === 'notes')
    const commit = genuine.find(({ kind }) => kind === 'commit')
    const view = commit?.['view'] as object
    const withNotes = (notes: unknown) => parseMessage({ ...message, notes })
    const inView = (notes: unknown, epoch = 9, settled = 5) =>
      parseMessage({ ...commit, view: { ...view, epoch, settled, notes } })
    expect(withNotes(['x'.repeat(640)])).toBeDefined()
    expect(inView([{ epoch: 9, text: 'x' }])).toBeDefined()
    const texts = [[''], ['\ud800'], ['x'.repeat(641)], Array.from({ length: 129 }, () => 'x')]
    for (const bad of [...texts, Array.from({ length: 100 }, () => 'x'.repeat(200))]) {
      expect(withNotes(bad)).toBeUndefined()
      expect(inView(bad.map((text) => ({ epoch: 9, text })))).toBeUndefined()
    }
    for (const value of HOSTILE) {
      expect(withNotes([value])).toEqual(value === 'heartbeat' ? expect.anything() : undefined)
      expect(inView([{ epoch: 9, text: 'x' }, value])).toBeUndefined()
      expect(inView([{ epoch: value, text: 'x' }])).toBeUndefined()
    }
    expect(inView([{ epoch: 5, text: 'x' }])).toBeUndefined()
    expect(inView([{ epoch: 10, text: 'x' }])).toBeUndefined()
    expect(
      inView([
        { epoch: 7, text: 'x' },
        { epoch: 6, text: 'x' },
      ]),
    ).toBeUndefined()
    expect(inView([{ epoch: 9, text: 'x', more: 1 }])).toBeUndefined()
  })

  it('never throws in a machine and leaves nothing behind but a report', () => {
    const random = createRandom('hostile')
    const machine = createMembership({
      cluster: 'test',
      self: { node: 'a', incarnation: random.hex16(), address: 'x', votes: 1 },
      genesis: [{ node: 'a', votes: 1 }],
      seeds: [],
      timing: TIMING_FAST,
      random,
    })
    machine.handle({ kind: 'tick' }, 0)
    const from = { node: 'evil', incarnation: '0123456789abcdef' }
    let now = 1
    for (const message of [...HOSTILE, ...genuine, ...genuine.flatMap(mangled)]) {
      machine.handle({ kind: 'received', from, message }, now)
      machine.handle({ kind: 'received', from: { ...from, node: 'a' }, message }, now)
      now += 0.01
    }
    const outputs = machine.drain()
    expect(outputs.some((output) => output.kind === 'observed')).toBe(true)
    expect(outputs.some((output) => output.kind === 'evicted')).toBe(false)
  })
})

/** Hostile values that the schema lets through in a field. */
function survivors(message: Record<string, unknown>, field: string): readonly unknown[] {
  return HOSTILE.filter((value) => !isHarmless(message[field], value)).filter(
    (value) => parseMessage({ ...message, [field]: value }) !== undefined,
  )
}

/** True when the value is legal for this field (an empty list for a list, a zero for a counter). */
function isHarmless(genuine: unknown, value: unknown): boolean {
  if (typeof value === 'string') return typeof genuine === 'string' && value.length < 10_000
  if (Array.isArray(value)) return Array.isArray(genuine) && value.length === 0
  return value === 0 && genuine !== undefined && typeof genuine === 'number'
}

function mangled(message: Record<string, unknown>): readonly Record<string, unknown>[] {
  return Object.keys(message).flatMap((field) =>
    HOSTILE.map((value) => ({ ...message, [field]: value })),
  )
}
