import {
  type LockRange,
  nameOfBytes,
  nameOfText,
  type ResourceName,
} from '@holdfast/lock-engine/messages'

/** A name of a resource or a lockspace: text, which counts as its UTF-8, or bytes. 1 to 255 bytes. */
export type Name = string | Uint8Array

/** A resource by names as applications give them. */
export interface ResourceAddress {
  readonly space: Name
  readonly name: Name
  /** The names of the resources above it, root first. */
  readonly path?: readonly Name[]
}

/** A part of a resource, both ends inclusive: 0 to 2^64 - 1. Numbers must be whole and below 2^53. */
export interface RangeLike {
  readonly start: bigint | number
  readonly end: bigint | number
}

/** Throws `TypeError` for what is no name. */
export function nameOf(given: Name): string {
  if (typeof given === 'string') return nameOfText(given)
  if (given instanceof Uint8Array) return nameOfBytes(given)
  throw new TypeError('a name is a string or a Uint8Array')
}

export function resourceOf({ space, name, path }: ResourceAddress): ResourceName {
  return {
    space: nameOf(space),
    name: nameOf(name),
    ...(path === undefined ? {} : { path: path.map(nameOf) }),
  }
}

/** Throws `RangeError` for what is no range; a number beyond 64 bits could not even be sent. */
export function rangeOf({ start, end }: RangeLike): LockRange {
  const range = { start: placeOf(start), end: placeOf(end) }
  if (range.start > range.end) throw new RangeError(`a range ends at its start or behind it`)
  return range
}

function placeOf(given: bigint | number): bigint {
  const isWhole = typeof given === 'bigint' || Number.isSafeInteger(given)
  if (isWhole && given >= 0 && given < 1n << 64n) return BigInt(given)
  throw new RangeError(`${given} is no place in a resource: 0 to 2^64 - 1, numbers below 2^53`)
}
