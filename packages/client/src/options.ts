/** What can be said to a lock that is there. */
import type { LockCall } from '@holdfast/lock-engine/messages'
import type { RangeLike } from './name.ts'

export interface ConvertOptions {
  /** Written to the value block when the conversion leaves PW or EX. 1,024 bytes at most. */
  readonly value?: Uint8Array
  /** The part of the resource. Default: the same as before. */
  readonly range?: RangeLike
  /** Rejects with `LockDeniedError` instead of waiting; the lock keeps its mode. Default false. */
  readonly noQueue?: boolean
  /** Takes its turn behind other conversions instead of overtaking them in place. Default false. */
  readonly queueFair?: boolean
  /** Ends the wait with `LockTimeoutError`, ms; the lock keeps its mode. */
  readonly timeoutMs?: number
  /** The deadlock search does not see this call wait. Default false. */
  readonly noDeadlockWait?: boolean
  /** Ends the wait: rejects with the signal's reason, unless the conversion was granted first. */
  readonly signal?: AbortSignal
}

export interface UnlockOptions {
  /** Written to the value block when the lock is held in PW or EX. 1,024 bytes at most. */
  readonly value?: Uint8Array
  /** Marks the value block not valid instead. */
  readonly invalidate?: boolean
  /** Unlocks the locks below it, too. Without it, `LockHasChildrenError` when there are any. */
  readonly subtree?: boolean
}

type CallOf<Kind extends LockCall['kind']> = Extract<LockCall, { readonly kind: Kind }>
/** What `dlm_lock` gives by flags; each is explained with the calls, in `@holdfast/lock-engine/messages`. */
export type Flags<Kind extends LockCall['kind']> = Omit<
  Partial<CallOf<Kind>>,
  'kind' | 'call' | 'lock' | 'resource' | 'mode' | 'parent' | 'range'
>

/** The whole conversion. */
export interface ConvertFlags extends Flags<'convert'> {
  readonly range?: RangeLike
}
export interface UnlockFlags extends Flags<'unlock'> {}
export interface CancelFlags extends Flags<'cancel'> {}
