/**
 * The first byte of a MessagePack value, as two tables of 256 entries: what the value is, and how
 * many bytes follow before its content (a length) or as its content (a number).
 */
export const KIND = {
  refused: 0,
  plain: 1,
  float64: 2,
  string: 3,
  binary: 4,
  array: 5,
  map: 6,
} as const

export interface HeadTables {
  readonly kind: Uint8Array
  /** For `plain` and `float64`: bytes of content. For the others: bytes of the length field. */
  readonly width: Uint8Array
  /** The mask that takes a length out of the head byte itself, where `width` is 0. */
  readonly mask: Uint8Array
}

type Row = readonly [from: number, to: number, kind: number, width: number, mask: number]

/**
 * Extensions (0xc7 to 0xc9, 0xd4 to 0xd8), the byte that is never used (0xc1), and the 32-bit float
 * (0xca), which no peer of ours sends, are in no row and therefore refused.
 */
const ROWS: readonly Row[] = [
  [0x00, 0x7f, KIND.plain, 0, 0],
  [0x80, 0x8f, KIND.map, 0, 0x0f],
  [0x90, 0x9f, KIND.array, 0, 0x0f],
  [0xa0, 0xbf, KIND.string, 0, 0x1f],
  [0xc0, 0xc0, KIND.plain, 0, 0],
  [0xc2, 0xc3, KIND.plain, 0, 0],
  [0xc4, 0xc4, KIND.binary, 1, 0],
  [0xc5, 0xc5, KIND.binary, 2, 0],
  [0xc6, 0xc6, KIND.binary, 4, 0],
  [0xcb, 0xcb, KIND.float64, 8, 0],
  [0xcc, 0xcc, KIND.plain, 1, 0],
  [0xcd, 0xcd, KIND.plain, 2, 0],
  [0xce, 0xce, KIND.plain, 4, 0],
  [0xcf, 0xcf, KIND.plain, 8, 0],
  [0xd0, 0xd0, KIND.plain, 1, 0],
  [0xd1, 0xd1, KIND.plain, 2, 0],
  [0xd2, 0xd2, KIND.plain, 4, 0],
  [0xd3, 0xd3, KIND.plain, 8, 0],
  [0xd9, 0xd9, KIND.string, 1, 0],
  [0xda, 0xda, KIND.string, 2, 0],
  [0xdb, 0xdb, KIND.string, 4, 0],
  [0xdc, 0xdc, KIND.array, 2, 0],
  [0xdd, 0xdd, KIND.array, 4, 0],
  [0xde, 0xde, KIND.map, 2, 0],
  [0xdf, 0xdf, KIND.map, 4, 0],
  [0xe0, 0xff, KIND.plain, 0, 0],
]

export function createHeadTables(): HeadTables {
  const tables = {
    kind: new Uint8Array(256),
    width: new Uint8Array(256),
    mask: new Uint8Array(256),
  }
  for (const [from, to, kind, width, mask] of ROWS) {
    tables.kind.fill(kind, from, to + 1)
    tables.width.fill(width, from, to + 1)
    tables.mask.fill(mask, from, to + 1)
  }
  return tables
}
