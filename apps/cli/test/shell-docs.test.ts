import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { commands } from '../src/shell/commands.ts'
import { grammarTables } from './shell-page.ts'

const page = await readFile(new URL('../../docs/shell.md', import.meta.url), 'utf8')

describe('the page about the shell', () => {
  test.each([...grammarTables()])('has the table of the grammar under "%s"', (heading, table) => {
    const [, section = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'))
    const [found] = /^\|.*(?:\n\|.*)*/m.exec(section) ?? []
    expect(found).toBe(table)
  })

  test('has a table for every command that has words, and for no other', () => {
    const headings = [...page.matchAll(/^### ([\w-]+)$/gm)].map(([, heading]) => heading)
    const withWords = commands.filter(({ words }) => words.length > 0).map(({ word }) => word)
    expect(headings.toSorted()).toEqual(withWords.toSorted())
  })
})
