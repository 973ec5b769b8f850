import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { FormerName, Terms } from '../lock-messages.ts'
import type { LockMode } from '../lock-mode.ts'
import type { LockRange, Outcome } from '../messages.ts'
import type { ResourceKey } from '../resource-key.ts'
import type { SmallSet } from '../small-set.ts'
import type { Mastery } from '../view.ts'

/** What a call asks for and the master has not answered finally. */
export interface Pending extends Terms {
  readonly kind: 'request' | 'convert'
  /** Absent when the session was told already that it is lost: how it ends is of no interest to it. */
  call: number | undefined
  /** The number of the last attempt to get it, and of the first. */
  ask: number
  firstAsk?: number
  /** Its place, once the master has queued it, and since when this node has known of that. */
  order?: number
  queuedAt?: Instant
  readonly clock?: WaitClock
}

/** The time limit of a call: how much is left, and while it counts, when that is over. */
export interface WaitClock {
  leftMs: number
  endsAt: Instant | undefined
}

/** A call that follows another one of the same lock. */
export interface Cancel {
  /** Absent when the node itself gives up, until the session does too. */
  call?: number
  /** How the pending call ends if it is cancelled. */
  readonly outcome: Extract<Outcome, 'cancelled' | 'timed-out'>
  /** The subtree call that it is a part of. */
  readonly group?: Group
  /** The attempt that it goes with. */
  ask: number
  sent: boolean
}

export interface Unlock {
  /** Absent when nobody waits for the answer: the session has ended. */
  readonly call?: number
  /** Further calls that end with it (`force`). */
  readonly joined: number[]
  /** The subtree calls that it is a part of. */
  readonly groups: Group[]
  readonly value?: Uint8Array
  readonly invalidate: boolean
  /** The session has ended. */
  readonly ended?: boolean
  /** The attempt that it goes with. */
  ask: number
  sent: boolean
}

/** One call over a subtree: its completion comes when all parts have ended. */
export interface Group {
  readonly call: number
  readonly lock: HeldLock
  readonly kind: 'unlock' | 'cancel'
  waitsFor: number
  /** Other locks of the session that it ended, or whose calls it ended. */
  readonly also: number[]
  cancelled: boolean
}

/** A lock of one of this node's sessions: the process copy. */
export interface HeldLock {
  /** Names the lock between nodes; never reused in this incarnation. */
  readonly number: number
  readonly session: number
  /** The session's own number for it. */
  readonly sessionLock: number
  /** Its resource. */
  readonly key: ResourceKey
  /** Where that is mastered. */
  readonly resource: KnownResource
  /** The lock that it is below. */
  parent: HeldLock | undefined
  /** Locks below it. */
  below: Set<HeldLock> | undefined
  owner: string | undefined
  priority: number
  /** Bits of `traits`. */
  traits: number
  granted: LockMode | undefined
  /** The part of the resource that is granted; `undefined`: all of it. */
  range: LockRange | undefined
  token: bigint | undefined
  /** The node that has the master copy, or that was asked last; absent while nobody was asked. */
  sentTo: NodeId | undefined
  /** The mastership that was meant when it was sent. */
  sentFor: Epoch
  /**
   * Some node was asked for it. From then on only a master can end it: which nodes may have heard of
   * it, and may keep it, cannot be known any more once a view has changed.
   */
  asked: boolean
  pending: Pending | undefined
  /** What it waits for has made it go down to NL. */
  demoted: boolean
  /** How many attempts were made to get something for it. */
  asks: number
  cancel: Cancel | undefined
  unlock: Unlock | undefined
  /** Its session has ended and it stays; whether the master knows. */
  orphan: { sent: boolean } | undefined
  /** The orphan that it was, which its former holder may still know of. */
  adopted: FormerName | undefined
  /** The value block as this lock last read or wrote it. */
  copy:
    | { readonly bytes: Uint8Array; readonly sequence: number; readonly valid: boolean }
    | undefined
  /** It wrote on its way down from PW or EX, and no answer from its master came since. */
  wrote: boolean
  /** Whether the value block was valid when its master last answered for this lock. */
  valid: boolean
  /** Newest sequence number of the value block that this node was told of with this lock. */
  known: number
}

/** A tree of resources on which this node has locks, by its root. */
export interface KnownResource {
  /** The key of the root. */
  readonly key: ResourceKey
  mastery: Mastery | undefined
  /** All locks of this node in the tree. */
  readonly locks: SmallSet<HeldLock>
  /** The lock for whose sake the directory is being asked. */
  lookup: HeldLock | undefined
  /** Locks whose request waits until the master is known. */
  readonly unsent: SmallSet<HeldLock>
  /** Lookups since the last one that led to a master. */
  lookups: number
}
