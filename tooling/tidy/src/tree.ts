import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One text file of the repository; `path` is relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

/** What tools leave behind; a test compares this list with `.gitignore`. */
export const ignoredNames: readonly string[] = [
  'node_modules',
  'dist',
  '.turbo',
  'coverage',
  '.holdfast',
]

const ignoredSuffixes: readonly string[] = ['.tgz', '.log', '.tsbuildinfo']

/**
 * Paths of every file that belongs to the repository, sorted. Walks the folders rather than asking
 * git, so that a file is judged before it is committed and a tarball can be judged without git.
 */
export function listPaths(folder = ''): readonly string[] {
  const paths: string[] = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.name === '.git' || ignoredNames.includes(entry.name)) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) paths.push(...listPaths(path))
    else if (!ignoredSuffixes.some((suffix) => entry.name.endsWith(suffix))) paths.push(path)
  }
  return paths.sort()
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function readFiles(accept: (path: string) => boolean): readonly SourceFile[] {
  return listPaths()
    .filter(accept)
    .map((path) => ({ path, text: readText(path) }))
}

export function isPresent(path: string): boolean {
  return existsSync(join(root, path))
}
