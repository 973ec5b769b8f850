import { join } from 'node:path'
import { createFileStore, type FileStore, StoreError } from '@holdfast/driver'
import { NodeError } from './errors.ts'

/** The durable record of a node, over all of its starts in this process. */
export interface RecordStore {
  /** The value that was written last; `undefined` when there never was one. */
  readonly value: unknown
  /** What was not whole when the record was read, and has been made good. */
  readonly notice: string | undefined
  /** Resolves when the value is on the disk. */
  write(value: unknown): Promise<void>
  close(): Promise<void>
}

/** Without a folder the record lives as long as this process. Rejects with `NodeError`. */
export async function openRecordStore(dataDir: string | undefined): Promise<RecordStore> {
  if (dataDir === undefined) return createRecordStore(undefined)
  try {
    const files = await createFileStore({ directory: join(dataDir, 'record') })
    if (files.loaded.kind !== 'torn') return createRecordStore(files)
    await files.close()
    const advice = 'start with another, empty folder: the node then joins as one that lost its disk'
    throw new NodeError(`${dataDir}: ${files.loaded.reason}; ${advice}`, { code: 'store-unusable' })
  } catch (cause) {
    if (!StoreError.is(cause)) throw cause
    throw new NodeError(cause.message, { code: 'store-unusable', cause })
  }
}

function createRecordStore(files: FileStore | undefined): RecordStore {
  const loaded = files?.loaded
  let value = loaded?.kind === 'ok' ? loaded.value : undefined
  return {
    get value(): unknown {
      return value
    },
    notice: loaded?.kind === 'ok' ? loaded.notice : undefined,
    async write(given) {
      await files?.write(given)
      value = given
    },
    close: async () => files?.close(),
  }
}
