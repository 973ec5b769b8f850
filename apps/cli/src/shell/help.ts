import { formatTable } from '../table.ts'
import { type Command, commands } from './commands.ts'
import { type EventKind, eventKinds, eventWords } from './event-words.ts'
import { commandNamed } from './parse.ts'
import { isNeeded, type Word } from './word.ts'

/** All commands, or the words of one. Throws a `Fault` for a command that there is not. */
export function helpText(name?: string): string {
  if (name === undefined) return overview()
  const command = commandNamed(name)
  const words = command.words.map((word) => [`  ${formOf(word)}`, word.about])
  const expected = command.word === 'expect' ? eventKinds.flatMap(eventHelp) : []
  return [
    usageOf(command),
    `  ${command.about}`,
    ...(words.length === 0 ? [] : ['', formatRows([...words, ...expected])]),
  ].join('\n')
}

function overview(): string {
  const rows = commands.map((command) => [usageOf(command), command.about])
  return `${formatRows(rows)}\n\n\`help request\` tells the words of a command.`
}

function eventHelp(kind: EventKind): readonly string[][] {
  return eventWords(kind).map((word) => [`  ${formOf(word)}`, `${kind}: ${word.about}`])
}

/** `request LOCK NAME MODE`; other words are optional. */
export function usageOf({ word, words, isOfSession }: Command): string {
  const placed = words.filter(({ place }) => place !== undefined)
  const others = words.length > placed.length ? ' ...' : ''
  const forms = placed.map((one) => (isNeeded(one) ? ` ${placeOf(one)}` : ` [${placeOf(one)}]`))
  return `${isOfSession ? '[SESSION:] ' : ''}${word}${forms.join('')}${others}`
}

/** How a word stands in a line: `range=FROM-TO`, `no-queue`, `LOCK`. */
export function formOf(word: Word<unknown>): string {
  if (word.place !== undefined) return placeOf(word)
  return word.kind.form === '' ? word.word : `${word.word}=${word.kind.form}`
}

function placeOf({ kind }: Word<unknown>): string {
  return kind.form
}

function formatRows(rows: readonly (readonly string[])[]): string {
  const [headings = [], ...rest] = rows
  return formatTable(headings, rest, (line) => line)
}
