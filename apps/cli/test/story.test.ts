import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { command, isAlive } from './play-cluster.ts'

const SOURCE = '--conditions=@holdfast/source'

interface Playing {
  readonly child: ChildProcess
  readonly stdout: () => string
  /** The processes that the story said it started. */
  readonly pids: () => readonly number[]
  readonly ended: Promise<number | null>
  said(text: string): Promise<void>
}

function play(...flags: string[]): Playing {
  const child = spawn(process.execPath, [SOURCE, command, 'story', ...flags])
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  return {
    child,
    stdout: () => stdout,
    pids: () => [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid)),
    ended: once(child, 'close').then(([code]) => code),
    async said(text) {
      while (!stdout.includes(text)) await once(child.stdout, 'data')
    },
  }
}

test('the story plays to its end, every check holds, and no process is left', async () => {
  const { ended, stdout, pids } = play('--once', '--port', '17400')
  const code = await ended
  expect(stdout()).toContain('every confirmed line is in the file')
  expect(stdout()).not.toContain('✗')
  expect(code).toBe(0)
  // Plain lines where nobody watches: no colour, nothing redrawn.
  expect(stdout()).not.toContain('\u001b')
  expect(pids().length).toBeGreaterThanOrEqual(9)
  expect(pids().filter(isAlive)).toEqual([])
}, 60_000)

test('Ctrl-C ends the story and everything in it', async () => {
  const { child, ended, pids, said } = play('--port', '17500')
  await said('the first lock is granted')
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(pids().length).toBe(8)
  expect(pids().filter(isAlive)).toEqual([])
})

test('a story that is killed leaves no process behind', async () => {
  const { child, ended, pids, said } = play('--port', '17600')
  await said('the first lock is granted')
  child.kill('SIGKILL')
  await ended
  expect(pids().length).toBe(8)
  await expect.poll(() => pids().filter(isAlive), { timeout: 5_000 }).toEqual([])
})
