/** Masteries that move in an agreed view. Node 1 is the old master, 2 the new one, 3 indexes the name. */
import type { NodeId } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

const all = [1, 2, 3, 4]
const name = nameIndexedBy([all, 3], [[1, 2, 4], 4], [[1, 3, 4], 3], [[2, 3, 4], 3])
const move = [[1, 2]] as const

/** Node 1 masters the name and holds it in NL. */
function mastered(): Stage {
  const stage = new Stage({ nodes: all, name })
  stage.request(1, 1, 'NL')
  stage.settle()
  expect(stage.copies()).toEqual(['1: 1 NL granted'])
  return stage
}

const everybody = (stage: Stage, members: readonly NodeId[] = all) => stage.masters(...members)

describe('a tree moves', () => {
  test('with all its locks, queues and its value', () => {
    const stage = mastered()
    stage.request(4, 1, 'PR')
    const waiting = stage.request(2, 1, 'EX', { useValue: true })
    stage.settle()
    const behind = stage.request(1, 2, 'PR', { useValue: true })
    stage.settle()
    stage.change({ members: all, moves: move })
    expect(stage.copies()).toEqual([
      '2: 4 PR granted',
      '2: 1 NL granted',
      '2: 2 EX waiting',
      '2: 1 PR waiting',
    ])
    stage.unlock(4, 1)
    stage.settle()
    expect(stage.value(waiting)).toEqual({ text: '', valid: true })
    stage.unlock(2, 1, { writes: 'new' })
    stage.settle()
    expect(stage.value(behind)).toEqual({ text: 'new', valid: true })
    expect(everybody(stage)).toEqual([2, 2, 2, 2])
  })

  test('and the sole user pays two messages before it, and none after it', () => {
    const stage = mastered()
    stage.request(2, 1, 'NL')
    stage.settle()
    stage.unlock(1, 1)
    stage.settle()
    const cost = (): number => {
      const before = stage.cluster.sent
      stage.convert(2, 1, 'EX')
      stage.settle()
      stage.convert(2, 1, 'NL')
      stage.settle()
      return stage.cluster.sent - before
    }
    // Up two, and down one.
    expect(cost()).toBe(3)
    stage.change({ members: all, moves: move })
    expect(cost()).toBe(0)
  })

  test('not when its master is another one by now', () => {
    const stage = mastered()
    stage.change({ members: all, moves: [[4, 2]] })
    expect(stage.copies()).toEqual(['1: 1 NL granted'])
    expect(everybody(stage)).toEqual([1, 1, 1, 1])
  })

  test('not when nobody uses its name any more', () => {
    const stage = mastered()
    stage.unlock(1, 1)
    stage.cluster.pass(20_000)
    stage.change({ members: all, moves: move })
    expect(everybody(stage, [4, 1, 2, 3])).toEqual([4, 4, 4, 4])
  })

  test('once: the note stays in later views, and the tree goes elsewhere meanwhile', () => {
    const stage = mastered()
    stage.change({ members: all, moves: move })
    stage.change({ members: all, moves: [[2, 1]] })
    expect(everybody(stage)).toEqual([1, 1, 1, 1])
    stage.change({ members: all })
    expect(everybody(stage)).toEqual([1, 1, 1, 1])
    // This one does not know the view before to have been active, and has the last note still.
    stage.change({ members: all, follows: 'a view that was never active' })
    expect(everybody(stage)).toEqual([1, 1, 1, 1])
  })

  test('to its directory node when the new master is leaving or has no weight', () => {
    for (const unable of [{ leaving: [2] }, { weights: { 2: 0 } }]) {
      const stage = mastered()
      stage.change({ members: all, moves: move, ...unable })
      expect(stage.copies()).toEqual(['3: 1 NL granted'])
      expect(everybody(stage)).toEqual([3, 3, 3, 3])
    }
  })

  test('to where the newest note sends it, when there are several', () => {
    const stage = mastered()
    stage.request(3, 1, 'NL')
    stage.settle()
    stage.install(stage.nextView({ members: all, moves: move }), [1, 2, 4])
    stage.settle()
    const follows = 'a view that was never active'
    stage.change({ members: all, moves: [[1, 4]], follows })
    expect(everybody(stage)).toEqual([4, 4, 4, 4])
  })

  test('and its new directory node hears of it, although only the old master is left to tell', () => {
    const stage = mastered()
    stage.request(3, 1, 'EX')
    stage.settle()
    stage.unlock(1, 1)
    stage.settle()
    // Node 3 held the only lock and had the entry; from this view on node 4 indexes the name.
    stage.die(3)
    stage.change({ members: [1, 2, 4], moves: move })
    const first = stage.request(4, 1, 'EX')
    stage.settle()
    const second = stage.request(2, 1, 'EX')
    stage.settle()
    expect([stage.outcome(first), stage.outcome(second)]).toEqual(['granted', undefined])
  })

  test('back to its own master when nobody else is left to take it', () => {
    const stage = mastered()
    const locked = stage.request(4, 1, 'EX')
    stage.settle()
    stage.change({ members: all, leaving: [2, 3, 4], moves: move })
    expect(stage.outcome(locked)).toBe('granted')
    expect(stage.copies()).toEqual(['1: 1 NL granted', '1: 4 EX granted'])
  })
})

describe('while a tree moves', () => {
  test('it stands still until all have told and the view is active, and nothing else does', () => {
    const stage = mastered()
    const other = { space: 's', name: 'another' }
    stage.request(1, 9, 'NL', { resource: other })
    stage.settle()
    const view = stage.nextView({ members: all, moves: move })
    stage.install(view)
    const moving = stage.request(1, 2, 'CW')
    const staying = stage.request(1, 3, 'CW', { resource: other })
    stage.settle()
    expect(stage.outcome(moving)).toBeUndefined()
    expect(stage.outcome(staying)).toBe('granted')
    stage.activate(view)
    stage.settle()
    expect(stage.outcome(moving)).toBe('granted')
  })

  test('who skips the view of the note moves it all the same', () => {
    const stage = mastered()
    const held = stage.request(4, 1, 'EX')
    stage.settle()
    const skipped = stage.nextView({ members: all, moves: move })
    stage.install(skipped, [1, 2, 3])
    stage.settle()
    stage.change({ members: all, follows: 'a view that was never active' })
    expect(stage.outcome(held)).toBe('granted')
    expect(stage.copies()).toEqual(['2: 4 EX granted', '2: 1 NL granted'])
    expect(everybody(stage, [1, 2, 3])).toEqual([2, 2, 2])
  })

  test('who skips the view of the note moves it even when the new master cannot take it any more', () => {
    const stage = mastered()
    stage.request(4, 1, 'EX')
    stage.settle()
    const skipped = stage.nextView({ members: all, moves: move })
    stage.install(skipped, [1, 2, 3])
    stage.settle()
    const follows = 'a view that was never active'
    stage.change({ members: all, leaving: [2], follows })
    expect(stage.copies()).toEqual(['3: 4 EX granted', '3: 1 NL granted'])
  })
})

describe('a death at any step of a move loses no lock and grants none twice', () => {
  const steps = ['before', 'installed', 'told', 'opened'] as const

  /** Goes into the move as far as that step, and there one node dies. */
  function dies(stage: Stage, dead: NodeId, step: (typeof steps)[number]): void {
    const view = stage.nextView({ members: all, moves: move })
    stage.install(view, step === 'before' ? all.filter((id) => id !== dead) : all)
    if (step !== 'installed') stage.settle()
    if (step === 'opened') {
      stage.activate(view)
      stage.settle()
    }
    stage.dieMute(dead)
  }

  const deaths = [1, 2, 3].flatMap((dead) => steps.map((step) => [dead, step] as const))
  test.each(deaths)('node %i, %s', (dead, step) => {
    const stage = mastered()
    const holder = stage.request(4, 1, 'EX')
    stage.settle()
    stage.unlock(1, 1)
    const waiter = stage.request(1, 2, 'PR')
    stage.settle()
    dies(stage, dead, step)
    const members = all.filter((id) => id !== dead)
    const follows = step === 'opened' ? 'an active view' : 'a view that was never active'
    stage.change({ members, follows })
    expect(stage.outcome(holder)).toBe('granted')
    expect(stage.holders()).toEqual(['4 EX'])
    const [asker = 4] = members
    const later = stage.request(asker, 3, 'CR')
    stage.settle()
    expect(stage.outcome(later)).toBeUndefined()
    stage.unlock(4, 1)
    stage.settle()
    expect(stage.outcome(later)).toBe('granted')
    expect(stage.outcome(waiter)).toBe(dead === 1 ? undefined : 'granted')
    expect(new Set(everybody(stage, members)).size).toBe(1)
  })
})

describe('a move crosses', () => {
  /** The view is installed everywhere while the call of node 4 is under way. */
  function crossing(before: (stage: Stage) => void, call: (stage: Stage) => number) {
    const stage = mastered()
    before(stage)
    stage.settle()
    const made = call(stage)
    const view = stage.nextView({ members: all, moves: move })
    stage.install(view)
    stage.settle()
    stage.activate(view)
    stage.settle()
    expect(everybody(stage, [1, 2, 3])).toEqual([2, 2, 2])
    return { stage, outcome: stage.outcome(made), value: stage.value(made) }
  }
  const nothing = (): void => undefined

  test('a lookup', () => {
    const { outcome, stage } = crossing(nothing, (before) => before.request(4, 1, 'EX'))
    expect(outcome).toBe('granted')
    expect(stage.copies()).toContain('2: 4 EX granted')
  })

  test('a request to a known master', () => {
    const knows = (stage: Stage): void => void stage.request(4, 9, 'NL')
    expect(crossing(knows, (stage) => stage.request(4, 1, 'EX')).outcome).toBe('granted')
  })

  test('a conversion down, which is done at once', () => {
    const holds = (stage: Stage): void => void stage.request(4, 1, 'EX')
    const { outcome, stage } = crossing(holds, (before) => before.convert(4, 1, 'CR'))
    expect(outcome).toBe('granted')
    expect(stage.copies()).toContain('2: 4 CR granted')
  })

  test('an unlock that writes', () => {
    const holds = (stage: Stage): void => void stage.request(4, 1, 'EX')
    const { outcome, stage } = crossing(holds, (before) => before.unlock(4, 1, { writes: 'last' }))
    expect(outcome).toBe('unlocked')
    const reader = stage.request(4, 2, 'PR', { useValue: true })
    stage.settle()
    expect(stage.value(reader)).toEqual({ text: 'last', valid: true })
  })

  test('an unlock whose answer was under way', () => {
    const stage = mastered()
    stage.request(4, 1, 'EX')
    stage.settle()
    const unlock = stage.unlock(4, 1, { writes: 'last' })
    stage.settle('1>4')
    stage.change({ members: all, moves: move })
    expect(stage.outcome(unlock)).toBe('unlocked')
    const reader = stage.request(3, 1, 'PR', { useValue: true })
    stage.settle()
    expect(stage.value(reader)).toEqual({ text: 'last', valid: true })
  })

  test('a cancel', () => {
    const stage = mastered()
    stage.request(2, 1, 'EX')
    stage.settle()
    const waiter = stage.request(4, 1, 'PR')
    stage.settle()
    const cancel = stage.cancel(4, 1)
    stage.change({ members: all, moves: move })
    expect([stage.outcome(waiter), stage.outcome(cancel)]).toEqual(['cancelled', 'cancelled'])
    expect(stage.copies()).toEqual(['2: 2 EX granted', '2: 1 NL granted'])
  })

  test('a retirement', () => {
    const stage = mastered()
    stage.unlock(1, 1)
    stage.settle()
    stage.cluster.now += 20_000
    stage.cluster.give(stage.node(1), { kind: 'tick' })
    stage.change({ members: all, moves: move })
    const [master] = everybody(stage, [4])
    expect(everybody(stage)).toEqual([master, master, master, master])
  })

  test('another change of its directory', () => {
    const later = nameIndexedBy([all, 3], [[1, 2, 4], 4])
    const stage = new Stage({ nodes: all, name: later })
    stage.request(1, 1, 'EX')
    stage.settle()
    // The directory node goes in the view that moves the name.
    stage.die(3)
    stage.change({ members: [1, 2, 4], moves: move })
    expect(everybody(stage, [2, 4])).toEqual([2, 2])
    expect(stage.copies()).toContain('2: 1 EX granted')
  })
})
