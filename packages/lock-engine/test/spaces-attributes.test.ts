/** What a lockspace is like, and how the value block of its resource keeps that. */
import { createRandom } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import {
  attributesFault,
  decodeAttributes,
  defaultAttributes,
  differences,
  encodeAttributes,
} from '../src/spaces/attributes.ts'

const version1 = [1, 0x02, 0x01, 0x00, 0x01, 0x00, 0x05, 1]
const meant = { valueBytes: 513, deadlockMs: 65_541, mastering: 'hash' } as const

test('version 1 is these bytes, for ever', () => {
  expect([...encodeAttributes(meant)]).toEqual(version1)
  expect(decodeAttributes(Uint8Array.from(version1))).toEqual(meant)
})

test.each([
  defaultAttributes,
  { valueBytes: 0, deadlockMs: 0, mastering: 'directory' },
  { valueBytes: 1024, deadlockMs: 0xffff_ffff, mastering: 'hash' },
] as const)('%j comes back as it was', (attributes) => {
  expect(attributesFault(attributes)).toBeUndefined()
  expect(decodeAttributes(encodeAttributes(attributes))).toEqual(attributes)
})

test('bytes are read where they lie in a larger buffer', () => {
  const frame = Uint8Array.from([9, 9, ...version1, 9])
  expect(decodeAttributes(frame.subarray(2, 10))).toEqual(meant)
})

test.each([
  ['a later version', [2, ...version1.slice(1)], 'kept in version 2, this node reads version 1'],
  ['a later and longer version', [7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'kept in version 7'],
  ['a version alone', [1], '1 bytes long, not 8'],
  ['a byte too few', version1.slice(0, 7), '7 bytes long, not 8'],
  ['a byte too many', [...version1, 0], '9 bytes long, not 8'],
  ['an unknown mastering', [...version1.slice(0, 7), 2], 'name an unknown mastering'],
  ['a value block of 1,025 bytes', [1, 0x04, 0x01, 0, 0, 0, 0, 0], 'out of bounds: valueBytes'],
])('%s is refused in words', (_what, bytes, words) => {
  expect(decodeAttributes(Uint8Array.from(bytes))).toContain(words)
})

test('whatever the bytes, they are refused or are what the attributes would be encoded to', () => {
  const random = createRandom('bytes')
  let read = 0
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = Uint8Array.from({ length: 8 }, () => random.below(256))
    if (random.below(2) === 0) bytes.set([1, random.below(5)])
    if (random.below(2) === 0) bytes[7] = random.below(3)
    const attributes = decodeAttributes(bytes)
    if (typeof attributes === 'string') continue
    read += 1
    expect(encodeAttributes(attributes)).toEqual(bytes)
  }
  expect(read).toBeGreaterThan(1_000)
})

test.each([
  [{ valueBytes: -1 }, 'valueBytes is a whole number from 0 to 1024, not -1'],
  [{ valueBytes: 1025 }, 'valueBytes is a whole number from 0 to 1024, not 1025'],
  [{ valueBytes: 1.5 }, 'not 1.5'],
  [{ valueBytes: Number.NaN }, 'not NaN'],
  [{ deadlockMs: -1 }, 'deadlockMs is a whole number from 0 to 4294967295, not -1'],
  [{ deadlockMs: 2 ** 32 }, 'not 4294967296'],
  [{ deadlockMs: Number.POSITIVE_INFINITY }, 'not Infinity'],
  [{ mastering: 'mine' as 'hash' }, 'mastering is directory or hash, not mine'],
])('%j cannot be asked for', (asked, words) => {
  expect(attributesFault(asked)).toContain(words)
})

test('every attribute that differs is named, with what it is and what was asked for', () => {
  const asked = { valueBytes: 64, deadlockMs: 1_000, mastering: 'hash' } as const
  expect(differences(asked, defaultAttributes)).toBe(
    'valueBytes is 1024, not 64; mastering is directory, not hash',
  )
  expect(differences({ deadlockMs: 0 }, defaultAttributes)).toBe('deadlockMs is 1000, not 0')
})

test('what is not asked for, or asked for as it is, is no difference', () => {
  expect(differences({}, defaultAttributes)).toBeUndefined()
  expect(differences(defaultAttributes, defaultAttributes)).toBeUndefined()
})
