import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@holdfast/client'
import { expect, test } from 'vitest'
import { command } from './play-cluster.ts'

const SOURCE = '--conditions=@holdfast/source'

interface Up {
  readonly child: ChildProcess
  readonly address: string
  readonly ended: Promise<number | null>
  /** All that it has told so far. */
  said(): string
}

async function up(data: string): Promise<Up> {
  const flags = ['up', '--nodes', '2', '--port', '18400', '--data', data]
  const child = spawn(process.execPath, [SOURCE, command, ...flags])
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString('utf8')
  })
  const ended = once(child, 'close').then(([code]) => code)
  const [chunk] = await once(child.stdout, 'data')
  const [address = ''] = String(chunk).split('\n')
  return { child, address, ended, said: () => told }
}

/** A node is there soon after its address is told. */
async function grant(address: string): Promise<bigint> {
  for (;;) {
    try {
      await using cluster = await connect(address)
      return await cluster.lockspace('a').request('b', (lock) => lock.token ?? 0n)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

test('up runs a cluster that clients find without a token, pauses it as a whole, and goes on with it', async () => {
  const data = await mkdtemp(join(tmpdir(), 'holdfast-up-'))
  const tokens: bigint[] = []
  for (let round = 0; round < 2; round += 1) {
    const { child, address, ended, said } = await up(data)
    tokens.push(await grant(address))
    expect(said()).toMatch(/^\d\d:\d\d:\d\d n1 started /m)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(said()).not.toContain('ended:')
  }
  const [first = 0n, second = 0n] = tokens
  expect(second).toBeGreaterThan(first)
  await rm(data, { recursive: true })
})

test('up says what to do when a node has died', async () => {
  const data = await mkdtemp(join(tmpdir(), 'holdfast-up-'))
  const { child, address, ended, said } = await up(data)
  await grant(address)
  const [, pid = ''] = /n2 started .*pid=(\d+)/.exec(said()) ?? []
  process.kill(Number(pid), 'SIGKILL')
  const sentence =
    'n2 ended: SIGKILL; to have it back, end `holdfast up` and run it again: it goes on with the same data'
  while (!said().includes(sentence)) await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  await rm(data, { recursive: true })
})
