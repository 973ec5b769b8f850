import { type Command, commands, wordsAfter } from './commands.ts'
import { Fault } from './fault.ts'
import type { Names } from './names.ts'
import { findCommand, isPrefix, readGiven } from './parse.ts'
import { splitWords, type TypedWord } from './typed-words.ts'
import { isNeeded, type Word } from './word.ts'

/** What can stand at the end of the line, and what of it is typed already; as readline wants it. */
export function completeLine(line: string, names: Names): [string[], string] {
  const typed = /\S*$/.exec(line)?.[0] ?? ''
  const before = splitSafely(line.slice(0, line.length - typed.length))
  if (before === undefined) return [[], typed]
  const candidates = candidatesAfter(before, typed, names)
  return [candidates.filter((one) => one.startsWith(typed)).map(closed), typed]
}

/** A word that is complete is followed by a space; one that wants a value is not. */
function closed(word: string): string {
  return word.endsWith('=') ? word : `${word} `
}

function splitSafely(line: string): readonly TypedWord[] | undefined {
  try {
    return splitWords(line)
  } catch (error) {
    if (Fault.is(error)) return undefined
    throw error
  }
}

function candidatesAfter(
  before: readonly TypedWord[],
  typed: string,
  names: Names,
): readonly string[] {
  const [first, ...others] = before
  if (first === undefined) {
    return [...commands.map(({ word }) => word), ...names.sessions.map((name) => `${name}:`)]
  }
  const [word, ...rest] = isPrefix(first) ? others : before
  if (word === undefined) return commands.filter((one) => one.isOfSession).map((one) => one.word)
  const command = findCommand(word.text)
  return command === undefined ? [] : wordCandidates(command, rest, { typed, names })
}

interface Partial {
  readonly typed: string
  readonly names: Names
}

function wordCandidates(
  command: Command,
  typedBefore: readonly TypedWord[],
  { typed, names }: Partial,
): readonly string[] {
  const waiting = wordWithoutValue(command, typedBefore)
  if (waiting !== undefined) return choicesOf(waiting, names)
  const given = givenSafely(command, typedBefore)
  const words = wordsAfter(command, given).filter(({ word }) => !given.has(word))
  const [name = '', value] = typed.split('=')
  if (value !== undefined) {
    const named = words.find(({ word }) => word === name)
    return named === undefined ? [] : choicesOf(named, names).map((one) => `${name}=${one}`)
  }
  const placed = words.filter(({ place }) => place !== undefined)
  const [due] = placed
  const needed = placed.find(isNeeded)
  if (needed !== undefined) return choicesOf(needed, names)
  const flags = words.filter(({ place }) => place === undefined)
  return [
    ...(due === undefined ? [] : choicesOf(due, names)),
    ...flags.map(({ word, kind }) => (kind.form === '' ? word : `${word}=`)),
  ]
}

/** The last word, when its value is to come: `within`. */
function wordWithoutValue(
  command: Command,
  typedBefore: readonly TypedWord[],
): Word<unknown> | undefined {
  const last = typedBefore.at(-1)
  if (last === undefined) return undefined
  const given = givenSafely(command, typedBefore.slice(0, -1))
  const words = wordsAfter(command, given)
  if (words.some((word) => isNeeded(word) && !given.has(word.word))) return undefined
  return words.find(
    ({ word, kind, place }) => place === undefined && kind.form !== '' && word === last.text,
  )
}

function givenSafely(command: Command, typed: readonly TypedWord[]): ReturnType<typeof readGiven> {
  try {
    return readGiven(command, typed)
  } catch (error) {
    if (Fault.is(error)) return new Map()
    throw error
  }
}

function choicesOf({ kind }: Word<unknown>, names: Names): readonly string[] {
  return kind.choices?.(names) ?? []
}
