import { expect, test } from 'vitest'
import { createTimerTable } from '../src/index.ts'

test('gives the earliest deadline, and each timer once, earliest first', () => {
  const timers = createTimerTable<'probe' | 'lease' | 'batch'>()
  expect(timers.next()).toBeUndefined()
  timers.set('lease', 30)
  timers.set('probe', 10)
  timers.set('batch', 20)
  expect(timers.next()).toBe(10)
  expect(timers.expire(9)).toEqual([])
  expect(timers.expire(25)).toEqual(['probe', 'batch'])
  expect(timers.expire(25)).toEqual([])
  expect(timers.next()).toBe(30)
})

test('a timer that is set again has moved, and one that is cleared is gone', () => {
  const timers = createTimerTable<'probe'>()
  timers.set('probe', 10)
  timers.set('probe', 40)
  expect(timers.get('probe')).toBe(40)
  timers.clear('probe')
  expect(timers.next()).toBeUndefined()
})

test('two timers that are due together come in the order of their names', () => {
  const timers = createTimerTable<'a' | 'b'>()
  timers.set('b', 5)
  timers.set('a', 5)
  expect(timers.expire(5)).toEqual(['a', 'b'])
})
