import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
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

describe.each(runs)('$name', (run) => {
  test.each(files)('%s', (name) => {
    const { expected, heard } = play(checks.get(name) as Check, run)
    expect(heard).toBe(expected)
  })
})
