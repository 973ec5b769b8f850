import type { LockMode, LockRange } from '@holdfast/client/raw-session'
import { nearestName } from '@holdfast/primitives'
import { readBytes, readName, writeBytes, writeHex, writeName } from './bytes.ts'
import { Fault } from './fault.ts'
import type { Names } from './names.ts'

/** How one sort of value is written. */
export interface Kind<Value> {
  /** How it stands in the table of flags: `MS`, `FROM-TO`. Empty for a switch. */
  readonly form: string
  /** What is right, in words, for errors and help. */
  readonly hint: string
  /** Throws a `Fault` that says what would be right. */
  read(text: string, names: Names): Value
  /** The one way in which the value is shown and compared. */
  write(value: Value, names: Names): string
  /** The same for programs, where that is not the text. */
  toJson?(value: Value): unknown
  /** What it may be, as far as it can be listed. */
  choices?(names: Names): readonly string[]
}

function wrong(text: string, hint: string): Fault {
  return new Fault(`"${text}" is not right here: ${hint}`)
}

/** One of the words of a type. The compiler tells when one is missing. */
export function oneOf<Word extends string>(
  form: string,
  words: Readonly<Record<Word, unknown>>,
): Kind<Word> {
  const known = Object.keys(words) as Word[]
  const hint = `one of ${known.join(', ')}`
  return {
    form,
    hint,
    read(text) {
      const found = known.find((word) => word.toLowerCase() === text.toLowerCase())
      if (found !== undefined) return found
      const nearest = nearestName(text, known)
      throw wrong(text, nearest === undefined ? hint : `${hint}; did you mean ${nearest}?`)
    },
    write: (value) => value,
    choices: () => known,
  }
}

export const modeKind: Kind<LockMode> = oneOf<LockMode>('MODE', {
  NL: true,
  CR: true,
  CW: true,
  PR: true,
  PW: true,
  EX: true,
})

export const switchKind: Kind<boolean> = {
  form: '',
  hint: 'yes or no; the word alone means yes',
  read(text) {
    if (text === 'yes' || text === 'no') return text === 'yes'
    throw wrong(text, switchKind.hint)
  },
  write: (value) => (value ? 'yes' : 'no'),
  toJson: (value) => value,
  choices: () => ['yes', 'no'],
}

export function wholeKind(form: string, hint = 'a whole number'): Kind<number> {
  return {
    form,
    hint,
    read(text) {
      const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
      if (Number.isSafeInteger(number)) return number
      throw wrong(text, hint)
    },
    write: String,
    toJson: (value) => value,
  }
}

/** A whole number beyond what JSON numbers can hold. */
export const bigKind: Kind<bigint> = {
  form: 'N',
  hint: 'a whole number',
  read(text) {
    if (/^\d+$/.test(text)) return BigInt(text)
    throw wrong(text, bigKind.hint)
  },
  write: String,
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

/** A length of time. Milliseconds when no unit is given, as everywhere in the calls. */
export const timeKind: Kind<number> = {
  form: 'TIME',
  hint: 'a length of time: 500 or 500ms, 2s, 1.5s, 3m',
  read(text) {
    const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? []
    if (amount === undefined) throw wrong(text, timeKind.hint)
    return Number(amount) * (UNITS[unit] ?? 1)
  },
  write: (value) => `${value}ms`,
  toJson: (value) => value,
}

const END = 2n ** 64n - 1n

export const rangeKind: Kind<LockRange> = {
  form: 'FROM-TO',
  hint: 'both ends, inclusive, each a decimal or hexadecimal number below 2^64: 0-9, 0x10-0x1f, 5-max',
  read(text) {
    const [, from, to] = /^(\d+|0x[\da-f]+)-(\d+|0x[\da-f]+|max)$/i.exec(text) ?? []
    if (from === undefined || to === undefined) throw wrong(text, rangeKind.hint)
    const range = { start: BigInt(from), end: to.toLowerCase() === 'max' ? END : BigInt(to) }
    if (range.start > END || range.end > END) throw wrong(text, rangeKind.hint)
    return range
  },
  write: ({ start, end }) => `${start}-${end === END ? 'max' : end}`,
}

export const valueKind: Kind<Uint8Array> = {
  form: 'VALUE',
  hint: 'text, or hex:00ff, or count:42 (a 64-bit number), or text: and the text as it is',
  read: readBytes,
  write: writeBytes,
  toJson: writeHex,
}

/** Names are bytes: text stands for its UTF-8, `hex:` for what is no text. */
export function nameKind(form: string): Kind<string> {
  return {
    form,
    hint: 'text, or hex: and the bytes',
    read: readName,
    write: writeName,
  }
}

/** Any text, passed on as it is. */
export function textKind(form: string, hint: string): Kind<string> {
  return { form, hint, read: (text) => text, write: (value) => value }
}

/** A name that the shell's user gives to a lock or a session. */
export function readLabel(text: string): string {
  if (/^[a-z][\w.-]{0,31}$/i.test(text)) return text
  throw wrong(text, 'a name of up to 32 letters, digits and . _ -, beginning with a letter')
}

export const lockKind: Kind<number> = {
  form: 'LOCK',
  hint: 'the name of a lock',
  read: (text, names) => names.lock(readLabel(text)),
  write: (value, names) => names.lockName(value),
  choices: ({ locks }) => locks,
}

export const newLockKind: Kind<number> = {
  form: 'LOCK',
  hint: 'a name for the lock',
  read: (text, names) => names.newLock(readLabel(text)),
  write: (value, names) => names.lockName(value),
}

export function listKind<Item>(item: Kind<Item>): Kind<readonly Item[]> {
  return {
    form: `${item.form},...`,
    hint: `${item.hint}; several with commas between them`,
    read: (text, names) =>
      text
        .split(',')
        .filter((one) => one !== '')
        .map((one) => item.read(one, names)),
    write: (values, names) =>
      values
        .map((value) => item.write(value, names))
        .toSorted()
        .join(','),
    choices: (names) => item.choices?.(names) ?? [],
  }
}
