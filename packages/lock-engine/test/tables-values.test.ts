/** What each transition does to the value block, with the sequence numbers (calls.md, value blocks). */
import { describe, expect, test } from 'vitest'
import { modePairs, modes, valueCell } from './harness/specification.ts'
import { bytesOf } from './harness/world.ts'
import { atTheMaster, awayFromIt, Bench, inWords, range, valueInWords } from './tables/bench.ts'

const writes = modePairs.filter(([from, to]) => valueCell(from, to) === 'W')
const others = modePairs.filter(([from, to]) => valueCell(from, to) !== 'W')

describe.each([atTheMaster, awayFromIt])('$where', (place) => {
  test.each(modes)('a request in %s tells the value to who asks, and to nobody else', (to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const reader = bench.request(to, { useValue: true })
    expect(valueInWords(reader.completions[0])).toBe('before #1')
    bench.unlock(reader)
    const other = bench.request(to)
    expect(inWords(other.completions[0])).toBe(`granted ${to}`)
    expect(valueInWords(other.completions[0])).toBe('untold')
    expect(bench.valueNow()).toBe('before #1')
  })

  test.each(writes)('%s to %s writes what it brings', (from, to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from, { useValue: true })
    const end = bench.convert(lock, to, { useValue: true, value: bytesOf('after') })
    expect([inWords(end), valueInWords(end)]).toEqual([`granted ${to}`, 'after #2'])
    expect(bench.valueNow()).toBe('after #2')
  })

  test.each(writes)('%s to %s marks the value when asked', (from, to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from, { useValue: true })
    const end = bench.convert(lock, to, { invalidate: true })
    expect([inWords(end), valueInWords(end)]).toEqual([`granted ${to}`, 'untold'])
    expect(bench.valueNow()).toBe('before #2, not valid')
  })

  test.each(others)('%s to %s cannot mark the value', (from, to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from, { useValue: true })
    expect(inWords(bench.convert(lock, to, { invalidate: true }))).toBe(`refused ${from}`)
    expect(bench.valueNow()).toBe('before #1')
  })

  test.each(others)('%s to %s tells what is new, or what the lock saw last', (from, to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    // In another range a writer may come at any time.
    const lock = bench.request(from, { useValue: true, ...range(0, 9) })
    const writer = bench.requestBeside('EX', range(10, 19))
    bench.convert(writer, 'NL', { useValue: true, value: bytesOf('after') })
    const end = bench.convert(lock, to, { useValue: true })
    const { text, valid } = { text: valueInWords(end).split(' ')[0], valid: end?.value?.valid }
    expect([inWords(end), valid]).toEqual([`granted ${to}`, true])
    expect(text).toBe(valueCell(from, to) === 'R' ? 'after' : 'before')
    expect(bench.valueNow()).toBe('after #2')
  })

  test.each(modePairs)('%s to %s moves nothing for who does not use the value', (from, to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from, { useValue: true })
    const end = bench.convert(lock, to)
    expect([inWords(end), valueInWords(end)]).toEqual([`granted ${to}`, 'untold'])
    expect(bench.valueNow()).toBe('before #1')
  })

  test.each(modes)('unlock from %s with a value, with the mark, and with neither', (from) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const isWriter = from === 'PW' || from === 'EX'
    const refused = `refused ${from}`

    const writer = bench.request(from)
    const wrote = bench.unlock(writer, { value: bytesOf('after') })
    expect(inWords(wrote)).toBe(isWriter ? 'unlocked' : refused)
    expect(bench.valueNow()).toBe(isWriter ? 'after #2' : 'before #1')

    const marker = bench.request(from)
    const marked = bench.unlock(marker, { invalidate: true })
    expect(inWords(marked)).toBe(isWriter ? 'unlocked' : refused)
    expect(bench.valueNow()).toBe(isWriter ? 'after #3, not valid' : 'before #1')

    const end = bench.unlock(bench.request(from))
    expect([inWords(end), valueInWords(end)]).toEqual(['unlocked', 'untold'])
    expect(bench.valueNow()).toBe(isWriter ? 'after #3, not valid' : 'before #1')
  })

  test.each(modePairs)('%s to %s that is denied or cancelled moves nothing', (from, to) => {
    const bench = new Bench(place)
    bench.writeBefore()
    const lock = bench.request(from, range(0, 9))
    const wider = range(0, 19)
    const beside = bench.requestBeside('EX', range(10, 19))
    const writing = valueCell(from, to) === 'W' ? { value: bytesOf('after') } : {}
    const flags = { useValue: true, ...writing, ...wider }
    const denied = bench.convert(lock, to, { ...flags, noQueue: true })
    // Only NL has room beside EX.
    expect(inWords(denied)).toBe(to === 'NL' ? 'granted NL' : `denied ${from}`)
    if (to === 'NL') return
    expect(valueInWords(denied)).toBe('untold')
    expect(bench.convert(lock, to, flags)).toBeUndefined()
    expect(inWords(bench.give(lock.seat, { kind: 'cancel', lock: lock.number }))).toBe(
      `cancelled ${from}`,
    )
    expect(inWords(bench.unlock(beside))).toBe('unlocked')
    expect(bench.valueNow()).toBe('before #1')
  })
})

test('writes count whoever makes them, and from wherever', () => {
  const bench = new Bench(awayFromIt)
  const near = bench.requestBeside('EX', { useValue: true })
  for (const text of ['a', 'b']) {
    bench.convert(near, 'EX', { useValue: true, value: bytesOf(text) })
  }
  bench.unlock(near)
  expect(bench.valueNow()).toBe('b #2')
  const far = bench.request('EX')
  expect(valueInWords(bench.convert(far, 'EX', { useValue: true, value: bytesOf('c') }))).toBe(
    'c #3',
  )
  expect(valueInWords(bench.convert(far, 'PW', { useValue: true, value: bytesOf('d') }))).toBe(
    'd #4',
  )
  expect(inWords(bench.convert(far, 'PW', { invalidate: true }))).toBe('granted PW')
  expect(bench.valueNow()).toBe('d #5, not valid')
  bench.unlock(far, { value: bytesOf('e') })
  expect(bench.valueNow()).toBe('e #6')
})
