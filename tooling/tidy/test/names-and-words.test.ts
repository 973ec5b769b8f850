import { describe, expect, test } from 'vitest'
import { findNameFaults } from '../src/names.ts'
import { findTopLevelFaults, topLevelEntries } from '../src/top-level.ts'
import { ignoredNames, listPaths, readFiles, readText } from '../src/tree.ts'
import { findWordFaults } from '../src/words.ts'

// Seeds are glued together here, so that this file does not hold what it forbids.
const glue = (...parts: readonly string[]): string => parts.join('')

describe('the repository', () => {
  test('names its files for what they do', () => {
    expect(findNameFaults(listPaths())).toEqual([])
  })

  test('holds no unfinished work, no silenced test, and no trace of a machine', () => {
    const files = readFiles(() => true)
    expect(files.length).toBeGreaterThan(50)
    expect(findWordFaults(files)).toEqual([])
  })

  test('has only the agreed entries at its top', () => {
    const entries = listPaths().map((path) => path.split('/')[0] ?? '')
    expect(findTopLevelFaults([...new Set(entries)])).toEqual([])
  })

  test('ignores in git what the walk over it ignores', () => {
    const lines = readText('.gitignore').split('\n')
    expect(ignoredNames.filter((name) => !lines.includes(`${name}/`))).toEqual([])
  })
})

describe('a seeded fault is seen', () => {
  test.each([
    'packages/client/src/utils.ts',
    'packages/client/src/lock-helpers.ts',
    'packages/client/src/types.ts',
    'packages/client/src/common/index.ts',
    'packages/client/src/session-manager.test.ts',
  ])('in the name %s', (path) => {
    expect(findNameFaults([path])).toHaveLength(1)
    expect(findNameFaults(['packages/client/src/session.ts', '.gitignore'])).toEqual([])
  })

  test.each([
    ['a.ts', glue('// TO', 'DO: later')],
    ['a.md', glue('FIX', 'ME')],
    ['packages/a/test/a.test.ts', glue('test.', 'only("x", run)')],
    ['packages/a/test/a.test.ts', glue('describe.', 'skip("x", run)')],
    ['a.ts', glue('export ', "* from './b.ts'")],
    ['packages/a/src/a.ts', glue('const lk', 'b = 1')],
    ['a.ts', glue('// @ts-', 'ignore')],
    ['a.md', glue('see /wo', 'rk/main')],
    ['a.ts', glue("const path = '/t", "mp/x'")],
    ['.npmrc', glue('regis', 'try=https://example.test/')],
    ['a.json', glue('"https://npm.arti', 'factory.example.test/x"')],
    ['a.ts', glue("'http://packages.inter", "nal/x'")],
    ['pnpm-lock.yaml', glue('    tar', 'ball: https://example.test/a.tgz')],
  ])('in %s that says %s', (path, text) => {
    expect(findWordFaults([{ path, text: `first line\n${text}\n` }])).toHaveLength(1)
    expect(findWordFaults([{ path, text: 'A sentence on locks.\n' }])).toEqual([])
  })

  test('at the top level, in what is too much and in what is missing', () => {
    expect(findTopLevelFaults([...topLevelEntries, '.git', 'node_modules'])).toEqual([])
    expect(findTopLevelFaults([...topLevelEntries, 'notes.txt'])).toHaveLength(1)
    expect(findTopLevelFaults(topLevelEntries.slice(1))).toHaveLength(1)
  })
})
