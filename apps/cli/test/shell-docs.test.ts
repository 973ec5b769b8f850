import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { commands } from '../src/shell/commands.ts'
import { grammarTables } from './shell-page.ts'

const page = await readFile(new URL('../../docs/shell.md', import.meta.url), 'utf8')

describe('the page about the shell', () => {
  test.each([...grammarTables()])('has the table of the grammar under "%s"', (heading, table) => {
    const [, section = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'))
    const found = section.split('\n').filter((line, index, lines) => isOfFirstTable(lines, index))
    expect(found.join('\n')).toBe(table)
  })

  test('has a table for every command that has words, and for no other', () => {
    const headings = [...page.matchAll(/^### ([\w-]+)$/gm)].map(([, heading]) => heading)
    const withWords = commands.filter(({ words }) => words.length > 0).map(({ word }) => word)
    expect(headings.toSorted()).toEqual(withWords.toSorted())
  })
})

/** True for a line of the first table after a heading. */
function isOfFirstTable(lines: readonly string[], index: number): boolean {
  const first = lines.findIndex((line) => line.startsWith('|'))
  const after = lines.findIndex((line, at) => at > first && !line.startsWith('|'))
  return first >= 0 && index >= first && (after < 0 || index < after)
}
