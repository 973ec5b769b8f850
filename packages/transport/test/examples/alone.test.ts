import { expect, it } from 'vitest'
import { talk } from '../../examples/alone.ts'

it('carries words from one process to another with nothing but this package', async () => {
  expect(await talk(['good', 'morning'])).toBe('a: good morning')
})
