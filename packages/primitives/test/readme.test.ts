import { expect, test } from 'vitest'
import { createAsker, play } from '../examples/alone.ts'

test('the example of the README asks at growing intervals and gives up, the same for the same seed', () => {
  const lines = play('a seed')
  expect(lines).toHaveLength(6)
  expect(lines[0]).toBe('0 ms: ask')
  expect(lines.at(-1)).toMatch(/^\d+ ms: give-up$/)
  expect(play('a seed')).toEqual(lines)
  expect(play('another seed')).not.toEqual(lines)
})

test('the example is quiet once it has heard', () => {
  const asker = createAsker('a seed')
  asker.handle({ kind: 'tick' }, 0)
  asker.handle({ kind: 'heard' }, 1)
  expect(asker.deadline()).toBeUndefined()
})
