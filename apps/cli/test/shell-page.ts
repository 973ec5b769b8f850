import { type Command, commands } from '../src/shell/commands.ts'
import { eventKinds, eventWords } from '../src/shell/event-words.ts'
import { formOf, usageOf } from '../src/shell/help.ts'
import type { Word } from '../src/shell/word.ts'

/** The tables of the grammar as the page of the documentation must have them, by heading. */
export function grammarTables(): ReadonlyMap<string, string> {
  const overview = table(
    ['command', 'what it does'],
    commands.map((command) => [code(usageOf(command)), command.about]),
  )
  const ofCommands = commands
    .filter(({ words }) => words.length > 0)
    .map((command): [string, string] => [command.word, wordTable(command.words)])
  const ofEvents = eventKinds
    .filter((kind) => eventWords(kind).length > 0)
    .map((kind): [string, string] => [`${kind} event`, wordTable(eventWords(kind))])
  return new Map([['Commands', overview], ...ofCommands, ...ofEvents])
}

function wordTable(words: Command['words']): string {
  return table(
    ['word', 'what it says'],
    words.map((word) => [code(formOf(word)) + keyOf(word), word.about]),
  )
}

/** The name of a word that is given by its place, where its form does not show it. */
function keyOf({ word, place, kind }: Word<unknown>): string {
  return place === undefined || kind.form.toLowerCase() === word ? '' : ` (${code(word)})`
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeBars).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}

function escapeBars(text: string): string {
  return text.replaceAll('|', '\\|')
}
