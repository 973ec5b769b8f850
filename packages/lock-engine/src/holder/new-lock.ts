import type { SessionCall } from '../messages.ts'
import type { HeldLock, KnownResource } from './lock.ts'

/** A lock that was asked for and is known to nobody else yet. */
export function newLock(
  request: Extract<SessionCall, { readonly kind: 'request' }>,
  resource: KnownResource,
  session: number,
  number: number,
): HeldLock {
  const { lock: sessionLock, notify, call, mode, noQueue, useValue } = request
  return {
    number,
    session,
    sessionLock,
    resource,
    notify,
    granted: undefined,
    token: undefined,
    sentTo: undefined,
    sentFor: 0,
    asked: false,
    pending: { kind: 'request', call, ask: 0, mode, noQueue, queueFair: false, useValue },
    asks: 0,
    cancel: undefined,
    unlock: undefined,
    copy: undefined,
    valid: false,
    known: 0,
  }
}
