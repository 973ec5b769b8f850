/**
 * How a program finds the token of a node on the same machine without being told: the node leaves it
 * in a file that only this user can read, named by the port. Loopback alone proves nothing, since
 * every user of the machine and every web page in a browser can reach it.
 */
import { chmod, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const GROUP_AND_OTHERS = 0o077

/** Leaves the token for clients of this port. Resolves with what takes it away again. */
export async function publishLoopbackToken(
  port: number,
  token: string,
): Promise<() => Promise<void>> {
  const folder = tokenFolder()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await assertPrivate(folder)
  const path = tokenPath(port)
  const draft = `${path}.${process.pid}`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  await file.writeFile(token)
  await file.close()
  await rename(draft, path)
  return async () => {
    // Another node may have taken the port over meanwhile: what it left is not ours to remove.
    const left = await readFile(path, 'utf8').catch(() => undefined)
    if (left === token) await rm(path, { force: true })
  }
}

/** The token that a node of this user left for the address; `undefined` when there is none. */
export async function readLoopbackToken(address: string): Promise<string | undefined> {
  const port = loopbackPort(address)
  if (port === undefined) return undefined
  try {
    await assertPrivate(tokenFolder())
    await assertPrivate(tokenPath(port))
    return (await readFile(tokenPath(port), 'utf8')).trim()
  } catch {
    // No node of this user left one; the node then says that a token is needed.
    return undefined
  }
}

/** The port of an address on this machine. */
export function loopbackPort(address: string): number | undefined {
  if (!URL.canParse(address)) return undefined
  const { hostname, port, protocol } = new URL(address)
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return undefined
  if (port !== '') return Number(port)
  return protocol === 'wss:' ? 443 : 80
}

function tokenFolder(): string {
  const runtime = process.env['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime !== '') return join(runtime, 'holdfast')
  return join(tmpdir(), `holdfast-${userInfo().uid}`)
}

function tokenPath(port: number): string {
  return join(tokenFolder(), `${port}.token`)
}

/** The folder for temporary files belongs to everybody, so somebody else may have been there first. */
async function assertPrivate(path: string): Promise<void> {
  const { uid } = userInfo()
  const found = await lstat(path)
  if (found.isSymbolicLink() || (uid >= 0 && found.uid !== uid)) {
    throw new Error(`${path} belongs to another user; remove it`)
  }
  if (uid >= 0 && (found.mode & GROUP_AND_OTHERS) !== 0) {
    if (found.isDirectory()) await chmod(path, 0o700)
    else throw new Error(`${path} can be read by others; remove it`)
  }
}
