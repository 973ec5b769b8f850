/** What a holder says to directories and masters. */
import type { Epoch } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { HolderMessage, RequestFields, Terms } from '../lock-messages.ts'
import type { HeldLock, KnownResource, Pending } from './lock.ts'

type Changeable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] }

/** What has its default is left out, on the way as in memory. Set one by one: this is done for each call. */
function addTerms(fields: Changeable<Terms>, pending: Pending): void {
  const { range, priority, deadlockMs, value } = pending
  if (range !== undefined) fields.range = range
  if (priority !== undefined) fields.priority = priority
  if (deadlockMs !== undefined) fields.deadlockMs = deadlockMs
  if (value !== undefined) fields.value = value
}

function requestFrom<Kind extends 'request' | 'lookup'>(
  kind: Kind,
  lock: HeldLock,
  pending: Pending,
): { readonly kind: Kind } & RequestFields {
  const { number, session, sessionLock, key, owner, parent, resource } = lock
  const { ask, mode, flags } = pending
  const takenOver = resource.mastery?.takenOver ?? 0
  const fields: Changeable<{ readonly kind: Kind } & RequestFields> = {
    kind,
    lock: number,
    takenOver,
    ask,
    session,
    sessionLock,
    key,
    mode,
    flags,
  }
  if (owner !== undefined) fields.owner = owner
  if (parent !== undefined) fields.parent = parent.sessionLock
  addTerms(fields, pending)
  return fields
}

function conversionFrom(lock: HeldLock, pending: Pending, takenOver: Epoch): HolderMessage {
  const { ask, mode, flags } = pending
  const fields: Changeable<Extract<HolderMessage, { readonly kind: 'convert' }>> = {
    kind: 'convert',
    lock: lock.number,
    takenOver,
    ask,
    mode,
    flags,
  }
  addTerms(fields, pending)
  return fields
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
  core.send(directory, requestFrom('lookup', lead, lead.pending))
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
  if (pending?.kind === 'request') core.send(master, requestFrom('request', lock, pending))
  else if (pending !== undefined) core.send(master, conversionFrom(lock, pending, takenOver))
  sendFollowUps(core, lock)
}

function countAttempt(lock: HeldLock): void {
  if (lock.pending === undefined) return
  lock.asks += 1
  lock.pending.ask = lock.asks
  lock.pending.firstAsk ??= lock.asks
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
    const { invalidate, value, ended } = unlock
    const more = { ...(value && { value }), ...(ended && { ended }) }
    send({ kind: 'unlock', lock: number, takenOver, ask, invalidate, ...more })
  }
}
