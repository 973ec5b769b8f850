import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { foreignNames, numberedStatuses } from './foreign-names.ts'
import { codeIn, readRows } from './pages.ts'
import { readVocabulary, type Word } from './vocabulary.ts'

const folder = new URL('..', import.meta.url)
const readPage = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const types = readPage('../../packages/lock-engine/src/messages.ts')

describe.each(Object.entries(foreignNames))('%s', (page, names) => {
  test.each(names)('explains %s', (name) => {
    expect(findForeignFaults(readPage(page), [name])).toEqual([])
  })
})

test('from-o2dlm.md numbers the statuses as o2dlm does', () => {
  const numbered = readPage('from-o2dlm.md').matchAll(/^\| (\d+) \| `(\w+)` \|/gm)
  const found = [...numbered].map(([, number, name]) => `${number} ${name}`)
  expect(found).toEqual(numberedStatuses.map((name, number) => `${number} ${name}`))
})

test('every word of the calls, events and reports has its row in words.md', () => {
  expect(findMissingWords(readPage('words.md'), readVocabulary(types))).toEqual([])
})

test.each(['words.md', 'locks.md', ...Object.keys(foreignNames)])(
  '%s names no call, field or outcome that does not exist',
  (page) => {
    expect(findUnknownWords(readPage(page), readVocabulary(types))).toEqual([])
  },
)

describe('a seeded fault is seen', () => {
  const page = [
    '| theirs | ours | what to know |',
    '| --- | --- | --- |',
    '| `FLAG` of a call | `request.mode` | |',
    '| `EMPTY` |  | |',
    '| other | `HIDDEN` | |',
    '',
    '| no. | theirs | ours |',
    '| --- | --- | --- |',
    '| 7 | `STATUS` | none |',
  ].join('\n')

  test('in a name without a row, and in a row without an answer', () => {
    expect(findForeignFaults(page, ['FLAG', 'STATUS'])).toEqual([])
    expect(findForeignFaults(page, ['EMPTY', 'HIDDEN', 'GONE'])).toEqual([
      'EMPTY has no answer',
      'HIDDEN has no row',
      'GONE has no row',
    ])
  })

  test('in a word that is new in the types', () => {
    const source = `
/** A remark with { readonly fake: number }. */
export interface Terms {
  readonly soon: boolean
}
export type SessionCall =
  /** Asks. */
  | ({
      readonly kind: 'ask'
      /** \`old\`: as before. */
      readonly how?: 'old' | 'new'
    } & Terms)
  | { readonly kind: 'stop'; readonly call: number }
export type Ending = 'well' | 'badly'
export function none(): void {}
`
    const words = readVocabulary(source)
    expect(words.map(({ name }) => name)).toEqual([
      'ask.how',
      'ask.soon',
      'stop.call',
      'Ending.well',
      'Ending.badly',
    ])
    const rows = ['ask.soon', 'stop.call', 'Ending.well'].map((name) => `| \`${name}\` | x |`)
    const text = ['| ours | what |', '| --- | --- |', ...rows, '| `ask.how` | `old` |'].join('\n')
    expect(findMissingWords(text, words)).toEqual(['ask.how does not tell `new`', 'Ending.badly'])
  })

  test('in types that cannot be read', () => {
    const source = 'export interface Deep {\n  readonly a: { readonly b: string }\n}\n'
    expect(() => readVocabulary(source)).toThrow(/does not see/)
  })

  test('in a word that is gone from the types', () => {
    const words = [{ name: 'ask.how', choices: [] }]
    expect(findUnknownWords('`ask.how`, `ask.why`, `other.why`', words)).toEqual(['ask.why'])
  })
})

function findForeignFaults(page: string, names: readonly string[]): readonly string[] {
  const rows = readRows(page)
  return names.flatMap((name) => {
    const row = rows.find((candidate) => candidate.names.includes(name))
    if (row === undefined) return [`${name} has no row`]
    return row.meaning[0] === '' ? [`${name} has no answer`] : []
  })
}

function findMissingWords(page: string, words: readonly Word[]): readonly string[] {
  const rows = readRows(page)
  return words.flatMap(({ name, choices }) => {
    const row = rows.find((candidate) => candidate.names.includes(name))
    if (row === undefined) return [name]
    const told = codeIn(row.text)
    return choices
      .filter((choice) => !told.includes(choice))
      .map((choice) => `${name} does not tell \`${choice}\``)
  })
}

/** Codes like `call.field` whose first half is ours and whose second half is not. */
function findUnknownWords(page: string, words: readonly Word[]): readonly string[] {
  const known = new Set(words.map(({ name }) => name))
  const owners = new Set(words.map(({ name }) => name.split('.')[0]))
  return codeIn(page).filter((code) => {
    const owner = /^([\w-]+)\.[\w-]+$/.exec(code)?.[1]
    return owners.has(owner) && !known.has(code)
  })
}
