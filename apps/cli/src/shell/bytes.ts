/**
 * Value blocks and names as people write them. What `write` gives, `read` takes for the same bytes.
 *
 *     hello, text:hello     the UTF-8 bytes of the text
 *     hex:00ff              these bytes
 *     count:42              a whole number of 64 bits, in 8 bytes, highest first
 */
import { Fault } from './fault.ts'

const COUNT_MAX = 2n ** 64n - 1n
const prefixes = /^(text|hex|count):/

export function readBytes(text: string): Uint8Array {
  const prefix = prefixes.exec(text)?.[1]
  const rest = prefix === undefined ? text : text.slice(prefix.length + 1)
  if (prefix === 'hex') return readHex(rest)
  if (prefix === 'count') return readCount(rest)
  return new TextEncoder().encode(rest)
}

/** The shortest form that can be read by people. */
export function writeBytes(bytes: Uint8Array): string {
  const text = asText(bytes)
  if (text !== undefined) return prefixes.test(text) ? `text:${text}` : text
  if (bytes.length === 8) return `count:${Buffer.from(bytes).readBigUInt64BE()}`
  return writeHex(bytes)
}

/** Always `hex:`, for programs. */
export function writeHex(bytes: Uint8Array): string {
  return `hex:${Buffer.from(bytes).toString('hex')}`
}

/** A name of the engine, which is bytes with one character for each. */
export function readName(text: string): string {
  return Buffer.from(readBytes(text)).toString('latin1')
}

/** Text, or `hex:`: what is no text is no number either. */
export function writeName(name: string): string {
  const bytes = Buffer.from(name, 'latin1')
  return asText(bytes) === undefined ? writeHex(bytes) : writeBytes(bytes)
}

/** Undefined when the bytes are no UTF-8, or when a terminal would not show them as they are. */
function asText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8')
  const isWhole = Buffer.from(text, 'utf8').equals(bytes)
  return isWhole && !/[\p{C}\u2028\u2029]/u.test(text) ? text : undefined
}

function readHex(digits: string): Uint8Array {
  if (!/^([\da-f]{2})*$/i.test(digits)) {
    throw new Fault(`"${digits}" is not hexadecimal: two digits for each byte, as in hex:00ff`)
  }
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

function readCount(digits: string): Uint8Array {
  const count = /^\d+$/.test(digits) ? BigInt(digits) : COUNT_MAX + 1n
  if (count > COUNT_MAX) {
    throw new Fault(`"${digits}" is no count: a whole number, 0 to ${COUNT_MAX}`)
  }
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, count)
  return bytes
}
