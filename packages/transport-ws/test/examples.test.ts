import { expect, it } from 'vitest'
import { echo } from '../examples/alone.ts'

it('echoes to a client with nothing but this package and the contract', async () => {
  expect(await echo('good morning')).toBe('good morning')
})
