import {
  LockDeadlockError,
  LockDeniedError,
  LockRefusedError,
  type LockSubject,
  LockUnlockedError,
  SessionClosedError,
} from './errors.ts'
import type { Session } from './session/session.ts'
import type { Completion } from './session/session-machine.ts'

/** The error for an outcome other than the one that was asked for. */
export function outcomeError(
  subject: LockSubject,
  { outcome, reason }: Completion,
  session: Session,
): Error {
  switch (outcome) {
    case 'denied':
      return new LockDeniedError(subject)
    case 'deadlock':
      return new LockDeadlockError(subject, reason)
    case 'unlocked':
      return new LockUnlockedError(subject)
    case 'lost':
      return new SessionClosedError(session.ended ?? { reason: 'connection-lost' })
    default:
      return new LockRefusedError(subject, reason ?? `the node answered "${outcome}"`)
  }
}
