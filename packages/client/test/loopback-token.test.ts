import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loopbackPort, publishLoopbackToken, readLoopbackToken } from '../src/loopback-token.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-token-'))
  vi.stubEnv('XDG_RUNTIME_DIR', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test('a token is found by the port, readable by its user only, and taken away again', async () => {
  const withdraw = await publishLoopbackToken(7400, 'secret')
  const path = join(folder, 'holdfast', '7400.token')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readLoopbackToken('ws://127.0.0.1:7400')).toBe('secret')
  expect(await readLoopbackToken('ws://localhost:7400')).toBe('secret')
  expect(await readLoopbackToken('ws://127.0.0.1:7401')).toBeUndefined()
  await withdraw()
  expect(await readLoopbackToken('ws://127.0.0.1:7400')).toBeUndefined()
})

test('a token is never sent to another machine', async () => {
  await publishLoopbackToken(7400, 'secret')
  expect(await readLoopbackToken('ws://example.org:7400')).toBeUndefined()
  expect(await readLoopbackToken('not an address')).toBeUndefined()
})

test('a file that others can read or that is a link is not believed', async () => {
  await publishLoopbackToken(7400, 'secret')
  const path = join(folder, 'holdfast', '7400.token')
  await chmod(path, 0o644)
  expect(await readLoopbackToken('ws://127.0.0.1:7400')).toBeUndefined()
  await rm(path)
  await writeFile(join(folder, 'elsewhere'), 'planted', { mode: 0o600 })
  await symlink(join(folder, 'elsewhere'), path)
  expect(await readLoopbackToken('ws://127.0.0.1:7400')).toBeUndefined()
})

test('a node that lost its port to another leaves the token of the other alone', async () => {
  const withdraw = await publishLoopbackToken(7400, 'first')
  await publishLoopbackToken(7400, 'second')
  await withdraw()
  expect(await readFile(join(folder, 'holdfast', '7400.token'), 'utf8')).toBe('second')
})

test('ports of addresses', () => {
  expect(loopbackPort('ws://[::1]:9')).toBe(9)
  expect(loopbackPort('ws://127.0.0.1')).toBe(80)
  expect(loopbackPort('ws://10.0.0.1:9')).toBeUndefined()
})
