import type { LockMode } from './lock-mode.ts'

/** What happens to the value block when a lock goes from one mode to another. */
export type ValueMove =
  /** The resource's value is copied to the caller. */
  | 'read'
  /** The caller's value is copied to the resource. */
  | 'write'
  | 'nothing'

/**
 * The transfer table (Linux fs/dlm lock.c, dlm_lvb_operations; VMS $ENQ has the same cells). Rows:
 * mode before; columns NL CR CW PR PW EX: mode granted. A new lock always reads.
 */
const table: Readonly<Record<LockMode, string>> = {
  NL: 'rrrrrr',
  CR: '-rrrrr',
  CW: '--rrrr',
  PR: '---rrr',
  PW: 'wwwwwr',
  EX: 'wwwwww',
}

const columns = 'NL CR CW PR PW EX'.split(' ')

export function valueMove(before: LockMode | undefined, after: LockMode): ValueMove {
  if (before === undefined) return 'read'
  const cell = table[before][columns.indexOf(after)]
  if (cell === 'r') return 'read'
  return cell === 'w' ? 'write' : 'nothing'
}

/** The value block of a resource at its master. */
export interface ValueBlock {
  readonly bytes: Uint8Array
  /** Rises with every write and every invalidation. */
  readonly sequence: number
  readonly valid: boolean
}

/** Before the first write: empty, and nobody has spoilt it. */
export const emptyValue: ValueBlock = { bytes: new Uint8Array(0), sequence: 0, valid: true }

/** The same bytes, not shared: whoever gave them, or is told them, may write into his. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

export function written(value: ValueBlock, bytes: Uint8Array): ValueBlock {
  return { bytes, sequence: value.sequence + 1, valid: true }
}

/** The bytes stay, as the last known ones; only a write makes the value valid again. */
export function invalidated(value: ValueBlock): ValueBlock {
  return { bytes: value.bytes, sequence: value.sequence + 1, valid: false }
}
