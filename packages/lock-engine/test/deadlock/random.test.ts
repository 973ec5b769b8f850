/**
 * Random waits that change while searches run, against an onlooker who sees all tables at once.
 */
import type { Random } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import type { LockVersion } from '../../src/deadlock/graph.ts'
import type { LockMode } from '../../src/messages.ts'
import { type BoardLock, callsOnCycles, isQueued, nameOfCall } from './board.ts'
import { SearchWorld, type WorldOptions } from './search-world.ts'

const deadlockMs = 300
/** One round there and back takes at most this long. */
const roundMs = 20

interface Run {
  readonly world: SearchWorld
  /** Victims before the last random change and after it. */
  readonly early: number
  readonly late: number
}

/** Changes things at random for a while; then leaves them alone. */
function run(seed: string, options: Partial<WorldOptions> = {}): Run {
  const world = new SearchWorld({ nodes: 4, seed, deadlockMs, ...options })
  const random = world.random.fork('changes')
  for (let step = 0; step < 150; step += 1) {
    change(world, random)
    world.runFor(1 + random.below(random.chance(1, 10) ? 300 : 20))
  }
  const early = world.victims.length
  settle(world)
  return { world, early, late: world.victims.length - early }
}

function change(world: SearchWorld, random: Random): void {
  const { board } = world
  const alive = board.locks.filter(({ queue }) => queue !== 'gone')
  const granted = alive.filter(({ queue }) => queue === 'granted')
  const draw = random.below(20)
  if (draw < 9 && alive.length < 40) request(world, random)
  else if (draw < 13 && granted.length > 0) board.convert(random.pick(granted), mode(random))
  else if (draw < 18 && granted.length > 0) board.release(random.pick(granted))
  else if (alive.some(isQueued)) board.cancel(random.pick(alive.filter(isQueued)))
}

function request({ board }: SearchWorld, random: Random): void {
  const session = `${1 + random.below(4)}/${1 + random.below(2)}`
  const name = `${1 + random.below(4)}/r${random.below(2)}`
  const owner = random.chance(1, 6) ? { owner: random.pick(['T', 'U']) } : {}
  const alone = !('owner' in owner) && random.chance(1, 8)
  const priority = random.pick([1, 128, 128, 200])
  board.request(session, name, mode(random), {
    ...owner,
    alone,
    priority,
    anyOrder: random.chance(1, 6),
  })
}

function mode(random: Random): LockMode {
  return random.pick(['CR', 'CW', 'PR', 'PW', 'EX', 'EX'])
}

/**
 * Nothing changes any more but by victims. A call that is on cycles all the time is found within the
 * bound: it is due after deadlockMs, a batch of a few rounds is perhaps under way, then its own comes.
 */
function settle(world: SearchWorld): void {
  const boundMs = deadlockMs + 40 * roundMs
  for (let before = callsOnCycles(world.board); before.size > 0; ) {
    world.runFor(boundMs)
    const after = callsOnCycles(world.board)
    const lasting = [...before].filter((call) => after.has(call))
    if (lasting.length > 0) expect.fail(`a cycle lasted for ${boundMs} ms: ${lasting.join(', ')}`)
    before = after
  }
}

/** What must be true of every victim. */
function faultsOf({ world, early }: Run): readonly string[] {
  return world.victims.flatMap(({ lock, wasOnCycle, isOnCycle }, index) => {
    const who = `victim ${index}, ${lock.lost.at(-1)?.join('; ')}`
    if (!wasOnCycle) return [`${who}: was on no cycle when the check was sent`]
    if (index >= early && !isOnCycle) return [`${who}: was not needed`]
    return []
  })
}

const seeds = Array.from({ length: 60 }, (_, index) => `random-${index}`)

test('every victim was on a whole cycle, none lasts, and none loses in vain', () => {
  let victims = 0
  let late = 0
  for (const seed of seeds) {
    const result = run(seed)
    expect(faultsOf(result), seed).toEqual([])
    victims += result.world.victims.length
    late += result.late
  }
  expect(victims).toBeGreaterThan(300)
  expect(late).toBeGreaterThan(20)
})

describe('a planted bug is found:', () => {
  const faultsWith = (options: Partial<WorldOptions>): readonly string[] =>
    seeds.flatMap((seed) => {
      try {
        return faultsOf(run(seed, options))
      } catch (error) {
        return [String(error)]
      }
    })

  test('no second reading', () => {
    const faults = faultsWith({
      bend: (message) =>
        message.kind === 'deadlock-checked' ? { ...message, changed: [] } : message,
    })
    expect(faults.filter((fault) => fault.includes('was on no cycle')).length).toBeGreaterThan(0)
  })

  test('edges of the order in a queue left out', () => {
    const faults = faultsWith({
      bendGraph: (graph) => ({
        ...graph,
        waitOf: (lock, turn) => {
          const found = graph.waitOf(lock, turn)
          if (found === undefined) return undefined
          const blockers = [...found.blockers].filter(({ words }) => words.startsWith('holds'))
          return { ...found, blockers }
        },
      }),
    })
    expect(faults.filter((fault) => fault.includes('a cycle lasted')).length).toBeGreaterThan(0)
  })

  test('two victims for one cycle', () => {
    const faults = faultsWith({
      bendGraph: (graph, board) => ({
        ...graph,
        deny: (lock, cycle) => {
          const onCycles = callsOnCycles(board)
          const other = board.locks.find(
            (known) => onCycles.has(nameOfCall(known)) && known.lock !== lock.lock,
          )
          const denied = graph.deny(lock, cycle)
          if (denied && other !== undefined) graph.deny(versionOf(other), cycle)
          return denied
        },
      }),
    })
    expect(faults.filter((fault) => fault.includes('was not needed')).length).toBeGreaterThan(0)
  })
})

function versionOf({ holder, lock, version }: BoardLock): LockVersion {
  return { holder, lock, version }
}
