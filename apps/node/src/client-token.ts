import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError } from './errors.ts'

const FILE = 'client-token'

/** The token of a data folder: made at the first start, readable by its user only. */
export async function keepClientToken(dataDir: string | undefined): Promise<string> {
  const fresh = randomBytes(24).toString('base64url')
  if (dataDir === undefined) return fresh
  const path = join(dataDir, FILE)
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`${fresh}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    return fresh
  } catch (cause) {
    if (!isFileExists(cause)) throw storeError(path, cause)
  }
  const kept = await readKept(path)
  // A start that was killed while it wrote the file leaves it empty.
  if (kept.length >= 16) return kept
  throw new NodeError(`${path} holds no token; remove it and start again`, {
    code: 'store-unusable',
  })
}

function isFileExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

async function readKept(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw storeError(path, cause)
  }
}

function storeError(path: string, cause: unknown): NodeError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new NodeError(`${path}: ${detail}`, { code: 'store-unusable', cause })
}
