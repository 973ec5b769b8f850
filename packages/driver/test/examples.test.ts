import { createSystemClock } from '@holdfast/driver'
import { expect, it } from 'vitest'
import { beat } from '../examples/alone.ts'
import { createFakeClock } from './fake-clock.ts'

const three = ['beat, 2 left', 'beat, 1 left', 'beat, 0 left']

it('runs a machine on the clock of this process', async () => {
  expect(await beat(createSystemClock(), 3)).toEqual(three)
})

it('runs the same machine on a clock that a test moves', async () => {
  const clock = createFakeClock()
  const said = beat(clock, 3)
  await clock.advance(30)
  expect(await said).toEqual(three)
})
