import { ignoredNames } from './tree.ts'

/** Everything that may stand at the top of the repository. */
export const topLevelEntries: readonly string[] = [
  '.changeset',
  '.ci',
  '.gitignore',
  'LICENSE',
  'README.md',
  'apps',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tooling',
  'tsconfig.base.json',
  'turbo.json',
]

export function findTopLevelFaults(entries: readonly string[]): readonly string[] {
  const surplus = entries
    .filter((entry) => entry !== '.git' && !ignoredNames.includes(entry))
    .filter((entry) => !topLevelEntries.includes(entry))
    .map((entry) => `${entry} may not stand at the top level`)
  const missing = topLevelEntries
    .filter((entry) => !entries.includes(entry))
    .map((entry) => `${entry} is missing at the top level`)
  return [...surplus, ...missing]
}
