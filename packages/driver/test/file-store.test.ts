import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStore } from '@holdfast/driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let directory: string
const slot = (name: 'a' | 'b'): string => join(directory, `record-${name}`)

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'holdfast-store-')), 'node')
})

afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

/** Writes the values one after the other, and closes. */
const record = async (...values: unknown[]): Promise<void> => {
  const store = await createFileStore({ directory })
  for (const value of values) await store.write(value)
  await store.close()
}

const load = async (): Promise<unknown> => {
  const store = await createFileStore({ directory })
  await store.close()
  return store.loaded
}

const damage = async (path: string, at: number): Promise<void> => {
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  await writeFile(path, bytes)
}

describe('a file store', () => {
  it('is empty at first, and gives back the last value', async () => {
    expect(await load()).toEqual({ kind: 'missing' })
    const view = { epoch: 7, members: [{ node: 'n1', token: 2n ** 60n }], none: undefined }
    await record({ epoch: 6 }, view)
    const value = { epoch: 7, members: [{ node: 'n1', token: 2n ** 60n }] }
    expect(await load()).toEqual({ kind: 'ok', value })
  })

  it('carries out writes in order, and waits for them when it is closed', async () => {
    const store = await createFileStore({ directory })
    for (let n = 1; n <= 20; n += 1) void store.write({ n })
    await store.close()
    await store.close()
    expect(await load()).toEqual({ kind: 'ok', value: { n: 20 } })
    await expect(store.write({ n: 21 })).rejects.toMatchObject({ code: 'closed' })
  })

  it.each(['a', 'b'] as const)(
    'survives the loss of file %s, says so, and mends it',
    async (name) => {
      await record(1, 2, 3)
      await unlink(slot(name))
      const notice = `record-${name}: it is missing`
      expect(await load()).toEqual({ kind: 'ok', value: 3, notice })
      expect(await load()).toEqual({ kind: 'ok', value: 3 })
    },
  )

  it.each(['a', 'b'] as const)('survives every changed byte of file %s', async (name) => {
    await record('the value')
    const whole = await readFile(slot(name))
    for (let at = 0; at < whole.length; at += 1) {
      await damage(slot(name), at)
      expect(await load(), `byte ${at}`).toMatchObject({ kind: 'ok', value: 'the value' })
      expect(await readFile(slot(name))).toEqual(whole)
    }
  })

  it('survives every cut of one file, as a crash in a write leaves it', async () => {
    await record('the value')
    const whole = await readFile(slot('a'))
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(slot('a'), whole.subarray(0, length))
      expect(await load(), `length ${length}`).toMatchObject({ kind: 'ok', value: 'the value' })
    }
  })

  it('takes the newer value when a crash came between the two files', async () => {
    await record('old')
    const old = await readFile(slot('b'))
    await record('new')
    await writeFile(slot('b'), old)
    expect(await load()).toEqual({ kind: 'ok', value: 'new' })
    expect(await readFile(slot('b'))).toEqual(await readFile(slot('a')))
  })

  it('is torn when both files are damaged, and writes nothing over them', async () => {
    await record('the value')
    await damage(slot('a'), 60)
    await damage(slot('b'), 20)
    const before = await readFile(slot('a'))
    const store = await createFileStore({ directory })
    const reason = 'record-a: its sum is wrong; record-b: its sum is wrong'
    expect(store.loaded).toEqual({ kind: 'torn', reason })
    await expect(store.write('other')).rejects.toMatchObject({ code: 'damaged' })
    await store.close()
    expect(await readFile(slot('a'))).toEqual(before)
  })

  it('is torn, not empty, when both files are lost', async () => {
    await record('the value')
    await unlink(slot('a'))
    await unlink(slot('b'))
    expect(await load()).toEqual({ kind: 'torn', reason: 'the record was here and is gone' })
  })

  it('goes on after a crash in its very first write', async () => {
    await record('the value')
    const whole = await readFile(slot('a'))
    await rm(directory, { recursive: true })
    await mkdir(directory)
    await writeFile(slot('a'), whole)
    expect(await load()).toMatchObject({ kind: 'ok', value: 'the value' })
    expect(await readdir(directory)).toContain('record-exists')
  })

  it('fails for good when a write fails', async () => {
    const store = await createFileStore({ directory })
    await store.write(1)
    await unlink(slot('b'))
    await mkdir(slot('b'))
    await expect(store.write(2)).rejects.toMatchObject({ name: 'StoreError', code: 'write-failed' })
    await rm(slot('b'), { recursive: true })
    await expect(store.write(3)).rejects.toMatchObject({ code: 'write-failed' })
    await store.close()
    expect(await load()).toMatchObject({ kind: 'ok', value: 2 })
  })

  it('says that it cannot read', async () => {
    await mkdir(slot('a'), { recursive: true })
    await expect(createFileStore({ directory })).rejects.toMatchObject({ code: 'read-failed' })
  })

  it('says that it cannot lock', async () => {
    await mkdir(join(directory, '..'), { recursive: true })
    await writeFile(directory, 'a file in the way')
    await expect(createFileStore({ directory })).rejects.toMatchObject({ name: 'StoreError' })
  })

  it('locks a folder whose path is longer than a socket path may be', async () => {
    directory = join(directory, 'x'.repeat(200))
    await record(1)
    expect(await load()).toEqual({ kind: 'ok', value: 1 })
  })
})

describe('the folder of a file store', () => {
  const hold = async (): Promise<ChildProcess> => {
    const child = spawn(
      process.execPath,
      ['--conditions=@holdfast/source', new URL('hold-folder.ts', import.meta.url).pathname],
      { env: { ...process.env, FOLDER: directory }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    expect(said.toString().trim()).toBe('held')
    return child
  }

  it('belongs to one store at a time', async () => {
    const one = await createFileStore({ directory })
    await expect(createFileStore({ directory })).rejects.toMatchObject({ code: 'locked' })
    await one.write(1)
    await one.close()
    expect(await load()).toEqual({ kind: 'ok', value: 1 })
  })

  it('belongs to at most one of many that start at once', async () => {
    for (let run = 0; run < 10; run += 1) {
      const starts = Array.from({ length: 8 }, () => createFileStore({ directory }))
      const settled = await Promise.allSettled(starts)
      const stores = settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
      expect(stores.length).toBeLessThanOrEqual(1)
      for (const store of stores) await store.close()
      expect(await readdir(directory)).toEqual([])
    }
  })

  it('is held by a process that is stopped, and free when it was killed', async () => {
    const child = await hold()
    await expect(createFileStore({ directory })).rejects.toMatchObject({ code: 'locked' })
    child.kill('SIGSTOP')
    await expect(createFileStore({ directory })).rejects.toMatchObject({ code: 'locked' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await readdir(directory)).length).toBeGreaterThan(0)
    expect(await load()).toEqual({ kind: 'missing' })
    expect(await readdir(directory)).toEqual([])
  })
})
