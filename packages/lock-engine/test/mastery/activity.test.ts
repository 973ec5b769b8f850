import { createRandom, type NodeId, type Random } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { Activity, type Interest } from '../../src/mastery/activity.ts'
import { type Move, noteOf } from '../../src/mastery/move.ts'
import type { MasteryTuning } from '../../src/mastery/tuning.ts'
import type { EngineView } from '../../src/view.ts'

const period = 8_000

interface Given {
  readonly self?: NodeId
  readonly weights?: Readonly<Record<NodeId, number>>
  readonly leaving?: readonly NodeId[]
  readonly notes?: readonly string[]
}

function viewOf({ self = 1, weights = {}, leaving = [], notes = [] }: Given): EngineView {
  const members = [1, 2, 3].map((id) => {
    return { id, joined: 1, eligible: !leaving.includes(id), weight: weights[id] ?? 1 }
  })
  return { epoch: 1, settled: 0, self, members, notes }
}

function activityOf(given: Given = {}, tuning: Partial<MasteryTuning> = {}): Activity {
  const activity = new Activity(tuning)
  activity.install(viewOf(given), 0)
  return activity
}

const nobody: Interest = { locks: 2, soleHolder: undefined }
const sole = (soleHolder: NodeId): Interest => ({ locks: 1, soleHolder })

interface Work {
  readonly interest?: Interest
  readonly from?: number
  readonly periods: number
}

/** So many operations of each node in each of so many periods; what is proposed at the end of each. */
function work(
  activity: Activity,
  counts: Readonly<Record<NodeId, number>>,
  { interest = nobody, from = 0, periods }: Work,
): readonly (readonly Move[])[] {
  const proposals: (readonly Move[])[] = []
  for (let number = 0; number < periods; number += 1) {
    const start = from + number * period
    for (const [node, count] of Object.entries(counts)) {
      use(activity, { tree: 'tree', node: Number(node), count, at: start })
    }
    proposals.push(activity.propose(start + period, () => interest))
  }
  return proposals
}

interface Use {
  readonly tree?: string
  readonly node: NodeId
  readonly count: number
  readonly at: number
}

function use(activity: Activity, { tree = 'tree', node, count, at }: Use): void {
  for (let one = 0; one < count; one += 1) activity.count(tree, node, at)
}

/** Where the tree goes after so many periods of the same work. */
function goal(
  counts: Readonly<Record<NodeId, number>>,
  interest: Interest = nobody,
  given: Given = {},
  tuning: Partial<MasteryTuning> = {},
): NodeId | undefined {
  return work(activityOf(given, tuning), counts, { periods: 60, interest }).at(-1)?.[0]?.to
}

describe('a tree moves to another node', () => {
  test('that has all its locks, although it does not much', () => {
    expect(goal({ 2: 3 }, sole(2))).toBe(2)
    expect(goal({ 2: 3 }, nobody)).toBeUndefined()
    expect(goal({ 2: 3 }, sole(3))).toBeUndefined()
    expect(goal({ 2: 2 }, sole(2))).toBeUndefined()
    // Not while this node does half as much: it may only have no lock at the moment.
    expect(goal({ 1: 5, 2: 12 }, sole(2))).toBeUndefined()
    expect(goal({ 1: 5, 2: 13 }, sole(2))).toBe(2)
    expect(goal({ 1: 5, 2: 13 }, nobody)).toBeUndefined()
  })

  test('that does clearly more: more than 13 %, and more than chance would explain', () => {
    expect(goal({ 1: 1000, 2: 1135 })).toBeUndefined()
    expect(goal({ 1: 1000, 2: 1145 })).toBe(2)
    expect(goal({ 1: 10, 2: 21 })).toBeUndefined()
    expect(goal({ 1: 10, 2: 22 })).toBe(2)
    expect(goal({ 2: 10 })).toBeUndefined()
    expect(goal({ 2: 11 })).toBe(2)
  })

  test('the busiest one, if it does more than this node', () => {
    expect(goal({ 1: 100, 2: 200, 3: 300 })).toBe(3)
    expect(goal({ 1: 100, 2: 90, 3: 90 })).toBeUndefined()
  })

  test('of greater weight with less activity, in proportion', () => {
    const weights = { 1: 1, 2: 4, 3: 1 }
    expect(goal({ 1: 1000, 2: 300 }, nobody, { weights })).toBe(2)
    expect(goal({ 1: 1000, 2: 280 }, nobody, { weights })).toBeUndefined()
    const heavy = { 1: 4, 2: 1, 3: 1 }
    expect(goal({ 1: 1000, 2: 4500 }, nobody, { weights: heavy })).toBeUndefined()
    expect(goal({ 1: 1000, 2: 4600 }, nobody, { weights: heavy })).toBe(2)
    // Of two others, the one with the greater share.
    expect(goal({ 1: 100, 2: 300, 3: 1000 }, nobody, { weights })).toBe(2)
  })

  test('with weight, whatever it does, when this one has none; and never to one without', () => {
    const none = { weights: { 1: 0 } }
    expect(goal({ 1: 1000, 2: 1 }, nobody, none)).toBe(2)
    expect(goal({ 1: 1000 }, nobody, none)).toBeUndefined()
    expect(goal({ 2: 1000 }, sole(2), { weights: { 2: 0 } })).toBeUndefined()
    expect(goal({ 2: 1000 }, sole(2), { weights: { 1: 0, 2: 0 } })).toBeUndefined()
    // When nobody has weight, all are alike.
    expect(goal({ 2: 1000 }, sole(2), { weights: { 1: 0, 2: 0, 3: 0 } })).toBe(2)
    expect(goal({ 1: 1000, 2: 1 }, nobody, { weights: { 1: 0, 2: 0, 3: 0 } })).toBeUndefined()
  })

  test('that stays, and from one that stays', () => {
    expect(goal({ 2: 1000 }, sole(2), { leaving: [2] })).toBeUndefined()
    expect(goal({ 2: 1000 }, sole(2), { leaving: [1] })).toBeUndefined()
  })
})

describe('a tree stays', () => {
  test('until both have been counted for a whole period', () => {
    const proposals = work(activityOf(), { 2: 200 }, { periods: 2 })
    expect(proposals).toEqual([[], [{ key: 'tree', from: 1, to: 2 }]])
    // Before another node came, this one's operations were not counted.
    expect(work(activityOf(), { 1: 200, 2: 200 }, { periods: 60 }).flat()).toEqual([])
  })

  test('when it has more locks than may move', () => {
    const tuning = { locksMax: 10 }
    expect(goal({ 2: 100 }, { locks: 10, soleHolder: 2 }, {}, tuning)).toBe(2)
    expect(goal({ 2: 100 }, { locks: 11, soleHolder: 2 }, {}, tuning)).toBeUndefined()
  })

  test('for 30 s after it has moved here, and then is judged anew', () => {
    const activity = activityOf({ notes: [noteOf({ key: 'tree', from: 2, to: 1 })] })
    const proposals = work(activity, { 2: 200 }, { periods: 5 })
    expect(proposals.map((moves) => moves.length)).toEqual([0, 0, 0, 1, 1])
  })

  test('when more trees should move than may in one period, and moves later', () => {
    const activity = activityOf({}, { movesMax: 10 })
    const waiting = new Set(Array.from({ length: 25 }, (_, number) => `tree ${number}`))
    const counts: number[] = []
    for (let at = 0; waiting.size > 0; at += period) {
      for (const tree of waiting) use(activity, { tree, node: 2, count: 100, at })
      const moves = activity.propose(at + period, () => nobody)
      activity.install(viewOf({ notes: moves.map(noteOf) }), at + period)
      for (const { key } of moves) waiting.delete(key)
      counts.push(moves.length)
    }
    expect(counts).toEqual([0, 10, 10, 5])
  })
})

describe('counting', () => {
  test('fades: what was done long ago counts less and less', () => {
    const activity = activityOf()
    work(activity, { 1: 1000, 2: 1000 }, { periods: 2 })
    // 1000 x (7/8)^n of both are left, and 100 more of the other node in each period.
    const proposals = work(activity, { 2: 100 }, { periods: 9, from: 2 * period })
    expect(proposals.map(({ length }) => length)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1])
  })

  test('fades over periods in which nothing is used, or this node does not run', () => {
    const left = (periods: number): boolean => {
      const activity = activityOf()
      work(activity, { 2: 500 }, { periods: 2 })
      const at = (1 + periods) * period
      activity.propose(at, () => nobody)
      activity.count('tree', 2, at)
      return activity.propose(at + period, () => nobody).length > 0
    }
    // 500 x (7/8)^13 is 88, and (7/8)^14 is 77.
    expect([13, 14].map(left)).toEqual([true, false])
  })

  test('needs no ticks while only this node uses its trees, and stops when nobody uses them', () => {
    const activity = activityOf()
    for (let one = 0; one < 100; one += 1) activity.count('tree', 1, one)
    expect(activity.deadline()).toBeUndefined()
    activity.count('tree', 2, 100)
    expect(activity.deadline()).toBe(100 + period)
    let ticks = 0
    for (let at = activity.deadline(); at !== undefined; at = activity.deadline()) {
      expect(activity.propose(at, () => sole(2))).toEqual([])
      ticks += 1
    }
    expect(ticks).toBe(33)
  })

  test('ends when the tree is mastered elsewhere', () => {
    const activity = activityOf()
    work(activity, { 2: 1000 }, { periods: 2 })
    use(activity, { node: 2, count: 1000, at: 2 * period })
    expect(activity.propose(3 * period, () => undefined)).toEqual([])

    const other = activityOf()
    work(other, { 2: 1000 }, { periods: 2 })
    use(other, { node: 2, count: 1000, at: 2 * period })
    other.install(viewOf({ notes: [noteOf({ key: 'tree', from: 1, to: 2 })] }), 2 * period)
    expect(other.propose(3 * period, () => sole(2))).toEqual([])
  })
})

/** A tree that goes where its masters send it, used by nodes 1 and 2 as `uses` draws for each period. */
function movesOver(hours: number, uses: (random: Random, at: number) => readonly [number, number]) {
  const random = createRandom('over hours')
  const nodes = [1, 2].map((self) => ({ self, activity: activityOf({ self }) }))
  const moves: number[] = []
  let master = 1
  for (let at = 0; at < hours * 3_600_000; at += period) {
    const { activity } = nodes[master - 1] as { activity: Activity }
    const [first, second] = uses(random, at)
    for (let one = 0; one < first; one += 1) activity.count('tree', 1, at)
    for (let one = 0; one < second; one += 1) activity.count('tree', 2, at)
    // Who holds something just now is chance, in proportion to what each does.
    const soleHolder = random.below(first + second + 1) < first ? 1 : 2
    const [move] = activity.propose(at + period, () => sole(soleHolder))
    if (move === undefined) continue
    moves.push(at)
    master = move.to
    const notes = [noteOf(move)]
    for (const node of nodes) node.activity.install(viewOf({ self: node.self, notes }), at + period)
  }
  return moves
}

/** Each of so many operations is done by either with the same chance. */
function fairly(random: Random, operations: number): readonly [number, number] {
  let first = 0
  for (let one = 0; one < operations; one += 1) first += random.below(2)
  return [first, operations - first]
}

describe('two equal nodes', () => {
  test.each([1, 4, 20, 100, 1000])(
    'that do the same, %i operations in 8 s by chance, do not play ping-pong',
    (operations) => {
      expect(movesOver(24, (random) => fairly(random, operations))).toEqual([])
    },
  )

  test('that take turns get the tree when it is theirs, and not more often than it may move', () => {
    const turn = (ms: number) => (_random: Random, at: number) =>
      Math.floor(at / ms) % 2 === 0 ? ([0, 500] as const) : ([500, 0] as const)
    expect(movesOver(1, turn(300_000)).length).toBe(12)
    const moves = movesOver(1, turn(period))
    for (const [index, at] of moves.slice(1).entries()) {
      expect(at - (moves[index] ?? 0)).toBeGreaterThanOrEqual(30_000)
    }
  })
})
