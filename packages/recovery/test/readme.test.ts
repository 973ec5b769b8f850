import { expect, test } from 'vitest'
import { rebuildTogether } from '../examples/alone.ts'

test('the example of the README rebuilds the keys of a dead node from two survivors', () => {
  const lines = rebuildTogether()
  expect(lines.filter((line) => line.startsWith('1:'))).toEqual([
    '1: install view 2',
    '1: node 1 holds key-of-1',
    '1: send pending calls again',
    '1: free what the dead held',
    '1: node 2 holds key-of-2',
    '1: open 2 keys',
  ])
  expect(lines.filter((line) => line.startsWith('2:')).at(-1)).toBe('2: open 0 keys')
})
