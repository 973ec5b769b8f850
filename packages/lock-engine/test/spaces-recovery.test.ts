/** What those hear of changes of the cluster who asked for it. */
import { expect, test } from 'vitest'
import { Desk } from './spaces/desk.ts'

function listener(): Desk {
  const desk = new Desk()
  desk.create(1, { lifecycle: true })
  return desk
}

test('a node is lost: before, when it has stopped for certain, and after', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 2], lost: [3] })
  expect(desk.recoveries(1)).toEqual(['stopped 5 of 1,2 lost 3'])
  desk.spaces.onActivated()
  expect(desk.recoveries(1).slice(1)).toEqual(['lost 5 of 1,2 lost 3'])
  desk.spaces.onOpened()
  expect(desk.recoveries(1).slice(2)).toEqual(['resumed 5 of 1,2 lost 3'])
})

test('a node joins or leaves on purpose: nobody is lost', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 2, 4], lost: [] })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  expect(desk.recoveries(1)).toEqual(['stopped 5 of 1,2,4', 'resumed 5 of 1,2,4'])
})

test('a newer view before the first was active: each lost node is told once, and one end for both', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 2, 4], lost: [3] })
  desk.spaces.onInstalled({ epoch: 6, members: [1, 2], lost: [4] })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  expect(desk.recoveries(1)).toEqual([
    'stopped 5 of 1,2,4 lost 3',
    'stopped 6 of 1,2 lost 4',
    'lost 6 of 1,2 lost 3,4',
    'resumed 6 of 1,2 lost 3,4',
  ])
})

test('a newer view after the first was active: its lost are told alone, the end tells all', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 2, 4], lost: [3] })
  desk.spaces.onActivated()
  desk.spaces.onInstalled({ epoch: 6, members: [1, 2], lost: [4] })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  expect(desk.recoveries(1)).toEqual([
    'stopped 5 of 1,2,4 lost 3',
    'lost 5 of 1,2,4 lost 3',
    'stopped 6 of 1,2 lost 4',
    'lost 6 of 1,2 lost 4',
    'resumed 6 of 1,2 lost 3,4',
  ])
})

test('a node that is lost twice, and came back between, is told twice', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 3], lost: [3] })
  desk.spaces.onActivated()
  desk.spaces.onInstalled({ epoch: 6, members: [1], lost: [3] })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  expect(desk.recoveries(1).filter((words) => words.startsWith('lost'))).toEqual([
    'lost 5 of 1,3 lost 3',
    'lost 6 of 1 lost 3',
  ])
  expect(desk.recoveries(1).at(-1)).toBe('resumed 6 of 1 lost 3')
})

test('the next recovery does not tell the lost of the last one again', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 2], lost: [3] })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  desk.spaces.onOpened()
  desk.spaces.onInstalled({ epoch: 6, members: [1, 2, 4], lost: [] })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  expect(desk.recoveries(1).slice(3)).toEqual(['stopped 6 of 1,2,4', 'resumed 6 of 1,2,4'])
})

test('only those hear of it who asked, each for its lockspaces, until they leave', () => {
  const desk = listener()
  desk.create(2, { space: 't', lifecycle: true })
  desk.open(3)
  desk.open(3, { space: 't', lifecycle: true })
  desk.open(4, { lifecycle: true })
  desk.leave(4)
  desk.open(5, { lifecycle: true })
  desk.spaces.sessionEnded(5)
  desk.heard.length = 0
  desk.spaces.onInstalled({ epoch: 5, members: [1], lost: [] })
  const told = desk.heard.map(({ session, event }) => [
    session,
    event.kind === 'recovery' && event.space,
  ])
  expect(told).toEqual([
    [1, 's'],
    [2, 't'],
    [3, 't'],
  ])
})

test('who asked once need not ask again, and who asks later hears from then on', () => {
  const desk = listener()
  desk.open(1)
  desk.open(2)
  desk.open(2, { lifecycle: true })
  desk.spaces.onInstalled({ epoch: 5, members: [1], lost: [] })
  expect(desk.recoveries(1)).toHaveLength(1)
  expect(desk.recoveries(2)).toHaveLength(1)
})

test('who opens it during a recovery is told what it has missed', () => {
  const desk = listener()
  desk.spaces.onInstalled({ epoch: 5, members: [1, 2, 4], lost: [3] })
  desk.open(2, { lifecycle: true })
  expect(desk.recoveries(2)).toEqual(['stopped 5 of 1,2,4 lost 3'])
  desk.spaces.onActivated()
  desk.spaces.onInstalled({ epoch: 6, members: [1, 2], lost: [4] })
  desk.open(3, { lifecycle: true })
  expect(desk.recoveries(3)).toEqual(['stopped 6 of 1,2 lost 3,4', 'lost 6 of 1,2 lost 3'])
  desk.open(3, { lifecycle: true })
  desk.spaces.onActivated()
  desk.spaces.onOpened()
  expect(desk.recoveries(3).slice(2)).toEqual(['lost 6 of 1,2 lost 4', 'resumed 6 of 1,2 lost 3,4'])
  desk.open(4, { lifecycle: true })
  expect(desk.recoveries(4)).toEqual([])
})
