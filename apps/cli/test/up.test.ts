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
}

async function up(data: string): Promise<Up> {
  const flags = ['up', '--nodes', '2', '--port', '18400', '--data', data]
  const child = spawn(process.execPath, [SOURCE, command, ...flags])
  const ended = once(child, 'close').then(([code]) => code)
  const [chunk] = await once(child.stdout, 'data')
  const [address = ''] = String(chunk).split('\n')
  return { child, address, ended }
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
    const { child, address, ended } = await up(data)
    tokens.push(await grant(address))
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  }
  const [first = 0n, second = 0n] = tokens
  expect(second).toBeGreaterThan(first)
  await rm(data, { recursive: true })
})
