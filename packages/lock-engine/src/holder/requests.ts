/** What a holder says to directories and masters. */
import type { Core } from '../core.ts'
import type { HolderMessage, RequestFields, Terms } from '../lock-messages.ts'
import type { HeldLock, KnownResource, Pending } from './lock.ts'

function termsOf({ mode, flags, range, priority, deadlockMs, value }: Pending): Terms {
  return {
    mode,
    flags,
    ...(range === undefined ? {} : { range }),
    ...(priority === undefined ? {} : { priority }),
    ...(deadlockMs === undefined ? {} : { deadlockMs }),
    ...(value === undefined ? {} : { value }),
  }
}

function requestFields(lock: HeldLock, pending: Pending): RequestFields {
  const { number, session, sessionLock, key, owner, parent, resource } = lock
  const { takenOver } = resource.mastery ?? { takenOver: 0 }
  return {
    lock: number,
    takenOver,
    ask: pending.ask,
    session,
    sessionLock,
    key,
    ...(owner === undefined ? {} : { owner }),
    ...(parent === undefined ? {} : { parent: parent.sessionLock }),
    ...termsOf(pending),
  }
}

/** Asks the directory who the master is, for the sake of the first lock that waits for that. */
export function lookUp(core: Core, resource: KnownResource): void {
  const lead = firstOf(resource.unsent)
  if (lead?.pending === undefined) return
  resource.unsent.delete(lead)
  resource.lookup = lead
  resource.lookups += 1
  const directory = core.directoryOf(resource.key)
  lead.sentTo = directory
  countAttempt(lead)
  lead.asked = true
  core.send(directory, { kind: 'lookup', ...requestFields(lead, lead.pending) })
}

function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item
  return undefined
}

/** Sends what the lock waits for to the master, and what follows it. */
export function sendPending(core: Core, lock: HeldLock): void {
  const { pending, resource } = lock
  if (resource.mastery === undefined) return
  const { master, takenOver } = resource.mastery
  resource.unsent.delete(lock)
  lock.sentTo = master
  countAttempt(lock)
  lock.sentFor = takenOver
  lock.asked = true
  if (pending?.kind === 'request') {
    core.send(master, { kind: 'request', ...requestFields(lock, pending) })
  } else if (pending !== undefined) {
    const { number } = lock
    const { ask } = pending
    core.send(master, { kind: 'convert', lock: number, takenOver, ask, ...termsOf(pending) })
  }
  sendFollowUps(core, lock)
}

function countAttempt(lock: HeldLock): void {
  if (lock.pending === undefined) return
  lock.asks += 1
  lock.pending.ask = lock.asks
}

/** A cancel, the end of its session and an unlock go to wherever the lock is, behind what it waits for. */
export function sendFollowUps(core: Core, lock: HeldLock): void {
  const { sentTo, cancel, orphan, unlock, number, asks: ask, resource } = lock
  if (sentTo === undefined || resource.lookup === lock) return
  const { takenOver } = resource.mastery ?? { takenOver: 0 }
  const send = (message: HolderMessage): void => core.send(sentTo, message)
  if (cancel !== undefined && !cancel.sent) {
    cancel.sent = true
    cancel.ask = ask
    send({ kind: 'cancel', lock: number, takenOver, ask })
  }
  if (orphan !== undefined && !orphan.sent) {
    orphan.sent = true
    send({ kind: 'orphan', lock: number, takenOver, ask })
  }
  if (unlock !== undefined && !unlock.sent) {
    unlock.sent = true
    unlock.ask = ask
    const { invalidate, value } = unlock
    const bytes = value === undefined ? {} : { value }
    send({ kind: 'unlock', lock: number, takenOver, ask, invalidate, ...bytes })
  }
}
