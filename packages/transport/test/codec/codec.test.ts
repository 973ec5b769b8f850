import { InvariantViolation } from '@holdfast/primitives'
import { createCodec } from '@holdfast/transport'
import { describe, expect, it } from 'vitest'

const member = (n: number): object => ({
  node: `node-${n}`,
  id: n,
  incarnation: n.toString(16).padStart(16, '0'),
  joined: n * 3,
  address: `ws://10.0.0.${n}:7400`,
  votes: 1,
  leaving: false,
})

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

describe('the codec', () => {
  it.each([
    ['null', null],
    ['booleans', [true, false]],
    ['numbers', [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32, 2 ** 53 - 1, -1, -33, 0.5]],
    ['bigints', [0n, 1n, 2n ** 40n, 2n ** 63n - 1n, -1n]],
    ['text', ['', 'a', 'ä', '€', '😀', 'x'.repeat(512)]],
    ['bytes', [new Uint8Array(), new Uint8Array(4_096).fill(7)]],
    ['lists and objects', { a: [], b: {}, c: [{ d: [1] }] }],
    ['a view of 100 members', { members: Array.from({ length: 100 }, (_, n) => member(n + 1)) }],
    ['a list of 1,024 items', Array.from({ length: 1_024 }, (_, n) => n)],
    ['a map of 64 entries', Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`k${n}`, n]))],
    ['eight levels', nested(8)],
  ])('brings back %s', (_name, value) => {
    const codec = createCodec()
    expect(codec.decode(codec.encode(value))).toEqual({ ok: true, value })
  })

  it('leaves out fields that are undefined', () => {
    const codec = createCodec()
    const decoded = codec.decode(codec.encode({ a: 1, b: undefined }))
    expect(decoded).toStrictEqual({ ok: true, value: { a: 1 } })
  })

  it('refuses the ninth level', () => {
    const wide = createCodec({ limits: { depthMax: 9 } })
    expect(createCodec().decode(wide.encode(nested(9)))).toEqual({ ok: false, reason: 'too-deep' })
  })

  it('gives out frames that the next one does not overwrite', () => {
    const codec = createCodec()
    const first = codec.encode('first')
    codec.encode('other')
    expect(codec.decode(first)).toEqual({ ok: true, value: 'first' })
  })

  it('gives out values that share no memory with the frame', () => {
    const codec = createCodec()
    const frame = codec.encode({ list: [new Uint8Array([1, 2, 3])] })
    const decoded = codec.decode(frame)
    frame.fill(0)
    expect(decoded).toEqual({ ok: true, value: { list: [new Uint8Array([1, 2, 3])] } })
  })

  it('reads a frame that is a part of a larger buffer', () => {
    const codec = createCodec()
    const frame = codec.encode({ a: [1.5, 'x'] })
    const large = Buffer.concat([Buffer.from([9, 9]), frame, Buffer.from([9])])
    const part = large.subarray(2, 2 + frame.length)
    expect(codec.decode(part)).toEqual({ ok: true, value: { a: [1.5, 'x'] } })
  })

  it('calls a value that cannot be written a bug', () => {
    const codec = createCodec()
    expect(() => codec.encode({ f: () => 1 })).toThrow(InvariantViolation)
    expect(() => codec.encode(nested(20))).toThrow(InvariantViolation)
  })

  it('keeps to limits that are given', () => {
    const small = createCodec({ limits: { stringBytesMax: 3, arrayMax: 2, binaryBytesMax: 1 } })
    const codec = createCodec()
    const reasonOf = (value: unknown): unknown => small.decode(codec.encode(value))
    expect(reasonOf('four')).toEqual({ ok: false, reason: 'string-too-long' })
    expect(reasonOf([1, 2, 3])).toEqual({ ok: false, reason: 'array-too-long' })
    expect(reasonOf(new Uint8Array(2))).toEqual({ ok: false, reason: 'binary-too-long' })
    expect(reasonOf(['abc', new Uint8Array(1)])).toHaveProperty('ok', true)
  })
})
