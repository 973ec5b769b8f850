/** Random values: quite good messages, messages with something wrong, and anything at all. */
import type { Random } from '@holdfast/primitives'
import { modes } from './specification.ts'

type Draw = (random: Random) => unknown

const uint: Draw = (random) => random.pick([0, 1, 2, 3, 4, 5, 17, 2 ** 32, 2 ** 53 - 1])
const flag: Draw = (random) => random.chance(1, 2)
const mode: Draw = (random) => random.pick(modes)
const token: Draw = (random) => random.pick([0n, 1n, 1n << 40n, (1n << 41n) + 3n, (1n << 63n) - 1n])
const bytes: Draw = (random) => new Uint8Array(random.pick([0, 1, 8, 1024]))
const key: Draw = (random) => random.pick(keys)
const flags: Draw = (random) => random.pick([0, 1, 4, 8, 12, 64, 2 ** 19 - 1, 2 ** 19])
const range: Draw = (random) =>
  random.pick([
    { start: 0n, end: 9n },
    { start: 5n, end: 5n },
    { start: 0n, end: 2n ** 64n - 1n },
    { start: 9n, end: 0n },
    { start: 0n, end: 2n ** 64n },
    { start: 0, end: 9 },
  ])
const owner: Draw = (random) => random.pick(['t1', 't2', 'x'.repeat(64), 'x'.repeat(65)])
const priority: Draw = (random) => random.pick([0, 128, 255, 256])
const part = (text: string): string => String.fromCharCode(text.length) + text
/** Good ones in the beginning; then what no names make. */
const keys: readonly string[] = [
  part('test') + part('r'),
  part('test') + part('r2'),
  part('test') + part('r') + part('child'),
  part('other') + part('x'.repeat(255)),
  part('') + part('inner'),
  part('te\u0000t') + part('\u00ff\u0000'),
  '',
  part('test'),
  part('test') + part(''),
  `${part('test')}\u0005r`,
  part('test') + part('\u0100'),
  part('test') + part('a').repeat(17),
]

const lock = uint
const counter: Draw = (random) => random.pick([0, 1, 17, 2 ** 40 - 1, 2 ** 40])
const takenOver = uint

const maybe =
  (draw: Draw): Draw =>
  (random) =>
    random.chance(1, 2) ? draw(random) : undefined

function rare(draw: Draw): Draw {
  return (random) => (random.chance(1, 12) ? draw(random) : undefined)
}

const listOf =
  (draw: Draw): Draw =>
  (random) =>
    Array.from({ length: random.pick([0, 0, 1, 2]) }, () => draw(random))

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

const terms = {
  mode,
  flags,
  range: rare(range),
  priority: rare(priority),
  deadlockMs: rare(uint),
  value: maybe(bytes),
}
const request = {
  lock,
  session: uint,
  sessionLock: uint,
  key,
  owner: rare(owner),
  parent: rare(uint),
  ...terms,
  takenOver,
  ask: uint,
}
const convert = { lock, takenOver, ask: uint, ...terms }
const lockName = recordOf({ holder: uint, lock })
const adopted = recordOf({ from: rare(lockName), owner: rare(owner), priority: rare(priority) })
const granted = {
  mode,
  range: rare(range),
  token: maybe(token),
  value: maybe(bytes),
  valid: flag,
  sequence: uint,
  demoted: rare(flag),
  alternate: rare(flag),
  adopted: rare(adopted),
}
const value = recordOf({ bytes, sequence: uint, valid: flag })
const ending = recordOf({ value: maybe(bytes), invalidate: flag })
const queued = recordOf({ ...terms, order: uint, waitedMs: uint })
const moving = recordOf({ ask: uint, mode, range: rare(range), demote: flag })
const held = recordOf({
  mode,
  range: rare(range),
  token: maybe(token),
  valid: flag,
  sequence: uint,
})
const ownerRecord = recordOf({ holder: uint, lock, done: uint })
const why: Draw = (random) =>
  random.pick(['busy', 'deadlock', 'tokens-used-up', 'no-orphan', 'other-orphan'])
const words: Draw = (random) => random.pick(['a cycle', 'x'.repeat(4096), 'x'.repeat(4097)])

const messages: Readonly<Record<string, Readonly<Record<string, Draw>>>> = {
  lookup: request,
  'master-is': { lock, master: uint, takenOver },
  appointed: { lock, counter },
  retire: { key, counter },
  retired: { key },
  request,
  convert,
  unlock: { lock, takenOver, ask: uint, value: maybe(bytes), invalidate: flag, ended: rare(flag) },
  cancel: { lock, takenOver, ask: uint },
  orphan: { lock, takenOver, ask: uint },
  took: { lock, takenOver, ask: uint },
  granted: { lock, ask: uint, ...granted, takenOver },
  queued: { lock, ask: uint, order: uint, demoted: rare(flag), held: rare(held), takenOver },
  denied: {
    lock,
    ask: uint,
    why,
    words: rare(words),
    demoted: rare(flag),
    held: rare(held),
    takenOver,
  },
  unlocked: { lock, ask: uint },
  'cancel-done': { lock, ask: uint, cancelled: flag, demoted: rare(flag), held: rare(held) },
  'not-master': { lock, ask: uint },
  blocking: { lock, mode },
  adopted: { lock },
  taken: { key, takenOver },
}

const resource = { key, takenOver }

const records: Readonly<Record<string, Readonly<Record<string, Draw>>>> = {
  lock: {
    ...resource,
    lock,
    session: uint,
    sessionLock: uint,
    flags,
    priority: rare(priority),
    owner: rare(owner),
    parent: rare(uint),
    granted: maybe(mode),
    range: rare(range),
    token: maybe(token),
    queued: maybe(queued),
    moving: rare(moving),
    demoted: rare(flag),
    ending: rare(ending),
    orphan: rare(flag),
    adopted: rare(lockName),
    known: uint,
    ask: uint,
    copy: maybe(value),
  },
  value: { ...resource, value, owners: listOf(ownerRecord) },
  'last-word': { ...resource, lock, ending, adopted: rare(lockName) },
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
