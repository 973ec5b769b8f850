import type { LockMode } from '@holdfast/lock-engine/messages'

export interface AcquireOptions {
  /** Default `EX`. */
  readonly mode?: LockMode
  /** Ends the wait: the call rejects with the signal's reason. For a time limit: `AbortSignal.timeout(ms)`. */
  readonly signal?: AbortSignal
  /** Takes part in value block transfer: `lock.value` is there after the grant. Default false. */
  readonly useValue?: boolean
  /** Rejects with `LockDeniedError` instead of waiting. Default false. */
  readonly noQueue?: boolean
  /** Wants `onBlocking` callbacks; without them a contended lock costs a message less. Default true. */
  readonly notify?: boolean
}

export interface ConvertOptions {
  /** Written to the value block when the conversion leaves PW or EX. 1,024 bytes at most. */
  readonly value?: Uint8Array
  /** Rejects with `LockDeniedError` instead of waiting; the lock keeps its mode. Default false. */
  readonly noQueue?: boolean
  /** Takes its turn behind other conversions instead of overtaking them in place. Default false. */
  readonly queueFair?: boolean
  /** Ends the wait: rejects with the signal's reason, unless the conversion was granted first. */
  readonly signal?: AbortSignal
}

export interface UnlockOptions {
  /** Written to the value block when the lock is held in PW or EX. 1,024 bytes at most. */
  readonly value?: Uint8Array
  /** Marks the value block not valid instead. */
  readonly invalidate?: boolean
}
