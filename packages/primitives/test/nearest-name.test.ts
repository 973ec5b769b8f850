import { expect, test } from 'vitest'
import { nearestName } from '../src/nearest-name.ts'

test('the nearest name is found for a slip of the hand, and none for another word', () => {
  expect(nearestName('prot', ['name', 'port', 'host'])).toBe('port')
  expect(nearestName('zebra', ['name', 'port', 'host'])).toBeUndefined()
})
