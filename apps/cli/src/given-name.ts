import { nameOfBytes, nameOfText } from '@holdfast/client'
import { EXIT, ExitError } from './exit-code.ts'
import { readBytes } from './shell/bytes.ts'
import { Fault } from './shell/fault.ts'

/** The bytes of a name as the tables show it: text, or `hex:` and bytes. `what` is where it was given. */
export function readGivenName(what: string, text: string): Uint8Array {
  return orUsage(what, text, () => {
    const bytes = readBytes(text)
    nameOfBytes(bytes)
    return bytes
  })
}

/** Throws unless the text can be a name as it is. */
export function assertName(what: string, text: string): void {
  orUsage(what, text, () => nameOfText(text))
}

function orUsage<Result>(what: string, text: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof TypeError) && !Fault.is(cause)) throw cause
    const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text
    const sentence = `${what} "${shown}" is no name: ${cause.message}`
    throw new ExitError(sentence, { exitCode: EXIT.usage, cause })
  }
}

/** So much of a wrong name is shown. */
const SHOWN_MAX = 32
