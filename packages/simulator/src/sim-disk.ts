import type { Instant, Millis, Random } from '@holdfast/primitives'
import { drawLatency, type Latency } from './latency.ts'

/** What one disk does from now on. */
export interface DiskBehaviour {
  /** How long a write takes until it is durable. */
  readonly latency: Latency
  /** Writes of a thousand that fail; the old record stays. */
  readonly failurePerMille: number
}

/**
 * The record of one node. A write replaces the whole record at once (a torn record is noticed by its
 * checksum and counts as missing). What was not durable when the process died is kept or lost.
 */
export interface SimDisk {
  /** What a process that starts now reads; `undefined` on an empty, lost or torn disk. */
  readonly record: unknown
  setBehaviour(behaviour: DiskBehaviour): void
  /** The record is gone: a replaced disk, or one whose content is torn. */
  lose(): void
  readonly counts: DiskCounts
}

export interface DiskCounts {
  readonly writes: number
  readonly failures: number
  readonly lostAtCrash: number
}

export interface DiskWrite {
  readonly write: number
  readonly record: unknown
}

export interface DiskPort extends SimDisk {
  /** When the write is over, and whether it will hold. */
  begin(write: DiskWrite, now: Instant): { readonly at: Instant; readonly ok: boolean }
  /** A write is over. `false` when the process that began it has died. */
  finish(write: DiskWrite, ok: boolean): boolean
  /** The process died: each write under way is kept or lost, the newest kept one counts. */
  cut(): void
}

export const defaultDisk: DiskBehaviour = {
  latency: { kind: 'uniform', minMs: 0.5, maxMs: 4 },
  failurePerMille: 0,
}

export function createDisk(random: Random): DiskPort {
  const counts = { writes: 0, failures: 0, lostAtCrash: 0 }
  let underWay: DiskWrite[] = []
  let behaviour = defaultDisk
  let record: unknown
  let busyUntil: Instant = 0

  return {
    get record(): unknown {
      return record
    },
    counts,
    setBehaviour(next) {
      behaviour = next
    },
    lose() {
      record = undefined
    },
    begin(write, now) {
      const length: Millis = drawLatency(behaviour.latency, random)
      const ok = !random.chance(behaviour.failurePerMille, 1_000)
      // One disk writes one record after the other, as a journal does.
      busyUntil = Math.max(busyUntil, now) + length
      counts.writes += 1
      underWay.push(write)
      return { at: busyUntil, ok }
    },
    finish(write, ok) {
      if (!underWay.includes(write)) return false
      underWay = underWay.filter((other) => other !== write)
      if (ok) record = write.record
      else counts.failures += 1
      return true
    },
    cut() {
      for (const write of underWay) {
        if (random.chance(1, 2)) record = write.record
        else counts.lostAtCrash += 1
      }
      underWay = []
      busyUntil = 0
    },
  }
}
