/** Random values: quite good messages, messages with something wrong, and anything at all. */
import type { Random } from '@holdfast/primitives'
import { modes } from './specification.ts'

type Draw = (random: Random) => unknown

const uint: Draw = (random) => random.pick([0, 1, 2, 3, 4, 5, 17, 2 ** 32, 2 ** 53 - 1])
const flag: Draw = (random) => random.chance(1, 2)
const mode: Draw = (random) => random.pick(modes)
const token: Draw = (random) => random.pick([0n, 1n, 1n << 40n, (1n << 41n) + 3n, (1n << 63n) - 1n])
const bytes: Draw = (random) => new Uint8Array(random.pick([0, 1, 8, 1024]))
const space: Draw = (random) => random.pick(['test', 'other', ''])
const name: Draw = (random) =>
  random.pick(['r', 'r2', 'é'.repeat(200), 'x'.repeat(255), 'a\u0000b'])
const lock = uint
const takenOver = uint

const maybe =
  (draw: Draw): Draw =>
  (random) =>
    random.chance(1, 2) ? draw(random) : undefined

const recordOf =
  (fields: Readonly<Record<string, Draw>>): Draw =>
  (random) => {
    const record: Record<string, unknown> = {}
    for (const [key, draw] of Object.entries(fields)) {
      const value = draw(random)
      if (value !== undefined || random.chance(1, 4)) record[key] = value
    }
    return record
  }

const request = {
  lock,
  session: uint,
  space,
  name,
  mode,
  noQueue: flag,
  useValue: flag,
  notify: flag,
  takenOver,
  ask: uint,
}
const convert = {
  lock,
  takenOver,
  ask: uint,
  mode,
  noQueue: flag,
  queueFair: flag,
  useValue: flag,
  value: maybe(bytes),
}
const granted = { mode, token: maybe(token), value: maybe(bytes), valid: flag, sequence: uint }
const value = recordOf({ bytes, sequence: uint, valid: flag })
const owner = recordOf({ holder: uint, lock })
const ending = recordOf({ value: maybe(bytes), invalidate: flag })
const queued = recordOf({ mode, order: uint, queueFair: flag, useValue: flag, value: maybe(bytes) })
const why: Draw = (random) => random.pick(['busy', 'deadlock', 'tokens-used-up'])

const messages: Readonly<Record<string, Readonly<Record<string, Draw>>>> = {
  lookup: request,
  'master-is': { lock, master: uint, takenOver },
  appointed: { lock, counter: uint },
  retire: { space, name, counter: uint },
  retired: { space, name },
  request,
  convert,
  unlock: { lock, takenOver, ask: uint, value: maybe(bytes), invalidate: flag },
  cancel: { lock, takenOver, ask: uint },
  granted: { lock, ask: uint, ...granted, takenOver },
  queued: { lock, ask: uint, order: uint, takenOver },
  denied: { lock, ask: uint, why, takenOver },
  unlocked: { lock, ask: uint },
  'cancel-done': { lock, ask: uint, cancelled: flag },
  'not-master': { lock, ask: uint },
  blocking: { lock, mode },
}

const resource = { space, name, takenOver }

const records: Readonly<Record<string, Readonly<Record<string, Draw>>>> = {
  lock: {
    ...resource,
    lock,
    session: uint,
    notify: flag,
    granted: maybe(mode),
    token: maybe(token),
    queued: maybe(queued),
    sideways: maybe(mode),
    ending: maybe(ending),
    known: uint,
    ask: uint,
    copy: maybe(value),
  },
  value: { ...resource, value, owner: maybe(owner) },
  entry: { ...resource, master: uint, toldIn: uint },
}

const anything: Draw = (random) =>
  random.pick<unknown>([
    undefined,
    null,
    -1,
    -0,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '',
    'EX',
    'constructor',
    '__proto__',
    'x'.repeat(256),
    true,
    -1n,
    1n << 63n,
    [],
    ['kind'],
    {},
    { kind: 'request' },
    new Map(),
    new Date(0),
    new Uint8Array(1025),
    new Uint16Array(4),
    () => 1,
    Symbol('kind'),
    Object.create(null),
  ])

function drawFrom(
  random: Random,
  table: Readonly<Record<string, Readonly<Record<string, Draw>>>>,
): unknown {
  if (random.chance(1, 20)) return anything(random)
  const kind = random.pick(Object.keys(table))
  const record = recordOf(table[kind] ?? {})(random) as Record<string, unknown>
  const message: Record<string, unknown> = { kind, ...record }
  return random.chance(1, 2) ? message : spoil(random, message)
}

function spoil(random: Random, message: Record<string, unknown>): unknown {
  const key = random.pick(Object.keys(message))
  const draw = random.below(4)
  if (draw === 0) delete message[key]
  else if (draw === 1) message[random.pick(['extra', 'kind', 'toString', ''])] = anything(random)
  else message[key] = anything(random)
  return message
}

export function drawMessage(random: Random): unknown {
  return drawFrom(random, messages)
}

export function drawRecord(random: Random): unknown {
  return drawFrom(random, records)
}
