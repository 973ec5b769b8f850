/** What a lockspace is like: defaults, checks, and how it is kept in a value block. */
import { valueBytesMax } from '../limits.ts'
import type { SpaceAttributes } from '../messages.ts'

export const defaultAttributes: SpaceAttributes = {
  valueBytes: valueBytesMax,
  deadlockMs: 1_000,
  mastering: 'directory',
}

const deadlockMsMax = 0xffff_ffff
const masterings: readonly SpaceAttributes['mastering'][] = ['directory', 'hash']
const names = ['valueBytes', 'deadlockMs', 'mastering'] as const

/** What is wrong with attributes that were asked for, in words; `undefined` when nothing is. */
export function attributesFault(asked: Partial<SpaceAttributes>): string | undefined {
  const { valueBytes = 0, deadlockMs = 0, mastering = 'directory' } = asked
  if (!isWhole(valueBytes, valueBytesMax)) {
    return `valueBytes is a whole number from 0 to ${valueBytesMax}, not ${valueBytes}`
  }
  if (!isWhole(deadlockMs, deadlockMsMax)) {
    return `deadlockMs is a whole number from 0 to ${deadlockMsMax}, not ${deadlockMs}`
  }
  if (!masterings.includes(mastering)) {
    return `mastering is ${masterings.join(' or ')}, not ${mastering}`
  }
  return undefined
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

export function withDefaults(asked: Partial<SpaceAttributes>): SpaceAttributes {
  const { valueBytes, deadlockMs, mastering } = asked
  return {
    valueBytes: valueBytes ?? defaultAttributes.valueBytes,
    deadlockMs: deadlockMs ?? defaultAttributes.deadlockMs,
    mastering: mastering ?? defaultAttributes.mastering,
  }
}

/** Every attribute that is not as it was asked for, in words; `undefined` when there is none. */
export function differences(
  asked: Partial<SpaceAttributes>,
  actual: SpaceAttributes,
): string | undefined {
  const words = names
    .filter((name) => asked[name] !== undefined && asked[name] !== actual[name])
    .map((name) => `${name} is ${actual[name]}, not ${asked[name]}`)
  return words.length === 0 ? undefined : words.join('; ')
}

/**
 * Version 1, 8 bytes, numbers with their high byte first:
 *
 *   0     the version
 *   1-2   valueBytes
 *   3-6   deadlockMs
 *   7     mastering: 0 directory, 1 hash
 */
const version = 1
const length = 8

export function encodeAttributes(attributes: SpaceAttributes): Uint8Array {
  const { valueBytes, deadlockMs, mastering } = attributes
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, version)
  view.setUint16(1, valueBytes)
  view.setUint32(3, deadlockMs)
  view.setUint8(7, masterings.indexOf(mastering))
  return bytes
}

/** The attributes, or in words why these bytes are none. */
export function decodeAttributes(bytes: Uint8Array): SpaceAttributes | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length > 0 && view.getUint8(0) !== version) {
    return `its attributes are kept in version ${view.getUint8(0)}, this node reads version ${version}`
  }
  if (bytes.length !== length) return `its attributes are ${bytes.length} bytes long, not ${length}`
  const mastering = masterings[view.getUint8(7)]
  if (mastering === undefined) return 'its attributes name an unknown mastering'
  const attributes = { valueBytes: view.getUint16(1), deadlockMs: view.getUint32(3), mastering }
  const fault = attributesFault(attributes)
  return fault === undefined ? attributes : `its attributes are out of bounds: ${fault}`
}
