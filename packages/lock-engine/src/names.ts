/** Names are bytes, each as one character U+0000 to U+00FF. This is how they come from text and go back. */
import { nameBytesMax } from './limits.ts'

/** The name that the text has in UTF-8. Throws `TypeError` when it is empty, too long or holds half a surrogate pair. */
export function nameOfText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a name must be well-formed Unicode')
  if (isPlain(text)) return sized(text)
  return sized(
    encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
      characterOf(Number.parseInt(hex, 16)),
    ),
  )
}

/** The name with these very bytes. Throws `TypeError` when there are none or too many. */
export function nameOfBytes(bytes: Uint8Array): string {
  return sized(Array.from(bytes, characterOf).join(''))
}

/**
 * What a terminal obeys instead of showing it: control characters, line separators, and those that
 * turn the direction of the text around them.
 */
const commands = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * The name for people: text where its bytes are UTF-8, else each byte that is no visible ASCII character
 * as `\xNN`; so are the bytes of control characters, wherever they are. Two names may look the same, so
 * this is not to be looked up by.
 */
export function textOfName(name: string): string {
  if (isPlain(name)) return name
  try {
    const text = decodeURIComponent(Array.from(name, (byte) => `%${hexOf(byte)}`).join(''))
    return text.replace(commands, (command) => escaped(nameOfText(command)))
  } catch {
    return escaped(name)
  }
}

function escaped(name: string): string {
  return Array.from(name, (byte) => (isPlain(byte) ? byte : `\\x${hexOf(byte)}`)).join('')
}

/** Visible ASCII and blanks: the same as text and as bytes. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

function sized(name: string): string {
  if (name.length >= 1 && name.length <= nameBytesMax) return name
  throw new TypeError(`a name has 1 to ${nameBytesMax} bytes, this one ${name.length}`)
}

function characterOf(byte: number): string {
  return String.fromCharCode(byte)
}

function hexOf(byte: string): string {
  return byte.charCodeAt(0).toString(16).padStart(2, '0')
}
