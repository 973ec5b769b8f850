import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command, Step } from './step.ts'
import { fail, judgeByCount, pass, readNumber } from './step.ts'
import { judgeVitest } from './vitest-report.ts'

export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

const reportFile = 'node_modules/.cache/check/vitest.json'
const swarmProgram = 'tooling/swarm/src/main.ts'
const swarmSeeds = 800
/** Far below what the seeds give: a sweep that checks less has not done its work. */
const grantsMin = 80_000
/** The same for the rarer things: which, in the words of the report, and how many at least. */
const rarerMins: readonly (readonly [RegExp, number])[] = [
  [/(\d+) of ranges/, 15_000],
  [/(\d+) below others/, 10_000],
  [/(\d+) adoptions/, 1_000],
  [/(\d+) deadlock victims/, 1_000],
]
const minuteMs = 60_000

const sourceGlobs = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts']
const testGlobs = ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts']
const toolTestGlob = 'tooling/*/test/**/*.test.ts'

function count(...globs: readonly string[]): number {
  return globSync(globs, { cwd: root, exclude: ['**/node_modules'] }).length
}

/** Turbo starts the scripts of packages through pnpm, which is not installed everywhere. */
function turbo(...args: string[]): Command {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.some((folder) => existsSync(join(folder, 'pnpm')))
  const command = ['turbo', ...args, '--concurrency=2', '--output-logs=errors-only'] as const
  return found ? command : ['npx', '-y', 'pnpm@12', 'exec', ...command]
}

const cheap = { alone: false, after: [], limitMs: 3 * minuteMs } as const

const lint: Step = {
  ...cheap,
  name: 'lint',
  title: 'format and lint',
  command: [
    'biome',
    'check',
    '--config-path=tooling/biome/house.json',
    '--error-on-warnings',
    '--max-diagnostics=100',
    '.',
  ],
  judge: (end) =>
    judgeByCount(end, {
      seen: readNumber(end.output, /Checked (\d+) files?/),
      expected: count(...sourceGlobs, ...testGlobs, 'tooling/**/*.ts'),
      noun: 'files',
    }),
}

const types: Step = {
  ...cheap,
  name: 'types',
  title: 'types of the sources',
  command: ['tsc', '-b', 'tooling/typescript', '--pretty', 'false'],
  judge: (end) => {
    const sources = globSync(sourceGlobs, { cwd: root })
    const emitted = sources.filter((path) =>
      existsSync(join(root, path.replace('/src/', '/dist/').replace(/\.ts$/, '.d.ts'))),
    )
    const evidence = { seen: emitted.length, expected: sources.length, noun: 'modules' }
    return judgeByCount(end, evidence)
  },
}

const testTypes: Step = {
  ...cheap,
  name: 'test-types',
  title: 'types of tests and tooling',
  command: [
    'tsc',
    '-p',
    'tooling/typescript/tsconfig.tests.json',
    '--pretty',
    'false',
    '--listFiles',
  ],
  noise: /^\/.*\.[cm]?ts$/,
  judge: (end) => {
    const listed = end.output.match(/^(?!.*\/node_modules\/).*\.test\.ts$/gm) ?? []
    const evidence = {
      seen: listed.length,
      expected: count(...testGlobs, toolTestGlob),
      noun: 'test files',
    }
    return judgeByCount(end, evidence)
  },
}

/** Pure folders inside packages that are not pure as a whole. */
const pureParts = ['packages/transport/src/link/**/*.ts', 'apps/node/src/machine/**/*.ts']

const purity: Step = {
  ...cheap,
  name: 'purity',
  title: 'purity of the link and the node machine',
  command: [
    'tsc',
    '-p',
    'tooling/typescript/tsconfig.pure-parts.json',
    '--pretty',
    'false',
    '--listFiles',
  ],
  noise: /^\/.*\.[cm]?ts$/,
  judge: (end) => {
    const listed = end.output.match(/^\/.*\/src\/(?:link|machine)\/.*\.ts$/gm) ?? []
    const evidence = { seen: listed.length, expected: count(...pureParts), noun: 'modules' }
    return judgeByCount(end, evidence)
  },
}

const boundaries: Step = {
  ...cheap,
  name: 'boundaries',
  title: 'boundaries of the packages',
  command: ['turbo', 'boundaries'],
  judge: (end) =>
    judgeByCount(end, {
      seen: readNumber(end.output, /Checked \d+ files in (\d+) packages/),
      expected: count('packages/*/package.json', 'apps/*/package.json', 'tooling/*/package.json'),
      noun: 'packages',
    }),
}

const dead: Step = {
  ...cheap,
  name: 'knip',
  title: 'nothing unused',
  command: [
    'knip',
    '--config=tooling/knip/knip.json',
    '--no-progress',
    '--no-config-hints',
    '--reporter=symbols',
    '--reporter=./tooling/knip/count-reporter.ts',
  ],
  judge: (end) =>
    judgeByCount(end, {
      seen: readNumber(end.output, /knip looked at (\d+) files/),
      expected: count(...sourceGlobs),
      noun: 'files',
    }),
}

const published = ['packages/*/tsconfig.json', 'apps/*/tsconfig.json']

const build: Step = {
  ...cheap,
  name: 'build',
  title: 'build of each package',
  after: ['types'],
  command: turbo('run', 'build'),
  judge: (end) =>
    judgeByCount(end, {
      seen: readNumber(end.output, /Tasks:\s+(\d+) successful/),
      expected: count(...published),
      noun: 'packages',
    }),
}

const packages: Step = {
  ...cheap,
  name: 'package',
  title: 'packages as they are published',
  after: ['build'],
  command: turbo('run', 'check:package'),
  judge: (end) =>
    judgeByCount(end, {
      seen: readNumber(end.output, /Tasks:\s+(\d+) successful/),
      // Each package is built and checked.
      expected: 2 * count(...published),
      noun: 'tasks',
    }),
}

const tests: Step = {
  name: 'vitest',
  title: 'tests',
  alone: true,
  after: [],
  limitMs: 7 * minuteMs,
  command: [
    'vitest',
    'run',
    '--config=tooling/vitest/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  ],
  judge: (end) => {
    const path = join(root, reportFile)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    return judgeVitest(end, text, count(...testGlobs, toolTestGlob))
  },
}

const swarm: Step = {
  name: 'swarm',
  title: 'simulated clusters',
  alone: true,
  after: [],
  limitMs: 7 * minuteMs,
  command: [
    'node',
    '--conditions=@holdfast/source',
    swarmProgram,
    '--seeds',
    String(swarmSeeds),
    '--from',
    '1',
  ],
  judge: (end) => {
    if (!end.ok) return fail('failed')
    const ran = new RegExp(`^${swarmSeeds} seeds in `, 'm').test(end.output)
    const grants = Number(/^grants\s+(\d+) checked/m.exec(end.output)?.[1] ?? 0)
    const isEnough = ran && grants >= grantsMin && end.output.includes('no violation')
    const missing = rarerMins.find(([pattern, min]) => {
      return Number(pattern.exec(end.output)?.[1] ?? 0) < min
    })
    if (isEnough && missing !== undefined) {
      return fail(`did not say that it had ${missing[1]} of what ${missing[0].source} counts`)
    }
    if (isEnough) return pass(`${swarmSeeds} seeds, ${grants} grants checked`)
    return fail(`did not say that it ran ${swarmSeeds} seeds and checked ${grantsMin} grants`)
  },
}

/** Every gate, in the order in which a reader wants to hear of them. */
export function listSteps(): readonly Step[] {
  return [lint, types, testTypes, purity, boundaries, dead, build, packages, tests, swarm]
}

/** A report of an earlier run must not be taken for the report of this one. */
export function forgetReports(): void {
  mkdirSync(join(root, reportFile, '..'), { recursive: true })
  rmSync(join(root, reportFile), { force: true })
}
