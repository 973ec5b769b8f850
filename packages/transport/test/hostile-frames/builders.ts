import type { RefusedReason } from '@holdfast/transport'

export interface HostileFrame {
  readonly name: string
  readonly refused: RefusedReason
  build(): Uint8Array
}

const bytes = (
  ...parts: readonly (number | readonly number[] | Uint8Array | string)[]
): Uint8Array => {
  const flat: number[] = []
  for (const part of parts) {
    if (typeof part === 'number') flat.push(part)
    else if (typeof part === 'string') flat.push(...new TextEncoder().encode(part))
    else flat.push(...part)
  }
  return new Uint8Array(flat)
}

const repeat = (unit: readonly number[], times: number): Uint8Array => {
  const result = new Uint8Array(unit.length * times)
  for (let at = 0; at < result.length; at += 1) result[at] = unit[at % unit.length] as number
  return result
}

const fixString = (text: string): Uint8Array => bytes(0xa0 + text.length, text)

/** A map of `count` entries, all small, whose keys have three characters. */
const mapOf = (count: number): Uint8Array => {
  const entries: number[] = []
  for (let n = 0; n < count; n += 1) {
    entries.push(...fixString(String(n).padStart(3, '0')), 0xc0)
  }
  return bytes([0xde, count >> 8, count & 0xff], entries)
}

/** As many maps as fit into a frame, each with as many different keys as a map may have. */
const frameOfMaps = (): Uint8Array => {
  const map = mapOf(64)
  const count = Math.floor((65_536 - 3) / map.length)
  const all = new Uint8Array(3 + count * map.length)
  all.set([0xdc, count >> 8, count & 0xff])
  for (let n = 0; n < count; n += 1) all.set(map, 3 + n * map.length)
  all[all.length - 1] = 0xc1
  return all
}

/** Each does harm to some decoder; each must be refused within the bound of the test. */
export const HOSTILE_FRAMES: readonly HostileFrame[] = [
  {
    name: 'nested lists that claim 65,535 items each, 3,000 bytes',
    refused: 'array-too-long',
    build: () => repeat([0xdc, 0xff, 0xff], 1_000),
  },
  {
    name: 'nested lists that claim 1,024 items each, within the limit on lists',
    refused: 'too-deep',
    build: () => repeat([0xdc, 0x04, 0x00], 2_000),
  },
  {
    name: 'nested lists of one item, 64 KiB',
    refused: 'too-deep',
    build: () => repeat([0x91], 65_536),
  },
  {
    name: 'nested maps of one entry, 64 KiB',
    refused: 'too-deep',
    build: () => repeat([0x81, 0xa1, 0x61], 21_845),
  },
  {
    name: 'a list that claims 2^32 - 1 items',
    refused: 'array-too-long',
    build: () => bytes([0xdd, 0xff, 0xff, 0xff, 0xff]),
  },
  {
    name: 'a map that claims 2^32 - 1 entries',
    refused: 'map-too-large',
    build: () => bytes([0xdf, 0xff, 0xff, 0xff, 0xff]),
  },
  {
    name: 'a string that claims 4 GiB',
    refused: 'string-too-long',
    build: () => bytes([0xdb, 0xff, 0xff, 0xff, 0xff]),
  },
  {
    name: 'a byte string that claims 4 GiB',
    refused: 'binary-too-long',
    build: () => bytes([0xc6, 0xff, 0xff, 0xff, 0xff]),
  },
  {
    name: 'a legal string length with fewer bytes behind it',
    refused: 'cut-short',
    build: () => bytes([0xd9, 0x20], 'short'),
  },
  {
    name: 'a legal list length with fewer items behind it',
    refused: 'cut-short',
    build: () => bytes([0xdc, 0x04, 0x00], repeat([0xc0], 1_023)),
  },
  { name: 'a length field that is cut', refused: 'cut-short', build: () => bytes([0xdc, 0x00]) },
  { name: 'a number that is cut', refused: 'cut-short', build: () => bytes([0xcf, 1, 2, 3]) },
  { name: 'no bytes', refused: 'empty', build: () => bytes() },
  {
    name: 'a frame of one byte too many',
    refused: 'frame-too-large',
    build: () => repeat([0xc0], 65_537),
  },
  { name: 'a second value behind the first', refused: 'trailing-bytes', build: () => bytes(1, 2) },
  {
    name: 'a megabyte of nothing behind the first value',
    refused: 'frame-too-large',
    build: () => repeat([0xc0], 1 << 20),
  },
  {
    name: 'a timestamp extension',
    refused: 'type-refused',
    build: () => bytes([0xd6, 0xff, 0, 0, 0, 0]),
  },
  {
    name: 'an extension that claims 4 GiB',
    refused: 'type-refused',
    build: () => bytes([0xc9, 0xff, 0xff, 0xff, 0xff, 1]),
  },
  { name: 'the byte that means nothing', refused: 'type-refused', build: () => bytes(0xc1) },
  { name: 'a 32-bit float', refused: 'type-refused', build: () => bytes([0xca, 0, 0, 0, 0]) },
  {
    name: 'not a number',
    refused: 'number-refused',
    build: () => bytes([0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]),
  },
  {
    name: 'infinity',
    refused: 'number-refused',
    build: () => bytes([0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
  },
  {
    name: 'minus zero',
    refused: 'number-refused',
    build: () => bytes([0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0]),
  },
  {
    name: 'the key __proto__',
    refused: 'key-forbidden',
    build: () => bytes(0x81, fixString('__proto__'), 0x80),
  },
  {
    name: 'the key constructor, inside',
    refused: 'key-forbidden',
    build: () => bytes(0x81, fixString('a'), 0x81, fixString('constructor'), 0x80),
  },
  {
    name: 'the key prototype',
    refused: 'key-forbidden',
    build: () => bytes(0x81, fixString('prototype'), 0x80),
  },
  {
    name: 'a key twice',
    refused: 'key-repeated',
    build: () => bytes(0x82, fixString('ab'), 1, fixString('ab'), 2),
  },
  {
    name: 'a key twice, in two encodings of its length',
    refused: 'key-repeated',
    build: () => bytes(0x82, fixString('ab'), 1, [0xd9, 2], 'ab', 2),
  },
  {
    name: 'a key twice with a map between that has it once',
    refused: 'key-repeated',
    build: () => bytes(0x82, fixString('k'), 0x81, fixString('k'), 1, fixString('k'), 2),
  },
  { name: 'a number as key', refused: 'key-not-text', build: () => bytes(0x81, 1, 2) },
  {
    name: 'a byte string as key',
    refused: 'key-not-text',
    build: () => bytes(0x81, [0xc4, 1, 0x61], 2),
  },
  { name: 'a list as key', refused: 'key-not-text', build: () => bytes(0x81, 0x90, 2) },
  {
    name: 'a key of 65 bytes',
    refused: 'key-too-long',
    build: () => bytes(0x81, [0xd9, 65], repeat([0x61], 65), 1),
  },
  { name: 'a map of 65 entries', refused: 'map-too-large', build: () => mapOf(65) },
  { name: 'a lone continuation byte', refused: 'text-malformed', build: () => bytes([0xa1, 0x80]) },
  {
    name: 'an overlong slash',
    refused: 'text-malformed',
    build: () => bytes([0xa2, 0xc0, 0xaf]),
  },
  {
    name: 'a surrogate',
    refused: 'text-malformed',
    build: () => bytes([0xa3, 0xed, 0xa0, 0x80]),
  },
  {
    name: 'a character above U+10FFFF',
    refused: 'text-malformed',
    build: () => bytes([0xa4, 0xf4, 0x90, 0x80, 0x80]),
  },
  {
    name: 'a character that the string cuts',
    refused: 'text-malformed',
    build: () => bytes(0x92, [0xa1, 0xc3], 0xa1, 0xa9),
  },
  {
    name: 'a byte order mark, which decoders drop',
    refused: 'text-malformed',
    build: () => bytes([0xa4, 0xef, 0xbb, 0xbf, 0x61]),
  },
  {
    name: 'a full frame of full maps, spoilt by its last byte',
    refused: 'type-refused',
    build: frameOfMaps,
  },
]
