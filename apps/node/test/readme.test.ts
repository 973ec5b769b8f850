import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the example of the README runs, and leaves nothing that keeps the process alive', async () => {
  const file = fileURLToPath(new URL('../examples/embedded.ts', import.meta.url))
  const args = ['--conditions=@holdfast/source', file]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect(stderr).toBe('')
  expect(stdout).toBe('somebody wants EX\nvalid: version 2\n')
})
