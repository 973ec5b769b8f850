import { describe, expect, test } from 'vitest'
import { ValueFormatError } from '../src/errors.ts'
import { bytes, counter, json, readValue, type ValueType } from '../src/values.ts'
import { granted, setting } from './setting.ts'

const valid = (given: Uint8Array) => ({ bytes: given, valid: true, sequence: 1 })
const notValid = (given: Uint8Array) => ({ bytes: given, valid: false, sequence: 1 })
const none = new Uint8Array()

interface State {
  readonly leader: string
}

const state: ValueType<State> = json((parsed): State => {
  if (typeof parsed === 'object' && parsed !== null && 'leader' in parsed) {
    return { leader: String(parsed.leader) }
  }
  throw new TypeError('no state')
})

describe('a counter', () => {
  test.each([0n, 1n, 255n, 2n ** 63n, 2n ** 64n - 1n])('carries %d in eight bytes', (count) => {
    const written = counter.of(count)
    expect(written).toHaveLength(8)
    expect(readValue(valid(written), counter)).toEqual({ state: 'valid', value: count })
  })

  test('has its highest byte first', () => {
    expect([...counter.of(258n)]).toEqual([0, 0, 0, 0, 0, 0, 1, 2])
    // A window into a larger buffer.
    expect(counter.from(new Uint8Array([9, ...counter.of(258n), 9]).subarray(1, 9))).toBe(258n)
  })

  test('never wraps round', () => {
    expect(() => counter.of(2n ** 64n)).toThrow(RangeError)
    expect(() => counter.of(-1n)).toThrow(RangeError)
  })

  test('is not read from other bytes', () => {
    for (const length of [1, 7, 9]) {
      expect(() => readValue(valid(new Uint8Array(length)), counter)).toThrow(ValueFormatError)
    }
  })
})

describe('a JSON value', () => {
  test.each([null, 1.5, 'ü', [1, [2]], { a: { b: null } }])('carries %j', (value) => {
    expect(readValue(valid(json().of(value)), json())).toEqual({ state: 'valid', value })
  })

  test('is checked by the reader', () => {
    const read = readValue(valid(state.of({ leader: 'n2' })), state)
    expect(read).toEqual({ state: 'valid', value: { leader: 'n2' } })
    const wrong = valid(json().of({ follower: 1 }))
    expect(() => readValue(wrong, state)).toThrow(ValueFormatError)
    expect(() => readValue(wrong, state)).toThrow(
      expect.objectContaining({ code: 'value-format', cause: new TypeError('no state') }),
    )
  })

  test('is not read from other bytes', () => {
    for (const given of [[0x7b], [0xff], [0x22, 0xc3, 0x22]]) {
      expect(() => readValue(valid(Uint8Array.from(given)), json())).toThrow(ValueFormatError)
    }
  })

  test('must be one, and must fit', () => {
    expect(() => json().of(undefined)).toThrow(TypeError)
    expect(() => json().of(() => 1)).toThrow(TypeError)
    expect(json().of('x'.repeat(1_022))).toHaveLength(1_024)
    expect(() => json().of('x'.repeat(1_023))).toThrow('at most 1024 bytes, this one 1025')
  })
})

describe('what is read', () => {
  test('is empty, valid or not valid, and never one for the other', () => {
    const written = counter.of(3n)
    expect(readValue(valid(none), counter)).toEqual({ state: 'empty' })
    expect(readValue(notValid(none), counter)).toEqual({ state: 'not-valid', last: undefined })
    expect(readValue(notValid(written), counter)).toEqual({ state: 'not-valid', last: 3n })
    expect(readValue(notValid(written.subarray(1)), counter)).toMatchObject({ last: undefined })
    expect(readValue(valid(written), bytes)).toEqual({ state: 'valid', value: written })
  })

  test('narrows to a value only where there is one', () => {
    const read = readValue(valid(counter.of(3n)), counter)
    // @ts-expect-error there may be no value
    const unsure: bigint = read.value
    const sure: bigint = read.state === 'valid' ? read.value : 0n
    expect([unsure, sure]).toEqual([3n, 3n])
  })

  test('bytes are as they are, as far as they fit', () => {
    expect(bytes.of(new Uint8Array(1_024))).toHaveLength(1_024)
    expect(() => bytes.of(new Uint8Array(1_025))).toThrow(RangeError)
  })
})

describe('a lock', () => {
  test('reads what came with its grant, and writes with a conversion', async () => {
    const given = await setting()
    const acquiring = given.cluster.lockspace('orders').acquire('o/1', { useValue: true })
    const value = { bytes: counter.of(6n), valid: true, sequence: 1 }
    given.node.complete(await given.node.next('request'), { mode: 'EX', token: 1n, value })
    const lock = await acquiring
    expect(lock.read(counter)).toEqual({ state: 'valid', value: 6n })
    const converting = lock.convert('PR', { value: counter.of(7n) })
    const call = await given.node.next('convert')
    expect(call).toMatchObject({ useValue: true, value: counter.of(7n) })
    const written = { bytes: counter.of(7n), valid: true, sequence: 2 }
    given.node.complete(call, { mode: 'PR', value: written })
    await converting
    expect(lock.read(counter)).toEqual({ state: 'valid', value: 7n })
    expect(lock.value).toEqual(written)
  })

  test('that does not use the value block cannot be read', async () => {
    const lock = await granted(await setting())
    expect(() => lock.read(counter)).toThrow(TypeError)
  })
})
