import type { LockMode, LossReason, ResourceName } from '@holdfast/lock-engine/messages'

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

/** Which lock an error is about. */
export interface LockSubject {
  readonly resource: ResourceName
  readonly mode: LockMode
}

function hasCode(value: unknown, code: string): boolean {
  return value instanceof Error && 'code' in value && value.code === code
}

/** What the errors about one lock have in common. */
abstract class LockError extends Error {
  readonly resource: ResourceName
  readonly mode: LockMode

  constructor({ resource, mode }: LockSubject, text: string) {
    super(`${mode} on ${resource.space}/${resource.name}: ${text}`)
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
  readonly reason: EndReason

  constructor(subject: LockSubject, token: bigint | undefined, end: SessionEnd) {
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

  constructor(subject: LockSubject, reason: string | undefined) {
    super(subject, `deadlock${reason === undefined ? '' : `: ${reason}`}`)
  }

  static is(value: unknown): value is LockDeadlockError {
    return hasCode(value, 'lock-deadlock')
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
