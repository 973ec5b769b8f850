/**
 * What a session says to its node and hears from it. Shared by the node, the client and the
 * simulator; an embedded program and a remote client speak the same words.
 *
 * A call has a number chosen by the session's owner, rising, never reused in the session. Each call
 * that names a lock ends in exactly one `completion`. A lock has a number too, chosen by the
 * session's owner at `request` and never reused in the session.
 */
import type { Epoch, Millis, NodeName } from '@holdfast/primitives'
import type { LockMode } from './lock-mode.ts'

export type { LockMode } from './lock-mode.ts'

/** The name of a resource: the lockspace (1 to 64 characters) and a name in it (1 to 255 bytes of UTF-8). */
export interface ResourceName {
  readonly space: string
  readonly name: string
}

export type SessionCall =
  /** Asks for a new lock. */
  | {
      readonly kind: 'request'
      readonly call: number
      readonly lock: number
      readonly resource: ResourceName
      readonly mode: LockMode
      /** Denied instead of queued (dlm NOQUEUE). */
      readonly noQueue: boolean
      /** Takes part in value block transfer (dlm VALBLK): the value comes with the grant. */
      readonly useValue: boolean
      /** Wants to be told when it blocks others. */
      readonly notify: boolean
    }
  /**
   * Changes the mode of a granted lock. A conversion upwards keeps the old mode until the new one is
   * granted. Whoever converts down has given the old mode up with the call; sideways (PR to CW or
   * back) likewise: until the answer it may rely on CR only.
   */
  | {
      readonly kind: 'convert'
      readonly call: number
      readonly lock: number
      readonly mode: LockMode
      readonly noQueue: boolean
      /** Takes its turn behind other conversions instead of being granted in place (dlm QUECVT). */
      readonly queueFair: boolean
      readonly useValue: boolean
      /** With `useValue`: what to write where the transfer table says "write"; required there. */
      readonly value?: Uint8Array
    }
  /** Gives a lock up; a waiting or converting lock is removed and its pending call ends `unlocked`. */
  | {
      readonly kind: 'unlock'
      readonly call: number
      readonly lock: number
      /** Written to the value block when the lock is held in PW or EX. */
      readonly value?: Uint8Array
      /** Marks the value block not valid instead (dlm IVVALBLK). */
      readonly invalidate?: boolean
    }
  /** Ends a waiting request or conversion. Its pending call ends `cancelled`, or `granted` if that came first. */
  | { readonly kind: 'cancel'; readonly call: number; readonly lock: number }
  /** Keeps the session alive. `sent` comes back unchanged. */
  | { readonly kind: 'ping'; readonly call: number; readonly sent: number }
  /** Ends the session; its locks are freed. */
  | { readonly kind: 'close'; readonly call: number }
  /** Asks what the node knows; answered by `report`. */
  | { readonly kind: 'query'; readonly call: number; readonly what: 'status' | 'locks' }

/** The outcome of a call, as data. */
export type Outcome =
  | 'granted'
  | 'denied'
  | 'deadlock'
  | 'cancelled'
  | 'unlocked'
  /** The session or the node's authority ended while the call was pending or the lock was held. */
  | 'lost'
  /** A cancel that found nothing to cancel; the call it meant has its own completion. */
  | 'nothing-to-cancel'
  /** The call itself was wrong; nothing changed. `reason` says what and what to do. */
  | 'refused'

export interface ValueCopy {
  readonly bytes: Uint8Array
  /** False when a writer died or the last value may be lost; the bytes are then the last known. */
  readonly valid: boolean
}

export type LossReason = 'session-expired' | 'authority-lost' | 'node-evicted' | 'node-stopped'

export type SessionEvent =
  /** First event of a session. */
  | {
      readonly kind: 'opened'
      readonly session: string
      readonly leaseMs: Millis
      readonly node: NodeName
    }
  | {
      readonly kind: 'completion'
      readonly call: number
      readonly lock: number
      readonly outcome: Outcome
      /** The mode held after the call; absent when the lock is gone or was never granted. */
      readonly mode?: LockMode
      /** On grants in CW, PW and EX. Strictly rises per resource. */
      readonly token?: bigint
      /** When the call used the value block and was granted. */
      readonly value?: ValueCopy
      readonly reason?: string
    }
  /** Somebody waits for a mode that this lock blocks. */
  | { readonly kind: 'blocking'; readonly lock: number; readonly mode: LockMode }
  | {
      readonly kind: 'pong'
      readonly call: number
      readonly sent: number
      /** How long the node may still act, in its own clock, when it read the ping. */
      readonly authorityMs: Millis
    }
  | {
      readonly kind: 'report'
      readonly call: number
      readonly status?: NodeStatus
      readonly locks?: readonly LockReport[]
    }
  /**
   * The last event of a session. Its pending calls end `lost`, its locks may no longer be trusted from
   * now on; it comes before the cluster can give any of them to somebody else.
   */
  | {
      readonly kind: 'closed'
      readonly reason: LossReason | 'asked' | 'refused'
      readonly detail?: string
    }

export interface NodeStatus {
  readonly node: NodeName
  readonly state: 'joining' | 'member' | 'frozen' | 'leaving' | 'left' | 'evicted'
  readonly epoch: Epoch
  readonly active: boolean
  readonly leader?: NodeName
  readonly members: readonly MemberReport[]
}

export interface MemberReport {
  readonly node: NodeName
  readonly id: number
  readonly joined: Epoch
  readonly address: string
  readonly votes: number
  readonly state: 'member' | 'suspect' | 'leaving'
}

/** One lock as its master sees it. */
export interface LockReport {
  readonly resource: ResourceName
  readonly node: NodeName
  readonly session: string
  readonly lock: number
  readonly queue: 'granted' | 'converting' | 'waiting'
  readonly granted?: LockMode
  readonly wanted?: LockMode
  readonly token?: bigint
  readonly master: NodeName
  /** How long it has been in this queue. */
  readonly forMs: Millis
}
