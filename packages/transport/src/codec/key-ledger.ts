import type { CodecLimits } from './limits.ts'

/**
 * The keys seen so far of each map that is open, one row per level, so that a repeated key is found
 * without making a string. Hashes are compared first; the bytes decide.
 */
export interface KeyLedger {
  open(level: number): void
  /** Notes a key of the map that is open at `level`. `false`: the map has it already. */
  add(level: number, bytes: Uint8Array, start: number, end: number): boolean
}

export function createKeyLedger(limits: CodecLimits): KeyLedger {
  const size = limits.depthMax * limits.mapMax
  const hashes = new Int32Array(size)
  const starts = new Uint32Array(size)
  const ends = new Uint32Array(size)
  const counts = new Uint32Array(limits.depthMax)

  return {
    open(level) {
      counts[level] = 0
    },
    add(level, bytes, start, end) {
      const hash = hashOf(bytes, start, end)
      const base = level * limits.mapMax
      const next = base + (counts[level] as number)
      for (let at = base; at < next; at += 1) {
        if (hashes[at] !== hash || (ends[at] as number) - (starts[at] as number) !== end - start) {
          continue
        }
        if (isEqual(bytes, starts[at] as number, start, end)) return false
      }
      hashes[next] = hash
      starts[next] = start
      ends[next] = end
      counts[level] = next - base + 1
      return true
    },
  }
}

/** FNV-1a over the bytes: a filter only, so collisions cost time and nothing else. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash | 0
}

function isEqual(bytes: Uint8Array, other: number, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== bytes[other + at - start]) return false
  }
  return true
}
