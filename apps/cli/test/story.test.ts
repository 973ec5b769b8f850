import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { command, isAlive } from './play-cluster.ts'

const SOURCE = '--conditions=@holdfast/source'

async function pidsOf(stdout: string): Promise<readonly number[]> {
  return [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid))
}

test('the story plays to its end, every check holds, and no process is left', {
  timeout: 60_000,
}, async () => {
  const child = spawn(process.execPath, [SOURCE, command, 'story', '--once', '--port', '17400'])
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  const [code] = await once(child, 'close')
  expect(stdout).toContain('every confirmed line is in the file')
  expect(stdout).not.toContain('✗')
  expect(code).toBe(0)
  // Plain lines where nobody watches: no colour, nothing redrawn.
  expect(stdout).not.toContain('\u001b')
  const pids = await pidsOf(stdout)
  expect(pids.length).toBeGreaterThanOrEqual(4)
  expect(pids.filter(isAlive)).toEqual([])
})

test('a story that is killed leaves no process behind', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [SOURCE, command, 'story', '--port', '17500'])
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  while (!stdout.includes('the first lock is granted')) await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  const pids = await pidsOf(stdout)
  expect(pids.length).toBeGreaterThanOrEqual(3)
  await expect.poll(() => pids.filter(isAlive), { timeout: 5_000 }).toEqual([])
})
