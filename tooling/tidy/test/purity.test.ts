import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { matrix } from '../src/dependency-matrix.ts'
import { readText, root } from '../src/tree.ts'

/** What no pure package may say; each line compiles where Node.js is known. */
const impure: Readonly<Record<string, string>> = {
  timer: 'setTimeout(() => 1, 1)',
  microtask: 'queueMicrotask(() => 1)',
  console: 'console.log(1)',
  process: 'export const found: number = process.pid',
  buffer: 'export const found: number = Buffer.alloc(1).length',
  clock: 'export const found: number = performance.now()',
  address: "export const found: string = new URL('ws://a').host",
  files: "import { existsSync } from 'node:fs'\nexport const found: boolean = existsSync('a')",
  network: "import { connect } from 'node:net'\nexport const found: string = connect.name",
  randomness: 'export const found: string = crypto.randomUUID()',
}

const pureText = 'export const twice = (value: number): number => value * 2'

// Beside the real packages and not in the system's temporary folder: @types/node must be in reach,
// or its absence would be what makes the seeds fail.
const parent = join(root, 'node_modules/.cache')
mkdirSync(parent, { recursive: true })
const folder = mkdtempSync(join(parent, 'purity-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Compiles the seeds and the pure file under a base; gives the names of the files with errors. */
function compile(base: string): readonly string[] {
  const project = join(folder, base)
  mkdirSync(join(project, 'src'), { recursive: true })
  for (const [name, text] of Object.entries({ ...impure, pure: pureText })) {
    writeFileSync(join(project, 'src', `${name}.ts`), `${text}\n`)
  }
  const config = { extends: join(root, 'tooling/typescript', base), include: ['src'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(root, 'node_modules/.bin/tsc')
  const options = { cwd: project, encoding: 'utf8', stdio: 'pipe' } as const
  try {
    execFileSync(compiler, ['-p', '.', '--noEmit', '--pretty', 'false'], options)
    return []
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    const names = [...output.matchAll(/^src\/([\w-]+)\.ts\(/gm)].map((match) => match[1] ?? '')
    if (names.length === 0) throw error
    return [...new Set(names)].sort()
  }
}

describe('the compiler', () => {
  test('refuses every impure line under the pure base, and only those', () => {
    expect(compile('tsconfig.pure.json')).toEqual(Object.keys(impure).sort())
  })

  test('accepts the same lines where Node.js is known', () => {
    expect(compile('tsconfig.node.json')).toEqual([])
  })
})

const purePackages = ['primitives', 'membership', 'lock-engine', 'recovery', 'simulator']

function readPurityGlobs(): readonly (readonly string[])[] {
  const house = JSON.parse(readText('tooling/biome/house.json')) as {
    readonly plugins: readonly { readonly includes: readonly string[] }[]
    readonly overrides: readonly {
      readonly includes: readonly string[]
      readonly linter: unknown
    }[]
  }
  const bans = house.overrides.filter(({ linter }) =>
    JSON.stringify(linter).includes('queueMicrotask'),
  )
  return [...bans, ...house.plugins].map(({ includes }) =>
    includes.map((glob) => glob.replace('**/', '').replace('/**', '')),
  )
}

describe('the pure packages', () => {
  test.each(purePackages)('%s compiles under the pure base and adds nothing to it', (name) => {
    const config: unknown = JSON.parse(readText(`packages/${name}/tsconfig.json`))
    expect(config).toMatchObject({ extends: '../../tooling/typescript/tsconfig.pure.json' })
    expect(config).not.toHaveProperty('compilerOptions')
    expect(config).not.toHaveProperty('include')
  })

  test('are the ones with the tag, and nobody else has it', () => {
    const tagged = Object.keys(matrix).filter((folder) =>
      readText(`${folder}/turbo.json`).includes('"pure"'),
    )
    expect(tagged.sort()).toEqual(purePackages.map((name) => `packages/${name}`).sort())
  })

  test('are under the bans of the linter, together with the pure parts of other packages', () => {
    const expected = [
      ...purePackages.map((name) => `packages/${name}/src`),
      'packages/transport/src/link',
      'apps/node/src/machine',
    ]
    const globs = readPurityGlobs()
    expect(globs).toHaveLength(2)
    for (const found of globs) expect([...found].sort()).toEqual([...expected].sort())
  })

  test('have the base whose library is the language alone', () => {
    expect(readText('tooling/typescript/tsconfig.pure.json')).not.toContain('compilerOptions')
    const base: unknown = JSON.parse(readText('tsconfig.base.json'))
    expect(base).toMatchObject({ compilerOptions: { lib: ['ES2024'], types: [] } })
  })
})
