import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

/**
 * One copy of the record in one file: a header of 56 bytes, then the content.
 *
 *     0   8 bytes  `HOLDFAST`
 *     8   4 bytes  format, 1
 *     12  4 bytes  length of the content
 *     16  8 bytes  write number, from 1
 *     24  32 bytes SHA-256 of the bytes 8 to 23 and the content
 *
 * All numbers are big-endian.
 */
export type SlotRead =
  | { readonly kind: 'whole'; readonly write: number; readonly content: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly reason: string }

const MAGIC = Buffer.from('HOLDFAST', 'latin1')
const FORMAT = 1
const HEADER_BYTES = 56
const SUM_AT = 24

/** A record is small; what is longer is not one. */
export const CONTENT_BYTES_MAX: number = 4 * 1_024 * 1_024

export async function readSlot(path: string): Promise<SlotRead> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' }
    throw error
  }
  try {
    const { size } = await handle.stat()
    if (size > HEADER_BYTES + CONTENT_BYTES_MAX) return damaged('it is too long')
    return parseSlot(await handle.readFile())
  } finally {
    await handle.close()
  }
}

function parseSlot(bytes: Buffer): SlotRead {
  if (bytes.length < HEADER_BYTES) return damaged('it is cut')
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return damaged('it is no record')
  if (bytes.readUInt32BE(8) !== FORMAT) return damaged('its format is unknown')
  const length = bytes.readUInt32BE(12)
  if (bytes.length !== HEADER_BYTES + length) return damaged('its length is wrong')
  const content = bytes.subarray(HEADER_BYTES)
  const sum = bytes.subarray(SUM_AT, HEADER_BYTES)
  if (!sumOf(bytes.subarray(8, SUM_AT), content).equals(sum)) return damaged('its sum is wrong')
  const write = Number(bytes.readBigUInt64BE(16))
  return { kind: 'whole', write, content: new Uint8Array(content) }
}

const damaged = (reason: string): SlotRead => ({ kind: 'damaged', reason })

/** Replaces the file's content, and returns when it is on the disk. */
export async function writeSlot(path: string, write: number, content: Uint8Array): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32BE(FORMAT, 8)
  header.writeUInt32BE(content.length, 12)
  header.writeBigUInt64BE(BigInt(write), 16)
  sumOf(header.subarray(8, SUM_AT), content).copy(header, SUM_AT)
  const handle = await open(path, 'w', 0o600)
  try {
    await handle.writeFile(Buffer.concat([header, content]))
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function sumOf(head: Uint8Array, content: Uint8Array): Buffer {
  return createHash('sha256').update(head).update(content).digest()
}
