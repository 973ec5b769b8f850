import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { knownFailures } from './checks/known-failures.ts'
import type { Check } from './checks/language.ts'
import { parseCheck } from './checks/language.ts'
import { play } from './checks/play.ts'
import { runs } from './checks/runs.ts'

const folder = new URL('./checks/scenarios/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))
const checks = new Map<string, Check>(
  files.map((name) => [name, parseCheck(readFileSync(new URL(name, folder), 'utf8'))]),
)

test('there are checks, and each says what it checks', () => {
  expect(files.length).toBeGreaterThan(80)
  expect([...checks].filter(([, { about }]) => about === '').map(([name]) => name)).toEqual([])
})

test('each known failure names a check, and a run of it', () => {
  const keys = [...files, ...files.flatMap((name) => runs.map((run) => `${name}: ${run.name}`))]
  expect([...knownFailures.keys()].filter((key) => !keys.includes(key))).toEqual([])
})

describe.each(runs)('$name', (run) => {
  test.each(files)('%s', (name) => {
    const check = checks.get(name) as Check
    const compare = (): void => {
      const { expected, heard } = play(check, run)
      expect(heard).toBe(expected)
    }
    const reason = knownFailures.get(name) ?? knownFailures.get(`${name}: ${run.name}`)
    if (reason === undefined) compare()
    else expect(compare, `it passes, so take it off the list: ${reason}`).toThrow()
  })
})
