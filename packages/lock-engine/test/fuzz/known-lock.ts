/** A lock as its owner knows it. */
import type { LockMode, LockRange } from '../../src/messages.ts'
import type { Process } from '../harness/cluster.ts'
import type { Write } from './value-story.ts'

export interface KnownCall {
  readonly call: number
  readonly kind: 'request' | 'adopt' | 'convert'
  /** What it may end with. */
  readonly modes: readonly LockMode[]
  readonly range: LockRange | undefined
  readonly useValue: boolean
  readonly demote: boolean
  readonly persistent: boolean | 'maybe'
  readonly madeAt: number
  readonly timeoutMs: number | undefined
  readonly clock: number
  readonly tokenFloor: bigint
  readonly write: Write | undefined
}

export interface KnownLock {
  readonly process: Process
  readonly session: number
  readonly lock: number
  readonly parent: KnownLock | undefined
  readonly resource: string
  owner: string | undefined
  mode: LockMode | undefined
  range: LockRange | undefined
  token: bigint | undefined
  persistent: boolean | 'maybe'
  /** The call that has not ended: a request or a conversion. */
  pending: KnownCall | undefined
  isBeingUnlocked: boolean
  /** Denied, cancelled or unlocked: its number means nothing any more. */
  isGone: boolean
  /** By a call of its own, or one over a subtree, that has not ended. */
  isBeingCancelled: boolean
  /** Its session has ended, and it stays. */
  orphan: Orphan | undefined
}

export interface Orphan {
  /** What it may have: what it asked for last may have been granted. */
  readonly modes: readonly LockMode[]
  readonly ranges: readonly (LockRange | undefined)[]
  /** Orphans of which some, nobody knows which, were taken over. */
  crowd: { left: number } | undefined
}
