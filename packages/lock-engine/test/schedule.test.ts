import { createRandom } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import { Schedule } from '../src/schedule.ts'

interface Item {
  readonly at: number
  meant: boolean
}

const isMeant = ({ meant }: Item): boolean => meant

test('gives what is meant, earliest first, and never what is not', () => {
  const random = createRandom('schedule')
  const schedule = new Schedule<Item>(isMeant)
  let inIt: Item[] = []
  for (let now = 0; now < 5_000; now += 1) {
    const item = { at: now + random.below(1_000), meant: true }
    schedule.add(item, item.at)
    inIt.push(item)
    if (random.chance(1, 2)) random.pick(inIt).meant = false
    inIt = inIt.filter(isMeant)
    const earliest = Math.min(...inIt.map(({ at }) => at))
    expect(schedule.next()).toBe(inIt.length === 0 ? undefined : earliest)
    const due = inIt.filter(({ at }) => at <= now)
    const taken: (Item | undefined)[] = due.map(() => schedule.takeDue(now))
    expect(new Set(taken)).toEqual(new Set(due))
    expect(taken.map((one) => one?.at)).toEqual(due.map(({ at }) => at).sort((a, b) => a - b))
    expect(schedule.takeDue(now)).toBeUndefined()
    inIt = inIt.filter((one) => !due.includes(one))
  }
})

test('keeps at most as many that are not meant any more as were meant, or a few', () => {
  const schedule = new Schedule<Item>(isMeant)
  const kept = Array.from({ length: 100 }, (_, at) => ({ at, meant: true }))
  for (const item of kept) schedule.add(item, item.at)
  for (let turn = 0; turn < 10_000; turn += 1) {
    const item = { at: 1_000_000 - turn, meant: true }
    schedule.add(item, item.at)
    item.meant = false
    expect(schedule.size).toBeLessThanOrEqual(203)
  }
  for (const item of kept) item.meant = false
  expect(schedule.next()).toBeUndefined()
  expect(schedule.size).toBe(0)
})
