/** What can be said when a lock is asked for. */
import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Completion, LockHandle } from './handle.ts'
import type { Lock } from './lock.ts'
import type { Name, RangeLike } from './name.ts'
import type { Flags } from './options.ts'

/** What both ways to a lock have in common. */
interface PlaceOptions {
  /** The part of the resource. Default: all of it. */
  readonly range?: RangeLike
  /** A granted lock: the name is one below that lock's resource, in the same lockspace. */
  readonly parent?: Lock | LockHandle
  /**
   * The party that the lock belongs to, 1 to 64 characters: a transaction or a group. Locks of one
   * owner do not conflict with each other, and the deadlock search sees them as one.
   */
  readonly owner?: string
}

export interface AcquireOptions extends PlaceOptions {
  /** Default `EX`. */
  readonly mode?: LockMode
  /** Ends the wait: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /**
   * Ends the wait with `LockTimeoutError`, ms. Counts at the node, and only while the cluster can
   * grant; for a limit by the clock of this process: `signal: AbortSignal.timeout(ms)`.
   */
  readonly timeoutMs?: number
  /** Takes part in value block transfer: `lock.value` is there after the grant. Default false. */
  readonly useValue?: boolean
  /** Rejects with `LockDeniedError` instead of waiting. Default false. */
  readonly noQueue?: boolean
  /** Wants `onBlocking` callbacks; without them a contended lock costs a message less. Default true. */
  readonly notify?: boolean
  /** 0 to 255; in a deadlock the lowest loses. Default 128. */
  readonly priority?: number
  /** The lock stays when the session ends, as an orphan. Default false. */
  readonly persistent?: boolean
  /** The deadlock search does not see this call wait. Default false. */
  readonly noDeadlockWait?: boolean
  /** The deadlock search does not see this lock in anybody's way. Default false. */
  readonly noDeadlockBlock?: boolean
}

/** How an orphan is taken over. It keeps the range and the priority that it had. */
export interface AcquireOrphanOptions
  extends Omit<PlaceOptions, 'range'>,
    Pick<AcquireOptions, 'mode' | 'useValue' | 'notify' | 'persistent'> {}

interface HandleOptions extends PlaceOptions {
  readonly name: Name
  readonly mode: LockMode
  /**
   * Gets the completion of each call on this lock, in the order in which they end, and before a
   * blocking callback that came after it. Never runs inside the call.
   */
  readonly onCompletion?: (completion: Completion) => unknown
  /** Called with the mode that this lock keeps somebody from. */
  readonly onBlocking?: (wanted: LockMode) => unknown
}

/** The whole request. `notify` is true when there is an `onBlocking`, unless it says otherwise. */
export interface EnqueueOptions extends HandleOptions, Flags<'request'> {}
/** The whole adoption; what it does not name it takes from the orphan. */
export interface AdoptOptions extends Omit<HandleOptions, 'range'>, Flags<'adopt'> {}
