/** Every table has a bound: a node must not keep for ever which trees of others once moved. */
import { expect, test, vi } from 'vitest'
import { Activity } from '../../src/mastery/activity.ts'
import { noteOf } from '../../src/mastery/move.ts'

test('a node that no other node uses keeps nothing of trees that moved between others', () => {
  const activity = new Activity()
  const tables = new Set<Map<unknown, unknown>>()
  const set = Map.prototype.set
  const spy = vi.spyOn(Map.prototype, 'set').mockImplementation(function (
    this: Map<unknown, unknown>,
    key: unknown,
    value: unknown,
  ) {
    if (String(key).startsWith('tree-')) tables.add(this)
    return set.call(this, key, value)
  })
  const members = [1, 2, 3].map((id) => ({ id, joined: 1, eligible: true, weight: 1 }))
  // Each minute a view in which a hundred trees move from node 2 to node 3; rests last 30 s.
  for (let minute = 1; minute <= 200; minute += 1) {
    const notes = Array.from({ length: 100 }, (_, tree) =>
      noteOf({ key: `tree-${minute}-${tree}`, from: 2, to: 3 }),
    )
    const view = { epoch: minute, settled: minute - 1, self: 1, members, notes }
    activity.install(view, minute * 60_000)
    const due = activity.deadline()
    if (due !== undefined) activity.propose(due, () => undefined)
  }
  spy.mockRestore()
  const sizes = [...tables].map(({ size }) => size)
  expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(100)
})
