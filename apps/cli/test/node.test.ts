import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@holdfast/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command } from './play-cluster.ts'

const SOURCE = '--conditions=@holdfast/source'
let folder: string
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-daemon-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Daemon {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<number | null>
  logged(text: string): Promise<void>
}

function daemon(flags: readonly string[], environment: NodeJS.ProcessEnv = {}): Daemon {
  count += 1
  const place = ['--port', '0', '--data-dir', join(folder, String(count))]
  const child = spawn(process.execPath, [SOURCE, command, 'node', ...place, ...flags], {
    env: { ...process.env, ...environment },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const ended = once(child, 'close').then(([code]) => code)
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async logged(text) {
      while (!stdout.includes(text)) await once(child.stdout, 'data')
    },
  }
}

const lonely = ['--name', 'n1', '--peers', 'n2=ws://127.0.0.1:9']
const secret = { HOLDFAST_PEER_TOKEN: 'a-token-for-the-nodes' }

test('tells every wrong setting at once, with its source and the fix', async () => {
  const { ended, stderr } = daemon(['--votes', 'many'], { HOLDFAST_CLUSTR: 'x' })
  expect(await ended).toBe(64)
  expect(stderr()).toBe(
    [
      'holdfast: HOLDFAST_CLUSTR: unknown variable; did you mean HOLDFAST_CLUSTER?',
      'holdfast: name is missing: give --name NAME, HOLDFAST_NAME or "name"',
      'holdfast: votes: "many" in the flag --votes must be a whole number from 0 to 100',
      '',
    ].join('\n'),
  )
})

test('refuses to be reached from other machines without TLS', async () => {
  const { ended, stderr } = daemon(['--name', 'n1', '--host', '0.0.0.0'])
  expect(await ended).toBe(64)
  expect(stderr()).toMatch(/^holdfast: host: .* needs TLS: give --tls-cert FILE and --tls-key FILE/)
})

test('leaves in order at SIGTERM and ends with 0', async () => {
  const { child, ended, logged, stdout } = daemon(['--name', 'n1', '--log', 'json'])
  await logged('"activated"')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  const lines = stdout().trim().split('\n')
  const last = JSON.parse(lines.at(-1) ?? '{}')
  expect(last).toMatchObject({ level: 'info', node: 'n1', event: 'ended', why: 'left' })
})

test('a leave that finds nobody to hand over to is bounded', async () => {
  const { child, ended, logged, stdout } = daemon([...lonely, '--leave-ms', '300'], secret)
  await logged('started')
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(stdout()).toMatch(/ended why=(left|closed)/)
})

test('a second signal ends it now', async () => {
  const { child, ended, logged, stdout } = daemon(['--name', 'n1', '--leave-ms', '600000'])
  await logged('activated')
  // Somebody holds a lock, so the node would wait for long before it goes.
  const address = /address=(\S+)/.exec(stdout())?.[1] ?? ''
  const cluster = await connect(address)
  await cluster.lockspace('test').acquire('held', { mode: 'EX' })
  child.kill('SIGTERM')
  await logged('leaving')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(stdout()).toContain('left-without-handover why=interrupted')
  await cluster.close()
})
