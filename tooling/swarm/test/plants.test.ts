import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { editsOf, mutate } from '../src/plants/plant-bug.ts'
import { plants } from '../src/plants/plants.ts'
import { scheduleNames } from '../src/schedules/schedule-names.ts'
import { schedules } from '../src/schedules/schedules.ts'

const root = new URL('../../../', import.meta.url)

test.each(plants.map((plant) => [plant.name, plant] as const))(
  'the bug %s still has its place in the sources',
  (_name, plant) => {
    for (const edit of editsOf(plant)) {
      const source = readFileSync(new URL(edit.file, root), 'utf8')
      expect(mutate(source, edit)).not.toBe(source)
    }
  },
)

test('no two bugs have one name', () => {
  expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length)
})

test('every script that is named exists', () => {
  expect(schedules.map(({ name }) => name)).toEqual(scheduleNames)
  for (const { schedule } of plants) {
    if (schedule !== undefined) expect(scheduleNames).toContain(schedule)
  }
})
