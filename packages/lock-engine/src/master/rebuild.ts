/** A resource that was taken over, built anew from what its holders and its old master tell. */
import type { Epoch, NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { ownsValue, rankOf } from '../lock-mode.ts'
import type { ResourceKey } from '../resource-key.ts'
import type { EndingRecord, TransferRecord } from '../transfer.ts'
import { invalidated, type ValueBlock, written } from '../value-block.ts'
import { grant, pass, settleGranted } from './granting.ts'
import type { Copy, Resource } from './resource.ts'

type Owner = Pick<Copy, 'holder' | 'lock'>
/** A lock that ended with the change of view, and what its unlock writes. */
export interface LastWord extends Owner {
  readonly key: ResourceKey
  readonly takenOver: Epoch
  readonly ending: EndingRecord
}

type LockRecord = Extract<TransferRecord, { readonly kind: 'lock' }>

export function acceptLock(core: Core, resource: Resource, from: NodeId, told: LockRecord): Copy {
  const copy: Copy = {
    holder: from,
    lock: told.lock,
    session: told.session,
    resource,
    notify: told.notify,
    queue: queueOf(told),
    granted: told.granted,
    wanted: told.ending === undefined ? told.queued : undefined,
    token: told.token,
    ask: told.ask,
    order: told.queued?.order ?? 0,
    told: undefined,
    since: core.now,
    ghost: false,
    sideways: told.sideways,
    toldValue: told.copy,
    known: told.known,
    ending: told.ending,
  }
  resource.known = Math.max(resource.known, told.known)
  if (copy.ending === undefined) resource.insert(copy)
  else resource.endings.add(copy)
  return copy
}

function queueOf({ granted, queued }: LockRecord): Copy['queue'] {
  if (queued === undefined) return 'granted'
  return granted === undefined ? 'waiting' : 'converting'
}

/** All is told: puts the queues in their old order, settles the value, grants what can be granted. */
export function settleTakenOver(
  core: Core,
  resource: Resource,
  lastWords: readonly LastWord[],
): void {
  restoreOrder(resource)
  resolveSideways(core, resource)
  resource.value = survivingValue(resource)
  for (const copy of resource.endings) endLock(resource, copy)
  for (const word of lastWords) writeLast(resource, word, word.ending)
  for (const copy of resource.granted) resource.fresh.push(copy)
  for (const copy of resource.copies()) copy.toldValue = undefined
  resource.certain = undefined
  pass(core, resource, 'taken-over')
}

/**
 * A sideways conversion whose answer was lost. When another lock is granted that the old mode is in
 * the way of, the old master had granted the conversion; its holder gave the old mode up when it
 * asked, so it is right to follow. Otherwise the old mode stands, and what is queued or asked again
 * takes its turn. (Linux dlm guesses from the granted modes too, and hung in a rebuilt order.)
 */
function resolveSideways(core: Core, resource: Resource): void {
  for (const copy of [...resource.granted, ...resource.converting]) {
    const { sideways, granted } = copy
    copy.sideways = undefined
    if (sideways === undefined || granted === undefined) continue
    if (!resource.isBlocked(copy, granted)) continue
    if (copy.queue === 'converting') grant(core, copy)
    else {
      resource.remove(copy)
      settleGranted(core, copy, sideways)
    }
  }
}

/** Requests keep the order in which the old master queued them: each carries its place. */
function restoreOrder(resource: Resource): void {
  for (const queue of [resource.converting, resource.waiting]) {
    const inOrder = [...queue].sort(
      (a, b) => a.order - b.order || a.holder - b.holder || a.lock - b.lock,
    )
    for (const copy of inOrder) {
      resource.remove(copy)
      resource.insert(copy)
      resource.nextOrder = Math.max(resource.nextOrder, copy.order + 1)
    }
  }
}

/**
 * A lock whose unlock was on its way when the master changed. It blocks nobody any more. What the
 * unlock writes is written here if the old master had not written it: that is certain only when the
 * old master tells its value, and that this lock was still the one that may write it. The unlock
 * itself comes behind the transfers, and finds nothing left to do but answer.
 */
function endLock(resource: Resource, copy: Copy): void {
  const { ending, granted } = copy
  copy.ending = undefined
  copy.granted = undefined
  if (ending !== undefined && ownsValue(granted)) writeLast(resource, copy, ending)
}

function writeLast(resource: Resource, lock: Owner, ending: EndingRecord): void {
  if (resource.certain === undefined) {
    // A valid value is vouched for by somebody who was let in after this lock had gone.
    if (resource.value.valid || ending.value === undefined) return
    resource.value = { ...invalidated(resource.value), bytes: ending.value }
  } else if (isOwner(resource.certain.owner, lock)) {
    if (ending.invalidate) resource.value = invalidated(resource.value)
    else if (ending.value !== undefined) resource.value = written(resource.value, ending.value)
  }
}

/**
 * The value block after it moved to another master.
 *
 * An old master that lives tells it for certain; only a copy with a higher number is newer, which a
 * holder wrote while giving way, when the old master had already stopped to listen. After the loss
 * of the master: while somebody holds CW, PR, PW or EX, nobody else can have written, so such a
 * holder's copy is the value if it is as new as the newest that its holder knows of. Copies of NL and
 * CR holders, and of those who have given their lock up, may be older than a last write of a lost
 * writer: the newest is kept as last known, and is not valid. So is nothing at all, when no survivor
 * used the block. The mark travels with every copy, and the number stays with the value, so that a
 * holder's own count of its writes stays right.
 */
function survivingValue(resource: Resource): ValueBlock {
  let newest: ValueBlock = { bytes: new Uint8Array(0), sequence: 0, valid: false }
  let current: ValueBlock | undefined
  for (const copy of [...resource.copies(), ...resource.endings]) {
    const { toldValue, granted, known, ending } = copy
    if (toldValue === undefined) continue
    if (toldValue.sequence > newest.sequence) newest = toldValue
    const excludesWriters = granted !== undefined && rankOf(granted) > rankOf('CR')
    const isHeld = excludesWriters && ending === undefined
    if (isHeld && toldValue.sequence === known) current = toldValue
  }
  const survivor = certainValue(resource, newest) ?? current
  return survivor ?? { bytes: newest.bytes, sequence: nextSequence(resource), valid: false }
}

/**
 * A value that is marked not valid gets a number of its own, so that no copy of it that was valid once
 * passes for it; but a holder of PW or EX counts on from what it knows, since only it can write.
 */
function nextSequence(resource: Resource): number {
  const isOwned = [...resource.copies()].some(({ granted }) => ownsValue(granted))
  return resource.known + (isOwned ? 0 : 1)
}

function certainValue(resource: Resource, newest: ValueBlock): ValueBlock | undefined {
  const { certain } = resource
  if (certain === undefined) return undefined
  if (newest.sequence > certain.value.sequence) return newest
  return isTold(resource, certain.owner) ? certain.value : invalidated(certain.value)
}

/** A holder of PW or EX that does not tell of its lock was lost, before or after the old master went. */
function isTold(resource: Resource, owner: Owner | undefined): boolean {
  if (owner === undefined) return true
  const told = [...resource.copies(), ...resource.endings]
  return told.some((copy) => isOwner(owner, copy))
}

function isOwner(owner: Owner | undefined, { holder, lock }: Owner): boolean {
  return owner !== undefined && holder === owner.holder && lock === owner.lock
}
