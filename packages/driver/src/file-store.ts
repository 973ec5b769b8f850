/**
 * The durable record of a node: one value, replaced as a whole, in a folder of its own.
 *
 * It is kept twice, in two files that are written and flushed one after the other; a write counts
 * when both are on the disk. So after a crash at any moment at least one file is whole and holds the
 * last value that counted, or the one after it, and a file that was damaged later is made good from
 * the other:
 *
 *     a            b            what happened                        the record
 *     missing      missing      first start                          none
 *     whole n      whole n      a quiet end                          n
 *     whole n+1    whole n      a crash between the two writes       n+1 (it had not counted: safe)
 *     broken       whole n      a crash in a write, or decay         n
 *     whole n      broken       the same                             n
 *     broken       broken       two faults                           damaged: never read as none
 *
 * A third file says that there was a record, so a loss of both files is not taken for a first start.
 */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Codec, createCodec } from '@holdfast/transport'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { CONTENT_BYTES_MAX, readSlot, type SlotRead, writeSlot } from './record-slot.ts'
import { StoreError, type StoreErrorCode } from './store-error.ts'

export type LoadedValue =
  /** `notice` tells of a file that was not whole and has been made good from the other. */
  | { readonly kind: 'ok'; readonly value: unknown; readonly notice?: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'torn'; readonly reason: string }

export interface FileStore {
  /** What the folder held when it was opened. */
  readonly loaded: LoadedValue
  /**
   * Replaces the value; resolves when it is on the disk. Writes are carried out in the order of the
   * calls. Rejects with `StoreError`; after that the store writes nothing more, because a disk
   * that failed to flush may have lost more than it says.
   */
  write(value: unknown): Promise<void>
  /** Waits for the writes under way and lets go of the folder. Idempotent. */
  close(): Promise<void>
}

export interface FileStoreOptions {
  /** Made when it does not exist. One process at a time. */
  readonly directory: string
  /** How values become bytes. Default: MessagePack with limits that fit a view of 1,000 members. */
  readonly codec?: Codec
}

const SLOTS = ['record-a', 'record-b'] as const
const MARKER = 'record-exists'

const RECORD_LIMITS = {
  frameBytesMax: CONTENT_BYTES_MAX,
  depthMax: 32,
  arrayMax: 65_536,
  mapMax: 4_096,
  stringBytesMax: 65_536,
  binaryBytesMax: 65_536,
}

/** Locks the folder and reads the record. Rejects with `StoreError`. */
export async function createFileStore(options: FileStoreOptions): Promise<FileStore> {
  const { directory } = options
  const codec = options.codec ?? createCodec({ limits: RECORD_LIMITS })
  const lock = await lockFolder(directory)
  try {
    const slots = await Promise.all(SLOTS.map((name) => readSlot(join(directory, name))))
    const marked = (await readdir(directory)).includes(MARKER)
    const found = judge(slots, marked, codec)
    const store = new Store({ directory, codec, lock, found })
    await store.repair(slots)
    return store
  } catch (cause) {
    await lock.release()
    if (StoreError.is(cause)) throw cause
    throw new StoreError('the record cannot be read', { code: 'read-failed', directory, cause })
  }
}

interface Found {
  readonly loaded: LoadedValue
  /** The number of the newest write; 0 before the first. */
  readonly write: number
  readonly content?: Uint8Array
}

function judge(slots: readonly SlotRead[], marked: boolean, codec: Codec): Found {
  const whole = slots.filter((slot) => slot.kind === 'whole')
  const newest = whole.toSorted((one, other) => other.write - one.write)[0]
  const notice = noticeOf(slots)
  if (newest === undefined) {
    const gone = slots.every((slot) => slot.kind === 'missing')
    if (gone && !marked) return { loaded: { kind: 'missing' }, write: 0 }
    const reason = gone ? 'the record was here and is gone' : notice
    return { loaded: { kind: 'torn', reason }, write: 0 }
  }
  const decoded = codec.decode(newest.content)
  const { write, content } = newest
  if (!decoded.ok) {
    const reason = `the record does not decode: ${decoded.reason}`
    return { loaded: { kind: 'torn', reason }, write }
  }
  const { value } = decoded
  const loaded: LoadedValue = notice === '' ? { kind: 'ok', value } : { kind: 'ok', value, notice }
  return { loaded, write, content }
}

/** What is wrong with the files; empty when nothing is. */
function noticeOf(slots: readonly SlotRead[]): string {
  return slots
    .flatMap((slot, at) => {
      if (slot.kind === 'whole') return []
      return [`${SLOTS[at]}: ${slot.kind === 'missing' ? 'it is missing' : slot.reason}`]
    })
    .join('; ')
}

interface StoreParts {
  readonly directory: string
  readonly codec: Codec
  readonly lock: FolderLock
  readonly found: Found
}

class Store implements FileStore {
  readonly loaded: LoadedValue
  readonly #parts: StoreParts
  #write: number
  #tail: Promise<void> = Promise.resolve()
  #failure: StoreError | undefined
  #closing: Promise<void> | undefined

  constructor(parts: StoreParts) {
    this.#parts = parts
    this.loaded = parts.found.loaded
    this.#write = parts.found.write
    if (this.loaded.kind === 'torn') this.#failure = this.#error('damaged', this.loaded.reason)
  }

  /** Brings both files to the newest write, so that the next fault is again the first. */
  async repair(slots: readonly SlotRead[]): Promise<void> {
    const { directory, found } = this.#parts
    if (found.content === undefined || found.loaded.kind !== 'ok') return
    for (const [at, slot] of slots.entries()) {
      if (slot.kind === 'whole' && slot.write === found.write) continue
      await writeSlot(join(directory, SLOTS[at] as string), found.write, found.content)
    }
    await this.#mark()
  }

  write(value: unknown): Promise<void> {
    if (this.#closing !== undefined) {
      return Promise.reject(this.#error('closed', 'the store is closed'))
    }
    const content = this.#parts.codec.encode(value)
    const written = this.#tail.then(() => this.#replace(content))
    this.#tail = written.catch(() => undefined)
    return written
  }

  async #replace(content: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const { directory } = this.#parts
    try {
      if (content.length > CONTENT_BYTES_MAX) throw new RangeError('the record is too long')
      this.#write += 1
      for (const name of SLOTS) await writeSlot(join(directory, name), this.#write, content)
      if (this.#write === 1) await this.#mark()
    } catch (cause) {
      this.#failure = this.#error('write-failed', 'the record cannot be written', { cause })
      throw this.#failure
    }
  }

  /** Says that there is a record, and makes the names of the files durable too. */
  async #mark(): Promise<void> {
    const { directory } = this.#parts
    await syncFolder(directory)
    const handle = await open(join(directory, MARKER), 'a', 0o600)
    await handle.sync().finally(() => handle.close())
    await syncFolder(directory)
  }

  close(): Promise<void> {
    this.#closing ??= this.#tail.then(() => this.#parts.lock.release())
    return this.#closing
  }

  #error(code: StoreErrorCode, detail: string, options: ErrorOptions = {}): StoreError {
    return new StoreError(detail, { code, directory: this.#parts.directory, ...options })
  }
}

async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}
