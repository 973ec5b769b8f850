/** Two things at once: exactly one of the outcomes, whatever arrives first. */
import type { NodeId } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import type { LockMode } from '../src/messages.ts'
import type { Lock } from './checks/stage.ts'
import { Stage } from './checks/stage.ts'
import type { Process } from './harness/cluster.ts'
import type { ConvertFlags, RequestFlags } from './tables/bench.ts'
import { convertWords, inWords, range, requestWords, resource } from './tables/bench.ts'

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

/** Node 3 is the master of `r`, by a lock in NL; the messages arrive in the order of that seed. */
function stageOf(seed: number): Stage {
  const stage = new Stage(3, { seed })
  request(stage, 3, 'NL', {})
  return stage
}

function request(stage: Stage, node: NodeId, mode: LockMode, flags: RequestFlags): Lock {
  const lock = ask(stage, node, mode, flags)
  stage.settle()
  return lock
}

function ask(stage: Stage, node: NodeId, mode: LockMode, flags: RequestFlags): Lock {
  const seat = stage.open(`session-${stage.seats.length + 1}`, node)
  const lock = stage.add(seat, {
    name: `lock-${stage.locks.length + 1}`,
    path: ['r'],
    owner: undefined,
  })
  stage.call(seat, requestWords(lock, mode, flags))
  return lock
}

function different(outcomes: readonly string[]): readonly string[] {
  return [...new Set(outcomes)].sort()
}

test('of two that adopt the same orphan, one has it', () => {
  const ends = seeds.map((seed) => {
    const stage = stageOf(seed)
    const orphan = request(stage, 1, 'EX', { persistent: true })
    stage.close(orphan.seat)
    stage.settle()
    const adopters = [1, 2].map((node) => {
      const seat = stage.open(`adopter-${node}`, node)
      const lock = stage.add(seat, { name: `of-${node}`, path: ['r'], owner: undefined })
      const asked = { resource, mode: 'EX', useValue: false, notify: false } as const
      stage.call(seat, { kind: 'adopt', lock: lock.number, ...asked })
      return lock
    })
    stage.settle()
    return adopters.map((lock) => inWords(lock.completions[0])).join(', ')
  })
  const wins = ['granted EX, not-found', 'not-found, granted EX']
  expect(different(ends)).toEqual(wins)
})

test('an orphan is purged or adopted, and not both', () => {
  const ends = seeds.map((seed) => playPurge(seed))
  expect(different(ends)).toEqual(['granted EX, valid', 'not-found, not valid'])
})

function playPurge(seed: number): string {
  const stage = stageOf(seed)
  const reader = request(stage, 3, 'NL', {})
  const orphan = request(stage, 1, 'EX', { persistent: true })
  stage.close(orphan.seat)
  stage.settle()
  const purger = stage.open('purger', 1)
  const adopter = stage.open('adopter', 2)
  const lock = stage.add(adopter, { name: 'adopted', path: ['r'], owner: undefined })
  const asked = { resource, mode: 'EX', useValue: false, notify: false } as const
  stage.call(purger, { kind: 'purge' })
  stage.call(adopter, { kind: 'adopt', lock: lock.number, ...asked })
  stage.settle()
  // It may count what it has begun to free and somebody else has adopted.
  expect(stage.takeHeard().filter((line) => /^purger purged [01]$/.test(line))).toHaveLength(1)
  stage.call(reader.seat, convertWords(reader, 'NL', { useValue: true }))
  stage.settle()
  const isValid = reader.completions.at(-1)?.value?.valid
  return `${inWords(lock.completions[0])}, ${isValid === true ? 'valid' : 'not valid'}`
}

test('two purges count each orphan once', () => {
  const sums = seeds.map((seed) => {
    const stage = stageOf(seed)
    for (const node of [1, 2, 2]) {
      const orphan = request(stage, node, 'CR', { persistent: true })
      stage.close(orphan.seat)
    }
    stage.settle()
    for (const node of [1, 2]) stage.call(stage.open(`purger-${node}`, node), { kind: 'purge' })
    stage.settle()
    const counts = stage.takeHeard().filter((line) => line.startsWith('purger-'))
    expect(counts).toHaveLength(2)
    return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  })
  expect(sums).toEqual(seeds.map(() => 3))
})

/** Who does not hear the answers of the master before it dies: the adopter, the old holder, or both. */
test.each([
  ['an adoption unheard', [2]],
  ['an adoption unheard by the old holder', [1]],
  ['an adoption unheard by both', [1, 2]],
  ['an adoption that both have heard of', []],
])('%s, and a master that dies', (_what, deaf) => {
  for (const seed of seeds) playAdoption(deaf, seed)
})

function playAdoption(deaf: readonly NodeId[], seed: number): void {
  const stage = stageOf(seed)
  const orphan = request(stage, 1, 'EX', { persistent: true })
  stage.close(orphan.seat)
  stage.settle()
  const adopter = stage.open('adopter', 2)
  const lock = stage.add(adopter, { name: 'adopted', path: ['r'], owner: undefined })
  const asked = { resource, mode: 'EX', useValue: false, notify: false } as const
  stage.call(adopter, { kind: 'adopt', lock: lock.number, ...asked })
  stage.cluster.settle((from, to) => from.id !== 3 || !deaf.includes(to.id))
  stage.kill(3)
  expect(inWords(lock.completions[0])).toBe('granted EX')
  const third = request(stage, 1, 'CR', { noQueue: true })
  expect(inWords(third.completions[0])).toBe('denied')
  stage.call(adopter, { kind: 'unlock', lock: lock.number })
  stage.settle()
  const fourth = request(stage, 1, 'EX', { noQueue: true })
  expect(inWords(fourth.completions[0])).toBe('granted EX')
}

test('a wait that ends in time or not has one end', () => {
  const ends = seeds.map((seed) => {
    const stage = stageOf(seed)
    const holder = request(stage, 1, 'EX', {})
    const waiter = request(stage, 2, 'EX', { timeoutMs: 100 })
    // The holder gives way in the last moment; its word and the tick may come in either order.
    stage.call(holder.seat, { kind: 'unlock', lock: holder.number })
    if (seed % 2 === 0) stage.settle()
    stage.cluster.now += 100
    for (const process of stage.cluster.processes) stage.cluster.give(process, { kind: 'tick' })
    stage.settle()
    stage.pass(1_000)
    const third = request(stage, 1, 'EX', {})
    const isFree = inWords(third.completions[0]) === 'granted EX'
    return `${waiter.completions.map(inWords).join()}, ${isFree ? 'free' : 'taken'}`
  })
  expect(different(ends)).toEqual(['granted EX, taken', 'timed-out, free'])
})

test('a conversion and its cancel have one end between them', () => {
  const ends = seeds.map((seed) => {
    const stage = stageOf(seed)
    const beside = request(stage, 1, 'PR', {})
    const lock = request(stage, 2, 'PR', {})
    stage.call(lock.seat, convertWords(lock, 'EX', {}))
    stage.settle()
    stage.call(beside.seat, { kind: 'unlock', lock: beside.number })
    stage.call(lock.seat, { kind: 'cancel', lock: lock.number })
    stage.settle()
    return lock.completions.slice(1).map(inWords).join(', ')
  })
  const wins = ['cancelled PR, cancelled PR', 'granted EX, nothing-to-cancel EX']
  expect(different(ends)).toEqual(wins)
})

test('a subtree goes as a whole, whatever is under way in it', () => {
  const ends = seeds.map((seed) => {
    const stage = stageOf(seed)
    const parent = request(stage, 2, 'PR', {})
    const { seat } = parent
    const below = { path: ['r', 'k'], owner: undefined }
    const [first, second] = ['first', 'second'].map((name) => stage.add(seat, { name, ...below }))
    const child = { parent: parent.number }
    if (first === undefined || second === undefined) throw new Error('two locks were added')
    stage.call(seat, requestWords(first, 'PR', child))
    if (seed % 3 !== 0) stage.settle()
    stage.call(seat, { kind: 'unlock', lock: first.number })
    stage.call(seat, requestWords(second, 'PR', child))
    if (seed % 3 === 1) stage.settle()
    stage.call(seat, { kind: 'unlock', lock: parent.number, subtree: 'with' })
    stage.settle()
    const { outcome, also = [] } = parent.completions.at(-1) ?? {}
    expect([outcome, also.includes(second.number)]).toEqual(['unlocked', true])
    expect(seat.ends.size).toBe(seat.calls)

    const other = stage.open('other', 1)
    const top = stage.add(other, { name: 'top', path: ['r'], owner: undefined })
    const low = stage.add(other, { name: 'low', ...below })
    stage.call(other, requestWords(top, 'EX', {}))
    stage.settle()
    stage.call(other, requestWords(low, 'EX', { parent: top.number }))
    stage.settle()
    return [top, low].map((lock) => inWords(lock.completions[0])).join(', ')
  })
  expect(different(ends)).toEqual(['granted EX, granted EX'])
})

interface Unheard {
  readonly what: string
  readonly first: readonly [LockMode, RequestFlags]
  readonly way: readonly [LockMode, ConvertFlags]
  /** What another lock is granted meanwhile: a new one, or one that was converting. */
  readonly third?: readonly [LockMode, RequestFlags]
  readonly converting?: readonly [LockMode, LockMode]
}

const unheard: readonly Unheard[] = [
  { what: 'PR to CW', first: ['PR', {}], way: ['CW', {}], third: ['CW', {}] },
  {
    what: 'a range that moves',
    first: ['EX', range(0, 9)],
    way: ['EX', range(5, 14)],
    third: ['EX', range(0, 4)],
  },
  {
    what: 'a demotion',
    first: ['PR', {}],
    way: ['EX', { demote: true }],
    converting: ['PR', 'EX'],
  },
]

/** The old master decided, somebody else was granted something on that, and the holder never heard. */
test.each(unheard)('$what, decided by a master that dies with its answer', (row) => {
  for (const seed of seeds) playUnheard(row, seed)
})

function playUnheard({ first, way, third, converting }: Unheard, seed: number): void {
  const stage = stageOf(seed)
  const lock = request(stage, 2, ...first)
  const beside = converting && request(stage, 1, converting[0], {})
  if (beside && converting) stage.call(beside.seat, convertWords(beside, converting[1], {}))
  stage.settle()

  const isHeard = (from: Process, to: Process): boolean => from.id !== 3 || to.id !== 2
  lock.mayBeDemoted = way[1].demote === true
  const call = stage.call(lock.seat, convertWords(lock, ...way))
  stage.cluster.settle(isHeard)
  const other = beside ?? (third && ask(stage, 1, ...third))
  stage.cluster.settle(isHeard)
  const granted = `granted ${third?.[0] ?? converting?.[1]}`
  expect(inWords(other?.completions.at(-1))).toBe(granted)
  expect(lock.seat.ends.get(call)).toBeUndefined()

  // The takeover checks that what both hold may be held at once.
  stage.kill(3)
  expect(inWords(other?.completions.at(-1))).toBe(granted)
  expect(inWords(lock.seat.ends.get(call))).toBe(third ? `granted ${way[0]}` : 'pending')
  if (other) stage.call(other.seat, { kind: 'unlock', lock: other.number })
  stage.settle()
  expect(inWords(lock.completions.at(-1))).toBe(`granted ${way[0]}`)
  expect(lock.completions.at(-1)?.demoted ?? false).toBe(converting !== undefined)
}
