import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { StoreError } from './store-error.ts'

/**
 * Keeps a folder to one process, and lets go of it whatever way the process ends.
 *
 * The lock is a listening Unix socket in the folder: the kernel answers for it while the process
 * lives, even a stopped one, and refuses from the moment it is gone. A file with a process number
 * could not tell a dead owner from a new process with its number, nor see into another container
 * that shares the folder; a socket in the folder is seen from there.
 *
 * Nobody ever takes over a socket that is in use. Each process that wants the folder
 *
 * 1. listens on a socket of a fresh name, and only then
 * 2. looks at every other socket in the folder: is one answered, the folder is locked; the
 *    ones that nobody answers are removed.
 *
 * Why at most one succeeds: of two that both listen before they look, the later look finds the
 * other one answered. A socket may be removed between its creation and its first answer, but then
 * whoever removed it was listening before, and its owner has yet to look. Two that start at the same
 * moment may both be refused; that is safe, and starting again helps.
 *
 * It covers the processes of one machine. A folder on a network disk is not for two machines.
 */
export interface FolderLock {
  release(): Promise<void>
}

const SOCKET_NAME = /^lock-[0-9a-f]{16}\.sock$/

export async function lockFolder(directory: string): Promise<FolderLock> {
  const folder = await openFolder(directory).catch((cause: unknown) => {
    throw new StoreError('the folder cannot be opened', { code: 'lock-failed', directory, cause })
  })
  const own = `lock-${randomBytes(8).toString('hex')}.sock`
  const at = (name: string): string => folder.pathOf(name)
  let server: Server | undefined
  const release = async (): Promise<void> => {
    const listening = server
    server = undefined
    // The system removes the socket's name when it is closed.
    if (listening !== undefined) await new Promise((resolve) => void listening.close(resolve))
    await folder.close()
  }
  try {
    server = await listen(at(own))
    const names = await readdir(directory)
    const others = names.filter((name) => SOCKET_NAME.test(name) && name !== own)
    for (const name of others) {
      if (await isAnswered(at(name))) {
        throw new StoreError('another process uses this folder', { code: 'locked', directory })
      }
      await unlink(at(name)).catch(ignoreMissing)
    }
    return { release }
  } catch (cause) {
    await release()
    if (StoreError.is(cause)) throw cause
    const detail = 'the folder cannot be locked'
    throw new StoreError(detail, { code: 'lock-failed', directory, cause })
  }
}

interface Folder {
  pathOf(name: string): string
  close(): Promise<void>
}

/**
 * A socket's path has room for about 100 bytes. Where the system shows open folders as paths (Linux),
 * the way through there is always short.
 */
async function openFolder(directory: string): Promise<Folder> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let handle: FileHandle | undefined
  if (existsSync('/proc/self/fd')) handle = await open(directory, 'r')
  const base = handle === undefined ? directory : `/proc/self/fd/${handle.fd}`
  return {
    pathOf: (name) => join(base, name),
    async close() {
      await handle?.close()
      handle = undefined
    },
  }
}

function listen(path: string): Promise<Server> {
  // Who connects only wants to know that somebody is there.
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      server.unref()
      resolve(server)
    })
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      // The owner lives, but its queue of connections is full.
      else if (error.code === 'EAGAIN') resolve(true)
      else reject(error)
    })
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
