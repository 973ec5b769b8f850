import type { Outcome, RefusalCode } from '@holdfast/lock-engine/messages'
import {
  LockCancelledError,
  LockDeadlockError,
  LockDeniedError,
  LockHasChildrenError,
  LockLostError,
  LockQuotaError,
  LockRefusedError,
  type LockSubject,
  LockTimeoutError,
  LockUnlockedError,
  OrphanNotFoundError,
  SessionClosedError,
  type SessionEnd,
} from './errors.ts'

interface Failure {
  readonly outcome: Outcome
  readonly reason?: string
  readonly code?: RefusalCode
}

/** The error for an outcome other than the one that was asked for. */
export function outcomeError(
  subject: LockSubject,
  { outcome, reason, code }: Failure,
  ended: SessionEnd | undefined,
): Error {
  switch (outcome) {
    case 'denied':
      return new LockDeniedError(subject)
    case 'deadlock':
      return new LockDeadlockError(subject, reason)
    case 'cancelled':
      return new LockCancelledError(subject)
    case 'timed-out':
      return new LockTimeoutError(subject)
    case 'unlocked':
      return new LockUnlockedError(subject)
    case 'not-found':
      return new OrphanNotFoundError(subject)
    case 'lost':
      return ended === undefined
        ? new LockLostError(subject, undefined, { reason: 'lockspace-left' })
        : new SessionClosedError(ended)
    default:
      return refusal(subject, reason ?? `the node answered "${outcome}"`, code)
  }
}

function refusal(subject: LockSubject, reason: string, code: RefusalCode | undefined): Error {
  switch (code) {
    case 'quota':
      return new LockQuotaError(subject, reason)
    case 'children':
      return new LockHasChildrenError(subject, reason)
    default:
      return new LockRefusedError(subject, reason)
  }
}
