/**
 * What is in a value block, in the types of the application.
 *
 *     const state = json(z.object({ leader: z.string() }).parse)
 *     const reading = lock.read(state)
 *     if (reading.state === 'valid') follow(reading.value.leader)
 *     await lock.convert('PR', { value: state.of({ leader: 'n2' }) })
 */
import type { ValueCopy } from '@holdfast/lock-engine/messages'
import { ValueFormatError } from './errors.ts'

/** How values of one kind are written to a value block and read from it. */
export interface ValueType<Value> {
  /** The bytes to write. Throws `TypeError` or `RangeError` when the value has none, or too many. */
  of(value: Value): Uint8Array
  /** Throws when the bytes are no such value. */
  from(bytes: Uint8Array): Value
}

/** What is known of a value block. Nothing is taken for a value that may not be one. */
export type ValueReading<Value> =
  /** What the last writer wrote. */
  | { readonly state: 'valid'; readonly value: Value }
  /** Nothing was written yet. */
  | { readonly state: 'empty' }
  /**
   * A writer died, or marked it: the last value may be lost. `last` is the last one known, or
   * `undefined` when there is none that can be read. Writing a new value makes it valid.
   */
  | { readonly state: 'not-valid'; readonly last: Value | undefined }

/** The largest value block there is, bytes; a lockspace may allow less. */
const BYTES_MAX = 1_024

/** The bytes as they are. */
export const bytes: ValueType<Uint8Array> = { of: sized, from: (given) => given }

/** A count from 0 to 2^64 - 1: eight bytes, the highest first. It never wraps round: `RangeError`. */
export const counter: ValueType<bigint> = {
  of(value) {
    if (value !== BigInt.asUintN(64, value)) {
      throw new RangeError(`a counter goes from 0 to 2^64 - 1, so it cannot be ${value}`)
    }
    const eight = new DataView(new ArrayBuffer(8))
    eight.setBigUint64(0, value)
    return new Uint8Array(eight.buffer)
  },
  from(given) {
    if (given.length !== 8) throw new TypeError(`a counter has 8 bytes, not ${given.length}`)
    return new DataView(given.buffer, given.byteOffset, 8).getBigUint64(0)
  },
}

/**
 * Any JSON value that fits. `check` gets what was parsed, and returns it in its type or throws: the
 * `parse` of a schema, for example.
 */
export function json(): ValueType<unknown>
export function json<Value>(check: (parsed: unknown) => Value): ValueType<Value>
export function json(check: (parsed: unknown) => unknown = (parsed) => parsed): ValueType<unknown> {
  return {
    of(value) {
      const text: string | undefined = JSON.stringify(value)
      if (text === undefined) throw new TypeError(`${typeof value} is no JSON value`)
      return sized(new TextEncoder().encode(text))
    },
    from: (given) => check(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(given))),
  }
}

/** Throws `ValueFormatError` when a valid value is not of this type. */
export function readValue<Value>(copy: ValueCopy, type: ValueType<Value>): ValueReading<Value> {
  const isEmpty = copy.bytes.length === 0
  if (!copy.valid) return { state: 'not-valid', last: isEmpty ? undefined : lastOf(copy, type) }
  if (isEmpty) return { state: 'empty' }
  try {
    return { state: 'valid', value: type.from(copy.bytes) }
  } catch (cause) {
    throw new ValueFormatError('the value block holds something else than expected', { cause })
  }
}

function lastOf<Value>(copy: ValueCopy, type: ValueType<Value>): Value | undefined {
  try {
    return type.from(copy.bytes)
  } catch {
    // Of no more use than none.
    return undefined
  }
}

function sized(given: Uint8Array): Uint8Array {
  if (given.length <= BYTES_MAX) return given
  throw new RangeError(`a value has at most ${BYTES_MAX} bytes, this one ${given.length}`)
}
