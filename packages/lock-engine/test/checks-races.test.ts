/** Two things at once: exactly one of the outcomes, whatever arrives first. */
import { expect, test } from 'vitest'
import type { Lock } from './checks/stage.ts'
import { Stage } from './checks/stage.ts'
import { convertWords, inWords, requestWords, resource } from './tables/bench.ts'

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

/** Node 3 is the master of `r`, by a lock in NL; the messages arrive in the order of that seed. */
function stageOf(seed: number): Stage {
  const stage = new Stage(3, { seed })
  request(stage, 3, 'NL', {})
  return stage
}

function request(
  stage: Stage,
  node: number,
  mode: 'NL' | 'PR' | 'EX',
  flags: { persistent?: boolean; timeoutMs?: number },
): Lock {
  const seat = stage.open(`session-${stage.seats.length + 1}`, node)
  const lock = stage.add(seat, {
    name: `lock-${stage.locks.length + 1}`,
    path: ['r'],
    owner: undefined,
  })
  stage.call(seat, requestWords(lock, mode, flags))
  stage.settle()
  return lock
}

/** The last thing that a lock was told, in each run. */
function tally(outcomes: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return counts
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
  const counts = tally(ends)
  const wins = ['granted EX, not-found', 'not-found, granted EX']
  expect([...counts.keys()].sort()).toEqual(wins)
})

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
  const counts = tally(ends)
  expect([...counts.keys()].sort()).toEqual(['granted EX, taken', 'timed-out, free'])
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
  const counts = tally(ends)
  const wins = ['cancelled PR, cancelled PR', 'granted EX, nothing-to-cancel EX']
  expect([...counts.keys()].sort()).toEqual(wins)
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
  expect([...tally(ends).keys()]).toEqual(['granted EX, granted EX'])
})
