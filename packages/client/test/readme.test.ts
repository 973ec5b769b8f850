import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the example of the README runs: nothing is lost, and tokens rise', async () => {
  const file = fileURLToPath(new URL('../examples/alone.ts', import.meta.url))
  const args = ['--conditions=@holdfast/source', file]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect(stderr).toBe('')
  expect(stdout).toBe('balance 4, tokens 1 2 3 4\n')
})
