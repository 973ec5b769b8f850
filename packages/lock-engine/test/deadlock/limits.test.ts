import { describe, expect, test } from 'vitest'
import { wordsOfCycle } from '../../src/deadlock/cycle-words.ts'
import type { Cycle } from '../../src/deadlock/cycles.ts'
import type { DeadlockMessage } from '../../src/deadlock/deadlock-messages.ts'
import type { Blocker, WaitGraph } from '../../src/deadlock/graph.ts'
import { callsOnCycles } from './board.ts'
import { ring } from './rings.ts'
import { SearchWorld } from './search-world.ts'

const enough = 1_500

describe('a limit', () => {
  test('on waits cuts a batch; what does not fit is not judged, and a smaller ring is', () => {
    const limits = { waitsPerBatchMax: 5 }
    const large = new SearchWorld({ nodes: 3, limits })
    ring(large, 6, 3)
    large.runFor(5 * enough)
    expect(large.victims).toEqual([])
    expect(large.facts.some(({ cut }) => cut)).toBe(true)
    const small = new SearchWorld({ nodes: 3, limits })
    ring(small, 5, 3)
    small.runFor(enough)
    expect(small.victims.length).toBe(1)
    expect(small.facts.some(({ cut }) => cut)).toBe(false)
  })

  test('on parties likewise', () => {
    const large = new SearchWorld({ nodes: 3, delayMax: 2, limits: { partiesPerBatchMax: 4 } })
    // Long between the waits: only one of them is due, so the others are found through parties.
    ring(large, 6, 3, { gapMs: 150 })
    large.runFor(350)
    expect(large.victims).toEqual([])
    expect(large.facts.at(-1)?.cut).toBe(true)
  })

  test('on rounds ends the walk; what was read by then is judged', () => {
    const options = { nodes: 3, delayMax: 2, limits: { roundsPerBatchMax: 3 } }
    // One call after the other is due, and it takes two rounds from a call to the next.
    const slow = new SearchWorld(options)
    ring(slow, 6, 3, { gapMs: 150 })
    slow.runFor(3 * enough)
    expect(slow.victims).toEqual([])
    expect(slow.facts.every(({ cut }) => cut)).toBe(true)
    // All are due at once.
    const quick = new SearchWorld(options)
    ring(quick, 6, 3, { gapMs: 0 })
    quick.runFor(enough)
    expect(quick.victims.length).toBe(1)
  })

  test('on what is queued for a batch drops what will come again', () => {
    const world = new SearchWorld({ nodes: 3, limits: { waitsQueuedMax: 1, waitsPerBatchMax: 8 } })
    ring(world, 6, 3, { gapMs: 0 })
    world.runFor(2 * enough)
    expect(world.victims.length).toBe(1)
    expect(world.facts.some(({ cut }) => cut)).toBe(true)
  })

  test('on how often holds back batches and what is due, and loses nothing', () => {
    const world = new SearchWorld({ nodes: 3, limits: { pauseMs: 400 } })
    const { board } = world
    for (let session = 1; session <= 50; session += 1) {
      board.request('2/1', `2/${session}`, 'EX')
      board.request(`3/${session}`, `2/${session}`, 'EX')
      world.runFor(20)
    }
    ring(world, 3, 3)
    const [facts, due] = [world.facts.length, world.sent.get('deadlock-due') ?? 0]
    world.runFor(4_000)
    expect(world.victims.length).toBe(1)
    expect(world.facts.length - facts).toBeLessThanOrEqual(11)
    // From nodes 2 and 3.
    expect((world.sent.get('deadlock-due') ?? 0) - due).toBeLessThanOrEqual(22)
    const alone = new SearchWorld({ nodes: 3, limits: { pauseMs: 400 } })
    ring(alone, 2, 3)
    alone.runFor(1_300)
    expect(alone.victims.length).toBe(0)
    alone.runFor(200)
    expect(alone.victims.length).toBe(1)
  })

  test('on calls in one message splits them: more are due than fit into one', () => {
    const world = new SearchWorld({ nodes: 2 })
    const { board } = world
    board.request('2/1', '2/x', 'EX')
    board.request('1/1', '1/y', 'EX')
    for (let session = 2; session < 262; session += 1) board.request(`1/${session}`, '2/x', 'EX')
    board.request('1/1', '2/x', 'EX', { anyOrder: true })
    board.request('2/1', '1/y', 'EX')
    world.runFor(1_300)
    expect(world.sent.get('deadlock-due')).toBe(2)
    expect(world.victims.length).toBe(1)
  })

  test('on locks told for one wait hides none for ever', () => {
    const world = new SearchWorld({ nodes: 2 })
    const { board } = world
    for (let session = 1; session <= 200; session += 1) board.request(`2/${session}`, '2/x', 'PR')
    board.request('1/1', '1/y', 'EX')
    board.request('1/1', '2/x', 'EX')
    board.request('2/200', '1/y', 'EX')
    world.runFor(10_000)
    expect(world.victims.length).toBe(1)
    expect(callsOnCycles(board).size).toBe(0)
  })
})

/** Bytes of MessagePack, every number of the longest kind. */
function packedLength(value: unknown): number {
  if (typeof value === 'string') return 3 + new TextEncoder().encode(value).length
  if (typeof value === 'number') return 9
  if (typeof value !== 'object' || value === null) return 1
  const parts = Array.isArray(value) ? value : Object.entries(value).flat()
  return parts.reduce((sum: number, part) => sum + packedLength(part), 3)
}

function longestString(value: unknown): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length
  if (typeof value !== 'object' || value === null) return 0
  return Math.max(0, ...Object.values(value).map(longestString))
}

describe('a message fits into a frame', () => {
  const owner = (index: number): string => `=${String(index).padStart(64, '‱')}`

  /** Every text as long as it may be, every wait behind a thousand others. */
  const graph: WaitGraph = {
    due: () => [],
    deadline: () => undefined,
    waitsOf: (party) =>
      Array.from({ length: 100 }, (_, lock) => ({
        lock: lock + party.length,
        master: 2 ** 53 - 1,
      })),
    waitOf: ({ holder, lock }) => {
      const version = 2 ** 53 - 1
      const words = '‱'.repeat(4_000)
      const wait = { holder, lock, version, party: owner(0), priority: 255, waitedMs: 1.5, words }
      const blockers = Array.from({ length: 1_000 }, (_, index): Blocker => {
        return { holder: index, lock, version, party: owner(index + 1), words }
      })
      return { wait, blockers }
    },
    isUnchanged: () => false,
    deny: () => true,
  }

  test('even with the longest texts', () => {
    const sent: DeadlockMessage[] = []
    const world = new SearchWorld({
      nodes: 2,
      bendGraph: () => graph,
      bend: (message) => {
        sent.push(message)
        return message
      },
    })
    const waits = Array.from({ length: 256 }, (_, lock) => ({ holder: 1, lock }))
    const parties = Array.from({ length: 200 }, (_, index) => owner(index))
    world.search(2).onMessage(1, { kind: 'deadlock-ask', ask: 2 ** 40, waits, parties }, 0)
    world.search(2).onMessage(
      1,
      {
        kind: 'deadlock-check',
        ask: 2 ** 40,
        locks: Array.from({ length: 512 }, (_, lock) => ({ holder: 1, lock, version: 2 ** 50 })),
      },
      0,
    )
    world.runFor(100)
    expect(sent.length).toBeGreaterThan(100)
    for (const message of sent) {
      // The head of the packet and of the link takes less than 200 bytes.
      expect(packedLength(message)).toBeLessThan(65_536 - 200)
      expect(longestString(message)).toBeLessThanOrEqual(512)
    }
    const told = sent.flatMap((message) => (message.kind === 'deadlock-told' ? [message] : []))
    expect(told.flatMap((page) => page.waits).length).toBe(256)
    expect(told.flatMap((page) => page.calls).length).toBe(4_000)
    expect(told.map(({ last }) => last)).toEqual([...told.slice(1).map(() => false), true])
  })

  test('with a cycle of any length, which is told from its beginning', () => {
    const cycleOf = (steps: number, words: string): Cycle => {
      const party = (index: number): string => `1/${index}`
      const made = Array.from({ length: steps }, (_, index) => {
        const lock = { holder: 1, lock: index, version: 1, words }
        const wait = { ...lock, party: party(index), priority: 1, waitedMs: 1 }
        const blocker = { ...lock, party: party((index + 1) % steps) }
        return { read: { wait, master: 1, since: 0, blockers: [blocker] }, blocker }
      })
      return made as unknown as Cycle
    }
    for (const words of ['EX on a', 'EX on '.padEnd(160, 'a'), '‱'.repeat(160)]) {
      for (const steps of [2, 6, 40, 5_000]) {
        const lines = wordsOfCycle(cycleOf(steps, words))
        expect(new TextEncoder().encode(lines.join('; ')).length).toBeLessThanOrEqual(2_000)
        expect(longestString(lines)).toBeLessThanOrEqual(500)
        expect(lines[0]).toMatch(/^n1\/0 waits for /)
        expect(lines.length).toBeLessThanOrEqual(32)
        const rest = /^and (\d+) more waits back to the first$/.exec(lines.at(-1) ?? '')
        expect(lines.length - (rest ? 1 : 0) + Number(rest?.[1] ?? 0)).toBe(steps)
      }
    }
  })
})
