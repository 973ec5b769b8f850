import {
  type LockMode,
  type LossReason,
  type PlainCall,
  type ResourceName,
  textOfName,
} from '@holdfast/lock-engine/messages'

/** Why a session ended: the node's own words, or what the client found out by itself. */
export type EndReason =
  | LossReason
  | 'asked'
  | 'refused'
  /** The connection to the node broke. */
  | 'connection-lost'
  /** No word of the node arrived in time, or this process stood still: the client's own deadline passed. */
  | 'stalled'

export interface SessionEnd {
  readonly reason: EndReason
  readonly detail?: string
}

/** Why a lock was lost: its session ended, or its lockspace was left with `discard`. */
export interface LockEnd {
  readonly reason: EndReason | 'lockspace-left'
  readonly detail?: string
}

/** Which lock an error is about. */
export interface LockSubject {
  readonly resource: ResourceName
  readonly mode: LockMode
}

function textOfResource({ space, path = [], name }: ResourceName): string {
  return `${textOfName(space)}/${[...path, name].map(textOfName).join(' > ')}`
}

function hasCode(value: unknown, code: string): boolean {
  return value instanceof Error && 'code' in value && value.code === code
}

/** What the errors about one lock have in common. */
abstract class LockError extends Error {
  readonly resource: ResourceName
  readonly mode: LockMode

  constructor({ resource, mode }: LockSubject, text: string) {
    super(`${mode} on ${textOfResource(resource)}: ${text}`)
    this.resource = resource
    this.mode = mode
  }
}

/**
 * The lock may no longer be trusted. Raised by the signal of the lock before anybody else can be granted, with the one
 * exception that the node's README tells under "Who may connect".
 * What to do: stop writing; what was written without the fencing token may be overwritten.
 */
export class LockLostError extends LockError {
  override readonly name = 'LockLostError'
  readonly code = 'lock-lost'
  /** The fencing token of the lost grant; absent for modes that only read. */
  readonly token: bigint | undefined
  readonly reason: LockEnd['reason']

  constructor(subject: LockSubject, token: bigint | undefined, end: LockEnd) {
    const detail = end.detail === undefined ? '' : ` (${end.detail})`
    super(subject, `lost: ${end.reason}${detail}`)
    this.token = token
    this.reason = end.reason
  }

  /** Recognises the error even when two copies of this package are loaded. */
  static is(value: unknown): value is LockLostError {
    return hasCode(value, 'lock-lost')
  }
}

/** Somebody else holds the resource and the call was asked not to wait. What to do: come back later. */
export class LockDeniedError extends LockError {
  override readonly name = 'LockDeniedError'
  readonly code = 'lock-denied'

  constructor(subject: LockSubject) {
    super(subject, 'busy, and the call was asked not to wait')
  }

  static is(value: unknown): value is LockDeniedError {
    return hasCode(value, 'lock-denied')
  }
}

/** Waiting could never have ended: this call was chosen to give way. What to do: unlock, then start over. */
export class LockDeadlockError extends LockError {
  override readonly name = 'LockDeadlockError'
  readonly code = 'lock-deadlock'
  /** Who waits for whom, in words, as the node tells it. */
  readonly cycle: string | undefined

  constructor(subject: LockSubject, cycle: string | undefined) {
    super(subject, `deadlock${cycle === undefined ? '' : `: ${cycle}`}`)
    this.cycle = cycle
  }

  static is(value: unknown): value is LockDeadlockError {
    return hasCode(value, 'lock-deadlock')
  }
}

/** The call waited for its `timeoutMs`. A conversion keeps its mode. What to do: come back later. */
export class LockTimeoutError extends LockError {
  override readonly name = 'LockTimeoutError'
  readonly code = 'lock-timed-out'

  constructor(subject: LockSubject) {
    super(subject, 'was not to be had within its time limit')
  }

  static is(value: unknown): value is LockTimeoutError {
    return hasCode(value, 'lock-timed-out')
  }
}

/** The wait was ended by a `cancel` of another part of this program, of this lock or of one above it. */
export class LockCancelledError extends LockError {
  override readonly name = 'LockCancelledError'
  readonly code = 'lock-cancelled'

  constructor(subject: LockSubject) {
    super(subject, 'cancelled')
  }

  static is(value: unknown): value is LockCancelledError {
    return hasCode(value, 'lock-cancelled')
  }
}

/** The session, or its node, has as many locks as it may have. What to do: unlock some. */
export class LockQuotaError extends LockError {
  override readonly name = 'LockQuotaError'
  readonly code = 'lock-quota'

  constructor(subject: LockSubject, reason: string) {
    super(subject, `refused: ${reason}`)
  }

  static is(value: unknown): value is LockQuotaError {
    return hasCode(value, 'lock-quota')
  }
}

/** The lock has locks below it. What to do: unlock those first, or the whole subtree. */
export class LockHasChildrenError extends LockError {
  override readonly name = 'LockHasChildrenError'
  readonly code = 'lock-has-children'

  constructor(subject: LockSubject, reason: string) {
    super(subject, `refused: ${reason}`)
  }

  static is(value: unknown): value is LockHasChildrenError {
    return hasCode(value, 'lock-has-children')
  }
}

/** No session left a lock of that name behind. What to do: acquire a new one. */
export class OrphanNotFoundError extends LockError {
  override readonly name = 'OrphanNotFoundError'
  readonly code = 'orphan-not-found'

  constructor(subject: LockSubject) {
    super(subject, 'there is no orphan of that name')
  }

  static is(value: unknown): value is OrphanNotFoundError {
    return hasCode(value, 'orphan-not-found')
  }
}

/** The call itself was wrong, or over a limit; nothing changed. The message says what and what to do. */
export class LockRefusedError extends LockError {
  override readonly name = 'LockRefusedError'
  readonly code = 'lock-refused'

  constructor(subject: LockSubject, reason: string) {
    super(subject, `refused: ${reason}`)
  }

  static is(value: unknown): value is LockRefusedError {
    return hasCode(value, 'lock-refused')
  }
}

/** The handle was used after `unlock`. What to do: acquire a new lock. */
export class LockUnlockedError extends LockError {
  override readonly name = 'LockUnlockedError'
  readonly code = 'lock-unlocked'

  constructor(subject: LockSubject) {
    super(subject, 'was unlocked')
  }

  static is(value: unknown): value is LockUnlockedError {
    return hasCode(value, 'lock-unlocked')
  }
}

/** The session ended while the call waited. What to do: call again; a new session is opened for it. */
export class SessionClosedError extends Error {
  override readonly name = 'SessionClosedError'
  readonly code = 'session-closed'
  readonly reason: EndReason

  constructor(end: SessionEnd) {
    super(`session closed: ${end.reason}${end.detail === undefined ? '' : ` (${end.detail})`}`)
    this.reason = end.reason
  }

  static is(value: unknown): value is SessionClosedError {
    return hasCode(value, 'session-closed')
  }
}

/** The node refused a call that is not about one lock; nothing changed. The message says what to do. */
export class CallRefusedError extends Error {
  override readonly name = 'CallRefusedError'
  readonly code = 'call-refused'
  readonly call: PlainCall['kind']

  constructor(call: PlainCall['kind'], reason: string) {
    super(`${call} refused: ${reason}`)
    this.call = call
  }

  static is(value: unknown): value is CallRefusedError {
    return hasCode(value, 'call-refused')
  }
}

/**
 * The lockspace was left, or could not be opened again in a new session (then `cause` says why).
 * What to do: open it again.
 */
export class LockspaceLeftError extends Error {
  override readonly name = 'LockspaceLeftError'
  readonly code = 'lockspace-left'

  constructor(lockspace: string, options?: ErrorOptions) {
    super(`lockspace ${lockspace} is not open any more`, options)
  }

  static is(value: unknown): value is LockspaceLeftError {
    return hasCode(value, 'lockspace-left')
  }
}

/** The bytes in a value block are not what the reader expects. `cause` says why. */
export class ValueFormatError extends Error {
  override readonly name = 'ValueFormatError'
  readonly code = 'value-format'

  static is(value: unknown): value is ValueFormatError {
    return hasCode(value, 'value-format')
  }
}

/** One address that was tried. */
export interface ConnectAttempt {
  readonly address: string
  /** The code of the error, such as `unreachable`; `failed` when it has none. */
  readonly code: string
  readonly detail: string
}

/** No node could be reached. What to do: read `attempts`; each address is there with its cause. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code = 'connect-failed'
  readonly attempts: readonly ConnectAttempt[]

  constructor(attempts: readonly ConnectAttempt[], options?: ErrorOptions) {
    const list = attempts.map(({ detail }) => detail).join('; ')
    super(`no node could be reached: ${list}`, options)
    this.attempts = attempts
  }

  static is(value: unknown): value is ConnectError {
    return hasCode(value, 'connect-failed')
  }
}
