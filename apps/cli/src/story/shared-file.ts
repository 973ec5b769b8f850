import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { formatLine, type Line, parseLine } from './line.ts'

/** Longer than any line. */
const TAIL_BYTES = 128

/** What a process may do with the file under its lock, and what it checks by the way. */
export class SharedFileFault extends Error {
  override readonly name = 'SharedFileFault'
}

/**
 * Appends a line the careless way: looks where the file ends, waits, and writes there. Two writers
 * at once would write over each other, so a lock that does not exclude shows as a lost line.
 */
export async function appendCarelessly(
  path: string,
  line: Line,
  mayWrite: () => void,
): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    const last = await readLast(file, size)
    if (last !== undefined && last.token >= line.token) {
      throw new SharedFileFault(`token ${line.token} came after ${last.token}`)
    }
    await delay(2)
    mayWrite()
    await file.write(formatLine(line), size)
  } finally {
    await file.close()
  }
}

async function readLast(file: FileHandle, size: number): Promise<Line | undefined> {
  if (size === 0) return undefined
  const length = Math.min(size, TAIL_BYTES)
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
  const lines = buffer.toString('utf8').split('\n')
  if (lines.pop() !== '') throw new SharedFileFault('the last line is not whole')
  const last = parseLine(lines.pop() ?? '')
  if (last === undefined) throw new SharedFileFault('the last line is no line of ours')
  return last
}

/** Looks twice at the file: under a lock that lets nobody write it must not change meanwhile. */
export async function readTwice(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    await readLast(file, size)
    await delay(5)
    const again = await file.stat()
    if (again.size !== size) throw new SharedFileFault('the file changed under a reader')
    return size
  } finally {
    await file.close()
  }
}
