/** Names whose directory node changes with the view. */
import { expect, test } from 'vitest'
import { nameIndexedBy, Stage } from './stage.ts'

/**
 * Node 1, master and directory node, is lost. Node 2 takes over, but what the holder of EX, node 3,
 * tells it is slow. Before it comes, node 5 joins and is to index the name.
 */
function stageOfSlowRecord(): Stage {
  const name = nameIndexedBy([[1, 2, 3, 4], 1], [[2, 3, 4], 2], [[2, 3, 4, 5], 5])
  const stage = new Stage({ nodes: [1, 2, 3, 4], later: [5], name })
  stage.request(1, 1, 'NL')
  stage.settle()
  const writer = stage.request(3, 1, 'EX')
  stage.settle()
  expect(stage.outcome(writer)).toBe('granted')
  stage.die(1)
  const second = stage.nextView({ members: [2, 3, 4] })
  stage.install(second)
  stage.settle('3>2')
  stage.activate(second)
  stage.settle('3>2')
  return stage
}

/** Node 4 waits behind node 3 at the only master, and gets the lock when node 3 gives it up. */
function expectOneMaster(stage: Stage, request: number): void {
  expect(stage.outcome(request)).toBeUndefined()
  expect(stage.holders()).toEqual(['3 EX'])
  expect(stage.copies()).toEqual(['2: 3 EX granted', '2: 4 EX waiting'])
  stage.unlock(3, 1)
  stage.settle()
  expect(stage.outcome(request)).toBe('granted')
  expect(stage.copies()).toEqual(['2: 4 EX granted'])
}

test('a directory part that moves knows of a takeover that the new master has not heard of', () => {
  const stage = stageOfSlowRecord()
  stage.change({ members: [2, 3, 4, 5] })
  const request = stage.request(4, 1, 'EX')
  stage.settle()
  expectOneMaster(stage, request)
})

test('a master that has not heard of its takeover yet does not disown the name', () => {
  const stage = stageOfSlowRecord()
  const third = stage.nextView({ members: [2, 3, 4, 5] })
  stage.install(third)
  stage.settle('3>2')
  // Node 5 knows from the holder that node 2 is the master; node 2 itself does not know yet.
  const request = stage.request(4, 1, 'EX')
  stage.settle('3>2')
  stage.settle()
  stage.activate(third)
  stage.settle()
  stage.cluster.pass(1_000)
  expectOneMaster(stage, request)
})

test('a directory entry that is out of date does not make a name unusable', () => {
  const name = nameIndexedBy([[1, 2, 3], 2], [[1, 2, 3, 4], 4])
  const stage = new Stage({ nodes: [1, 2, 3], later: [4], name })
  stage.request(1, 1, 'EX')
  stage.settle()
  stage.unlock(1, 1)
  stage.settle()

  // Node 4 indexes the name in a view that node 2 does not see. Node 1 gives the name up there.
  const unseen = stage.nextView({ members: [1, 2, 3, 4] })
  stage.install(unseen, [1, 3, 4])
  stage.settle()
  stage.cluster.pass(11_000)
  stage.die(4)

  // Node 2 indexes the name again, and still has an entry that says node 1.
  stage.change({ members: [1, 2, 3], follows: 'a view that was never active' })
  const sent = stage.cluster.sent
  const request = stage.request(3, 1, 'EX')
  stage.cluster.pass(60_000)
  expect(stage.outcome(request)).toBe('granted')
  expect(stage.holders()).toEqual(['3 EX'])
  expect(stage.cluster.sent - sent).toBeLessThan(20)
})
