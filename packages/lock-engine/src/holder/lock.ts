import type { Epoch, NodeId } from '@holdfast/primitives'
import type { LockMode } from '../lock-mode.ts'
import type { ResourceName } from '../messages.ts'
import type { ResourceKey } from '../resource-key.ts'
import type { Mastery } from '../view.ts'

/** What a call asks for and the master has not answered finally. */
export interface Pending {
  readonly kind: 'request' | 'convert'
  readonly call: number
  /** The number of the last attempt to get it. */
  ask: number
  readonly mode: LockMode
  readonly noQueue: boolean
  readonly queueFair: boolean
  readonly useValue: boolean
  readonly value?: Uint8Array
  /** Its place, once the master has queued it. */
  order?: number
}

/** A call that follows another one of the same lock. */
export interface Cancel {
  readonly call: number
  /** The attempt that it goes with. */
  ask: number
  sent: boolean
}

export interface Unlock {
  /** Absent when the session has ended: nobody waits for the answer. */
  readonly call?: number
  readonly value?: Uint8Array
  readonly invalidate: boolean
  /** The attempt that it goes with. */
  ask: number
  sent: boolean
}

/** A lock of one of this node's sessions: the process copy. */
export interface HeldLock {
  /** Names the lock between nodes; never reused in this incarnation. */
  readonly number: number
  readonly session: number
  /** The session's own number for it. */
  readonly sessionLock: number
  readonly resource: KnownResource
  readonly notify: boolean
  granted: LockMode | undefined
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
  /** How many attempts were made to get something for it. */
  asks: number
  cancel: Cancel | undefined
  unlock: Unlock | undefined
  /** The value block as this lock last read or wrote it. */
  copy:
    | { readonly bytes: Uint8Array; readonly sequence: number; readonly valid: boolean }
    | undefined
  /** Whether the value block was valid when its master last answered for this lock. */
  valid: boolean
  /** Newest sequence number of the value block that this node was told of with this lock. */
  known: number
}

/** A resource on which this node has locks. */
export interface KnownResource extends ResourceName {
  readonly key: ResourceKey
  mastery: Mastery | undefined
  readonly locks: Set<HeldLock>
  /** The lock for whose sake the directory is being asked. */
  lookup: HeldLock | undefined
  /** Locks whose request waits until the master is known. */
  readonly unsent: Set<HeldLock>
  /** Lookups since the last one that led to a master. */
  lookups: number
}
