import { describe, expect, test } from 'vitest'
import { matrix } from '../src/dependency-matrix.ts'
import { findLinkFaults } from '../src/links.ts'
import { readAnchors, splitPage } from '../src/markdown.ts'
import { findAloneFaults, findExampleFaults, readShownExamples } from '../src/readme-examples.ts'
import { isPresent, listPaths, readFiles, readText } from '../src/tree.ts'

const pages = listPaths().filter((path) => path.endsWith('.md'))

const readFile = (path: string): string | undefined =>
  isPresent(path) ? readText(path) : undefined

describe('the documents', () => {
  test('are found', () => {
    expect(pages).toContain('packages/primitives/README.md')
  })

  test.each(pages)('%s links only to what exists', (path) => {
    expect(findLinkFaults({ path, text: readText(path) }, { isPresent, readText })).toEqual([])
  })

  test.each(pages)('%s shows the files that the tests run', (path) => {
    expect(findExampleFaults({ path, text: readText(path) }, readFile)).toEqual([])
  })

  test.each(Object.keys(matrix).filter((folder) => folder.startsWith('packages/')))(
    '%s is shown used alone, by an example that its tests run',
    (folder) => {
      const path = `${folder}/README.md`
      const tests = readFiles((file) => file.startsWith(`${folder}/test/`) && file.endsWith('.ts'))
      expect(findAloneFaults(folder, { path, text: readText(path) }, tests)).toEqual([])
    },
  )
})

describe('a seeded fault is seen', () => {
  const files: Readonly<Record<string, string>> = {
    'docs/a.md': '# First\n\n## Lost *and* found?\n\n## First\n',
    'docs/examples/alone.ts': 'start()\n',
  }
  const targets = {
    isPresent: (path: string): boolean => Object.hasOwn(files, path),
    readText: (path: string): string => files[path] ?? '',
  }
  const linkFaults = (text: string): readonly string[] =>
    findLinkFaults({ path: 'docs/b.md', text }, targets)
  const fence = '```'

  test('in a link to a missing file, a missing heading, or out of the repository', () => {
    expect(linkFaults('[a](missing.md)')).toHaveLength(1)
    expect(linkFaults('![a](missing.png)')).toHaveLength(1)
    expect(linkFaults('[a](a.md#missing)')).toHaveLength(1)
    expect(linkFaults('[a](../../other/a.md)')).toHaveLength(1)
    expect(linkFaults('[a]: missing.md')).toHaveLength(1)
    expect(linkFaults('[a](#missing)')).toHaveLength(1)
  })

  test('in no link that leads somewhere, and in no code', () => {
    expect(linkFaults('[a](a.md), [b](./a.md#lost-and-found), [c](a.md#first-1)')).toEqual([])
    expect(linkFaults('[a](https://example.test/x) and `[b](missing.md)`')).toEqual([])
    expect(linkFaults(`${fence}md\n[a](missing.md)\n${fence}`)).toEqual([])
  })

  test('in a code block that is not the file it names', () => {
    const faults = (body: string): readonly string[] =>
      findExampleFaults(
        { path: 'docs/b.md', text: `Use:\n\n${fence}ts\n${body}\n${fence}\n` },
        (path) => files[path],
      )
    expect(faults('// examples/alone.ts\nstart()')).toEqual([])
    expect(faults('// docs/examples/alone.ts\nstart()')).toEqual([])
    expect(faults('// examples/alone.ts\nstop()')).toEqual([
      'docs/b.md:3 differs from examples/alone.ts',
    ])
    expect(faults('// examples/gone.ts\nstart()')).toHaveLength(1)
    expect(faults('// a remark\nanything()')).toEqual([])
  })

  test('in a package that is not shown alone, or shown by an example that nobody runs', () => {
    const readme = (text: string): { path: string; text: string } => ({ path: 'README.md', text })
    const shown = readme(`${fence}ts\n// examples/alone.ts\nstart()\n${fence}`)
    const used = { path: 'test/readme.test.ts', text: "import '../examples/alone.ts'" }
    expect(findAloneFaults('sample', readme('# Sample'), [used])).toHaveLength(1)
    expect(findAloneFaults('sample', shown, [])).toHaveLength(1)
    expect(findAloneFaults('sample', shown, [used])).toEqual([])
  })
})

describe('reading a page', () => {
  test('keeps the line numbers of the prose while it takes the code out', () => {
    const page = splitPage('a\n```ts\n# no heading\n```\nb')
    expect(page.prose).toEqual(['a', '', '', '', 'b'])
    expect(page.blocks).toEqual([{ language: 'ts', text: '# no heading', line: 2 }])
  })

  test('gives the anchors of its headings, numbered when they repeat', () => {
    expect(readAnchors('# A `b` c!\n# A b c\n')).toEqual(['a-b-c', 'a-b-c-1'])
  })

  test('reads the examples it shows', () => {
    const text = '```ts\n// test/readme/alone.ts\nrun()\n```\n```js\n// x.ts\n```'
    expect(readShownExamples({ path: 'README.md', text })).toEqual([
      { name: 'test/readme/alone.ts', text: 'run()', line: 1 },
    ])
  })
})
