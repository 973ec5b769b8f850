import type { Epoch } from '@holdfast/primitives'
import type { LockMode } from '../lock-mode.ts'
import type { LockCall, SessionEvent } from '../messages.ts'

/** What lockspaces need of the node that they are part of. */
export interface SpacesPort {
  /**
   * A call of session 0 for the holder table. What comes of it comes back by `onInternalEvent`, in
   * the call or later, but never in the middle of a step of the tables: what is done then makes calls.
   */
  call(call: LockCall): void
  /** Tells a session; nothing happens when it has ended. */
  event(session: number, event: SessionEvent): void
  /** The locks of a session in a lockspace, whatever they wait for. Not those that are being unlocked. */
  locksOf(session: number, space: string): readonly SpaceLock[]
  /**
   * Frees one of them as the end of its session would, also a persistent one, which leaves no orphan.
   * Its pending calls end `lost`; the event `lost` is sent from here.
   */
  discard(session: number, lock: number): void
}

export interface SpaceLock {
  /** The session's number of the lock. */
  readonly lock: number
  /** Absent while it was never granted. */
  readonly granted?: LockMode
  /** How many resources are above its own: 0 for a root. */
  readonly level: number
}

/** What a lockspace tells of a view. */
export interface SpaceView {
  readonly epoch: Epoch
  /** Small numbers of the members. */
  readonly members: readonly number[]
  /** Small numbers of those that were members before and left without saying goodbye. */
  readonly lost: readonly number[]
}
