import type { SourceFile } from './tree.ts'

interface BannedText {
  readonly pattern: RegExp
  readonly reason: string
  /** Files the ban applies to. */
  readonly applies: (path: string) => boolean
}

const isSource = (path: string): boolean => path.endsWith('.ts')
const isTest = (path: string): boolean => isSource(path) && /\/test\//.test(path)
const isShipped = (path: string): boolean => isSource(path) && /\/src\//.test(path)
const isAny = (): boolean => true

// Each pattern is written so that it does not match its own text.
const bans: readonly BannedText[] = [
  {
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X])\b/,
    reason: 'unfinished work is written down as an issue, not as a comment',
    applies: isAny,
  },
  {
    pattern: /\b(?:describe|it|test|suite)\.(?:only|skip|todo|fails)\b/,
    reason: 'a test runs always or is deleted',
    applies: isTest,
  },
  {
    pattern: /^export\s+\*/m,
    reason: 'a package names what it exports',
    applies: isSource,
  },
  {
    pattern: /\b(?:lk[b]|rs[b]|lks[b]|bas[t])s?\b/i,
    reason: 'the code says lock, resource, status and blocking callback',
    applies: isShipped,
  },
  {
    pattern: /@ts-(?:ignore|nocheck)\b/,
    reason: 'the compiler is not silenced',
    applies: isSource,
  },
  {
    pattern: /(?<![\w.-])\/(?:work|tmp)\//,
    reason: 'a path of one machine has no place in the repository',
    applies: isAny,
  },
  {
    pattern: /^\s*registry\s*[=:]|\b_authToken\b/m,
    reason: 'which registry is used is the business of the machine',
    applies: (path) => !isSource(path),
  },
  {
    pattern:
      /https?:\/\/(?!registry\.npmjs\.org)(?:[\w.-]*(?:registry|artifactory|nexus|verdaccio)|[\w.-]+\.internal\b)[\w.-]*/,
    reason: 'the name of a registry host has no place in the repository',
    applies: isAny,
  },
  {
    pattern: /^\s*(?:resolution:.*)?\btarball:/m,
    reason: 'the lock file must not say where packages were downloaded from',
    applies: (path) => path === 'pnpm-lock.yaml',
  },
]

/** Places where a banned text stands, with the line number and the reason. */
export function findWordFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    bans
      .filter((ban) => ban.applies(path))
      .flatMap((ban) => {
        const match = ban.pattern.exec(text)
        if (match === null) return []
        const line = text.slice(0, match.index).split('\n').length
        return [`${path}:${line} "${match[0].trim()}": ${ban.reason}`]
      }),
  )
}
