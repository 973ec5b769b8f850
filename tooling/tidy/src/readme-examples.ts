import { posix } from 'node:path'
import { splitPage } from './markdown.ts'
import type { SourceFile } from './tree.ts'

/** A code block of a page that says which file it is. */
export interface ShownExample {
  /** The file as the page names it, relative to the page or to the root. */
  readonly name: string
  readonly text: string
  readonly line: number
}

/**
 * Code blocks marked `ts` whose first line is nothing but a comment with a file name. Such a block
 * promises to be that whole file, so that what a reader copies is what the tests run.
 */
export function readShownExamples(page: SourceFile): readonly ShownExample[] {
  return splitPage(page.text).blocks.flatMap((block) => {
    if (block.language !== 'ts') return []
    const [first = '', ...rest] = block.text.split('\n')
    const name = /^\/\/ ([\w@./-]+\.ts)$/.exec(first)?.[1]
    return name === undefined ? [] : [{ name, text: rest.join('\n'), line: block.line }]
  })
}

/** Blocks whose text is not the text of the file they name. */
export function findExampleFaults(
  page: SourceFile,
  readFile: (path: string) => string | undefined,
): readonly string[] {
  return readShownExamples(page).flatMap((example) => {
    const where = `${page.path}:${example.line}`
    const text =
      readFile(posix.join(posix.dirname(page.path), example.name)) ?? readFile(example.name)
    if (text === undefined) return [`${where} shows ${example.name}, which does not exist`]
    const heading = `// ${example.name}\n`
    const body = text.startsWith(heading) ? text.slice(heading.length) : text
    return body.trim() === example.text.trim() ? [] : [`${where} differs from ${example.name}`]
  })
}

/** A package whose README shows no example of its own, or one that no test runs. */
export function findAloneFaults(
  folder: string,
  readme: SourceFile,
  tests: readonly SourceFile[],
): readonly string[] {
  const examples = readShownExamples(readme)
  if (examples.length === 0) return [`${readme.path} shows no file that uses ${folder} alone`]
  return examples
    .filter(({ name }) => !tests.some(({ text }) => text.includes(posix.basename(name))))
    .map(({ name }) => `no test of ${folder} runs ${name}`)
}
