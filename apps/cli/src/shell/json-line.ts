import { wordsAfter } from './commands.ts'
import { Fault } from './fault.ts'
import { commandNamed, type Line, parseLine, unknownWord } from './parse.ts'
import { type GivenWord, isNeeded } from './word.ts'

/** Reads a line in either form: typed words, or one JSON object. */
export function readLine(text: string): Line | undefined {
  return /^\s*\{/.test(text) ? parseJsonLine(text) : parseLine(text)
}

/**
 * Reads a line of a program: `{"do": COMMAND, "in": SESSION, WORD: VALUE, ...}`. A value is what
 * would stand in a typed line, as a text; or true and false, a number, or a list.
 */
function parseJsonLine(text: string): Line {
  const { do: name, in: session, ...values } = readObject(text)
  const word = textOf('do', name)
  const command = commandNamed(word, { text: 'do' })
  const given = new Map<string, GivenWord>()
  // Those with a place first: what else may be there depends on them.
  const placed = command.words.filter(isNeeded).map(({ word: key }) => key)
  const keys = Object.keys(values)
  for (const key of [...placed.filter((one) => keys.includes(one)), ...keys]) {
    if (given.has(key)) continue
    const words = wordsAfter(command, given)
    if (!words.some(({ word: known }) => known === key)) {
      throw unknownWord(command, words, { text: key })
    }
    given.set(key, { text: key, value: textOf(key, values[key]) })
  }
  if (session === undefined) return { command, given }
  if (!command.isOfSession)
    throw new Fault(`${word} takes no session before it`, { word: { text: 'in' } })
  return { command, given, session: { text: 'in', value: textOf('in', session) } }
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  const value = readJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw new Fault('a line is one JSON object: {"do": "request", "lock": "x", ...}')
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new Fault(`this is no JSON: ${detail}`, { cause })
  }
}

function textOf(key: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.map((one) => textOf(key, one)).join(',')
  throw new Fault(`${key} must be a text, a number, true or false, or a list`, {
    word: { text: key },
  })
}
