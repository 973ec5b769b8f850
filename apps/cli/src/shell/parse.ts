import { nearestName } from '@holdfast/primitives'
import { type Command, commands, commandWords, wordsAfter } from './commands.ts'
import { Fault, type FaultyWord } from './fault.ts'
import { splitWords, type TypedWord } from './typed-words.ts'
import { type Given, type GivenWord, isNeeded, type Word } from './word.ts'

/** A line whose words are known, but not yet what its names stand for. */
export interface Line {
  readonly command: Command
  /** The session that stands before the command. */
  readonly session?: GivenWord
  readonly given: Given
}

/** Reads `[SESSION:] COMMAND WORDS`. Undefined for an empty line or a remark. */
export function parseLine(text: string): Line | undefined {
  const [first, ...others] = splitWords(text)
  if (first === undefined) return undefined
  if (!isPrefix(first)) return parseCommand(first, others)
  const [word, ...rest] = others
  if (word === undefined) throw new Fault('a command is missing after the session', { word: first })
  const line = parseCommand(word, rest)
  if (!line.command.isOfSession) {
    throw new Fault(`${line.command.word} takes no session before it`, { word: first })
  }
  return { ...line, session: { ...first, value: first.text.slice(0, -1) } }
}

export function isPrefix({ text, quotedFrom }: TypedWord): boolean {
  return text.length > 1 && text.endsWith(':') && quotedFrom === undefined
}

/** Throws a `Fault` at the word when there is none of that name. */
export function commandNamed(name: string, word?: FaultyWord): Command {
  const command = findCommand(name)
  if (command !== undefined) return command
  throw new Fault(`no command is called ${name}${orRather(name, commandWords)}`, { word })
}

export function findCommand(name: string): Command | undefined {
  return commands.find(({ word }) => word === name)
}

function parseCommand(first: TypedWord, rest: readonly TypedWord[]): Line {
  const command = commandNamed(first.text, first)
  return { command, given: readGiven(command, rest) }
}

/** Which typed words are the values of which words of the command. */
export function readGiven(command: Command, typed: readonly TypedWord[]): Given {
  const given = new Map<string, GivenWord>()
  const queue = [...typed]
  for (;;) {
    const next = queue.shift()
    if (next === undefined) return given
    const { word, value } = readWord(command, given, next, queue)
    if (given.has(word)) throw new Fault(`${word} is given twice`, { word: next })
    given.set(word, { ...next, value })
  }
}

interface WordAndValue {
  readonly word: string
  readonly value: string
}

function readWord(
  command: Command,
  given: Given,
  typed: TypedWord,
  queue: TypedWord[],
): WordAndValue {
  const words = wordsAfter(command, given)
  const named = readNamed(words, typed)
  if (named !== undefined) return named
  const due = words.filter(({ place, word }) => place !== undefined && !given.has(word))
  const needed = due.find(isNeeded)
  if (needed !== undefined) return { word: needed.word, value: typed.text }
  const bare =
    typed.quotedFrom === undefined ? words.find(({ word }) => word === typed.text) : undefined
  if (bare !== undefined) return readBare(bare, typed, queue)
  const [optional] = due
  if (optional !== undefined) return { word: optional.word, value: typed.text }
  throw unknownWord(command, words, typed)
}

/** `word=value` */
function readNamed(words: readonly Word<unknown>[], typed: TypedWord): WordAndValue | undefined {
  const at = typed.text.indexOf('=')
  if (at < 1 || at >= (typed.quotedFrom ?? Number.POSITIVE_INFINITY)) return undefined
  const name = typed.text.slice(0, at)
  const known = words.some(({ word }) => word === name)
  return known ? { word: name, value: typed.text.slice(at + 1) } : undefined
}

/** A switch, or a word with its value behind it. */
function readBare(
  { word, kind }: Word<unknown>,
  typed: TypedWord,
  queue: TypedWord[],
): WordAndValue {
  if (kind.form === '') return { word, value: 'yes' }
  const value = queue.shift()
  if (value === undefined) throw new Fault(`${word} needs a value: ${kind.hint}`, { word: typed })
  return { word, value: value.text }
}

export function unknownWord(
  command: Command,
  words: readonly Word<unknown>[],
  typed: FaultyWord,
): Fault {
  const known = words.filter(({ place }) => place === undefined).map(({ word }) => word)
  const [name = ''] = typed.text.split('=')
  const hint = known.length === 0 ? '; it takes no more words' : `; it has ${known.join(', ')}`
  return new Fault(`${command.word} has no word ${name}${orRather(name, known, hint)}`, {
    word: typed,
  })
}

/** A hint at the name that was probably meant. */
export function orRather(
  name: string,
  known: readonly string[],
  otherwise = '; see `help`',
): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? otherwise : `; did you mean ${nearest}?`
}
