import type { LockCall, PlainCall, SessionEvent } from './messages.ts'

/** The answer to a call that was wrong. */
export function refusalOf(call: LockCall | PlainCall, reason: string): SessionEvent {
  if (!('lock' in call)) return { kind: 'refused', call: call.call, reason }
  return { kind: 'completion', call: call.call, lock: call.lock, outcome: 'refused', reason }
}
