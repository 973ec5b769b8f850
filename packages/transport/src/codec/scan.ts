import { createHeadTables, KIND } from './head-byte.ts'
import { createKeyLedger, type KeyLedger } from './key-ledger.ts'
import type { CodecLimits } from './limits.ts'
import { isUtf8 } from './utf8.ts'

/** Why a frame was not decoded. */
export type RefusedReason =
  | 'empty'
  | 'frame-too-large'
  | 'cut-short'
  | 'trailing-bytes'
  | 'too-deep'
  | 'array-too-long'
  | 'map-too-large'
  | 'key-too-long'
  | 'key-not-text'
  | 'key-repeated'
  | 'key-forbidden'
  | 'string-too-long'
  | 'binary-too-long'
  | 'type-refused'
  | 'number-refused'
  | 'text-malformed'
  | 'shape-refused'

/** `ok` with whether the frame holds byte strings, or the reason for its refusal. */
export type Scanned = 'ok' | 'ok-with-binary' | RefusedReason

/**
 * Keys that reach the prototype of an object. The decoding library refuses only the first; the
 * others are refused here (Prototype pollution, CWE-1321).
 */
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']

/**
 * Walks over a frame once, without making anything from it, and says whether it is worth decoding.
 *
 * The decoding library makes a list as long as its header claims, so a frame of 3,000 bytes with
 * nested headers can stop the process; here a claim is held against the limits and against the
 * bytes that are left. Linear in the frame's length; no recursion; it allocates nothing.
 */
export function createScanner(limits: CodecLimits): (frame: Uint8Array) => Scanned {
  const scanner = new Scanner(limits)
  return (frame) => scanner.scan(frame)
}

const HEAD = createHeadTables()

class Scanner {
  readonly #limits: CodecLimits
  readonly #keys: KeyLedger
  readonly #forbidden: readonly Uint8Array[]
  readonly #view = new DataView(new ArrayBuffer(8))
  /** Values still to come at each open level; of a map, keys and values are counted alike. */
  readonly #left: Uint32Array
  readonly #isMap: Uint8Array
  #bytes: Uint8Array = new Uint8Array()
  #at = 0
  #level = -1
  #sawBinary = false

  constructor(limits: CodecLimits) {
    this.#limits = limits
    this.#keys = createKeyLedger(limits)
    this.#left = new Uint32Array(limits.depthMax)
    this.#isMap = new Uint8Array(limits.depthMax)
    this.#forbidden = FORBIDDEN_KEYS.map((key) => new TextEncoder().encode(key))
  }

  scan(frame: Uint8Array): Scanned {
    if (frame.length === 0) return 'empty'
    if (frame.length > this.#limits.frameBytesMax) return 'frame-too-large'
    this.#bytes = frame
    this.#at = 0
    this.#level = -1
    this.#sawBinary = false
    do {
      const refused = this.#value()
      if (refused !== undefined) return refused
      this.#closeFinished()
    } while (this.#level >= 0)
    if (this.#at !== frame.length) return 'trailing-bytes'
    return this.#sawBinary ? 'ok-with-binary' : 'ok'
  }

  #closeFinished(): void {
    while (this.#level >= 0 && this.#left[this.#level] === 0) this.#level -= 1
  }

  #value(): RefusedReason | undefined {
    if (this.#at >= this.#bytes.length) return 'cut-short'
    const head = this.#bytes[this.#at] as number
    const kind = HEAD.kind[head] as number
    const width = HEAD.width[head] as number
    this.#at += 1
    const isKey = this.#countDown()
    if (isKey && kind !== KIND.string) return 'key-not-text'
    if (this.#at + width > this.#bytes.length) return 'cut-short'
    const start = this.#at
    this.#at += width
    if (kind === KIND.plain) return undefined
    if (kind === KIND.float64) return this.#float(start)
    if (kind === KIND.refused) return 'type-refused'
    const length = width === 0 ? head & (HEAD.mask[head] as number) : this.#length(start, width)
    if (kind === KIND.string) return isKey ? this.#key(length) : this.#string(length)
    if (kind === KIND.binary) return this.#binary(length)
    return this.#open(kind, length)
  }

  /** Counts one value of the open level; true when it is a key. */
  #countDown(): boolean {
    if (this.#level < 0) return false
    const left = this.#left[this.#level] as number
    this.#left[this.#level] = left - 1
    return this.#isMap[this.#level] === 1 && left % 2 === 0
  }

  #length(start: number, width: number): number {
    let length = 0
    for (let at = start; at < start + width; at += 1) {
      length = length * 256 + (this.#bytes[at] as number)
    }
    return length
  }

  #float(start: number): RefusedReason | undefined {
    for (let at = 0; at < 8; at += 1) this.#view.setUint8(at, this.#bytes[start + at] as number)
    const value = this.#view.getFloat64(0)
    return Number.isFinite(value) && !Object.is(value, -0) ? undefined : 'number-refused'
  }

  #string(length: number): RefusedReason | undefined {
    if (length > this.#limits.stringBytesMax) return 'string-too-long'
    return this.#text(length)
  }

  #text(length: number): RefusedReason | undefined {
    const end = this.#at + length
    if (end > this.#bytes.length) return 'cut-short'
    if (!isUtf8(this.#bytes, this.#at, end)) return 'text-malformed'
    this.#at = end
    return undefined
  }

  #key(length: number): RefusedReason | undefined {
    if (length > this.#limits.keyBytesMax) return 'key-too-long'
    const start = this.#at
    const refused = this.#text(length)
    if (refused !== undefined) return refused
    if (this.#isForbidden(start, length)) return 'key-forbidden'
    return this.#keys.add(this.#level, this.#bytes, start, this.#at) ? undefined : 'key-repeated'
  }

  #isForbidden(start: number, length: number): boolean {
    for (const key of this.#forbidden) {
      if (key.length !== length) continue
      let at = 0
      while (at < length && key[at] === this.#bytes[start + at]) at += 1
      if (at === length) return true
    }
    return false
  }

  #binary(length: number): RefusedReason | undefined {
    if (length > this.#limits.binaryBytesMax) return 'binary-too-long'
    if (this.#at + length > this.#bytes.length) return 'cut-short'
    this.#at += length
    this.#sawBinary = true
    return undefined
  }

  #open(kind: number, length: number): RefusedReason | undefined {
    const isMap = kind === KIND.map
    if (isMap && length > this.#limits.mapMax) return 'map-too-large'
    if (!isMap && length > this.#limits.arrayMax) return 'array-too-long'
    if (this.#level + 1 >= this.#limits.depthMax) return 'too-deep'
    const left = isMap ? length * 2 : length
    // Each value that is claimed takes a byte at least.
    if (left > this.#bytes.length - this.#at) return 'cut-short'
    this.#level += 1
    this.#left[this.#level] = left
    this.#isMap[this.#level] = isMap ? 1 : 0
    if (isMap) this.#keys.open(this.#level)
    return undefined
  }
}
