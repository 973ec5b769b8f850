/** A resource that was taken over, built anew from what its holders and its old master tell. */
import type { Epoch, NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { priorityDefault } from '../limits.ts'
import type { FormerName } from '../lock-messages.ts'
import { canWrite, ownsValue, rankOf } from '../lock-mode.ts'
import type { ResourceKey } from '../resource-key.ts'
import type { EndingRecord, LockRecordName, OwnerRecord, TransferRecord } from '../transfer.ts'
import { invalidated, type ValueBlock, written } from '../value-block.ts'
import { nextToken, pass } from './granting.ts'
import type { Copy, Resource } from './resource.ts'

/** A lock that ended with the change of view, and what its unlock writes. */
export interface LastWord extends LockRecordName {
  readonly key: ResourceKey
  readonly takenOver: Epoch
  readonly ending: EndingRecord
  readonly adopted?: FormerName
}

type LockRecord = Extract<TransferRecord, { readonly kind: 'lock' }>

export function acceptLock(core: Core, resource: Resource, from: NodeId, told: LockRecord): Copy {
  const { queued, ending, granted, range, flags, known } = told
  const copy: Copy = {
    holder: from,
    lock: told.lock,
    session: told.session,
    sessionLock: told.sessionLock,
    resource,
    owner: told.owner,
    parent: told.parent,
    traits: flags,
    priority: told.priority ?? priorityDefault,
    queue: queueOf(told),
    granted,
    range,
    wanted: ending === undefined ? queued : undefined,
    token: told.token,
    ask: told.ask,
    order: queued?.order ?? 0,
    told: undefined,
    since: core.now - (queued?.waitedMs ?? 0),
    version: 0,
    serial: resource.nextSerial(),
    demoted: told.demoted === true,
    unsure: told.moving !== undefined,
    write: 'due',
    orphan: told.orphan === true,
    adopted: told.adopted && { from: told.adopted },
    ghost: false,
    rebuilt: { moving: told.moving, value: told.copy, known, ending },
    before: undefined,
    behind: undefined,
    placed: false,
  }
  resource.known = Math.max(resource.known, known)
  if (ending === undefined) resource.insert(copy)
  else resource.endings.add(copy)
  if (copy.wanted !== undefined && ending === undefined) core.watch(copy)
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
  resolveMoving(core, resource)
  resource.value = survivingValue(resource)
  for (const copy of resource.endings) endLock(resource, copy)
  for (const word of lastWords) writeLast(resource, word, word.ending)
  for (const copy of resource.copies()) copy.rebuilt = undefined
  for (const copy of resource.granted) resource.fresh.push(copy)
  for (const copy of resource.parts) resource.fresh.push(copy)
  resource.certain = undefined
  pass(core, resource, undefined, 'taken-over')
}

/**
 * A conversion that gives something up, and whose answer was lost. When another lock is granted that
 * the old mode or range is in the way of, the old master had carried it out; its holder gave the old
 * one up when it asked, so it is right to follow. Otherwise the old one stands. Either way what is
 * queued or asked again takes its turn. (Linux dlm guesses from the granted modes too, and hung in a
 * rebuilt order.) One that follows may be where another one was before: so until none has to.
 */
function resolveMoving(core: Core, resource: Resource): void {
  const all = [...resource.copies()].filter((copy) => copy.unsure)
  for (const copy of all) if (!isAlone(copy)) copy.write = 'maybe'
  const owners = new Map(resource.certain?.owners.map((owner) => [nameOf(owner), owner]))
  let moving = all.filter((copy) => !isSettled(core, copy, owners))
  for (;;) {
    const next = moving.find((copy) => {
      const { granted, range } = copy
      return granted !== undefined && resource.isBlocked(copy, granted, range)
    })
    if (next === undefined) return
    follow(core, next)
    moving = moving.filter((copy) => copy !== next)
  }
}

/**
 * An old master that lives names all who may write, with what it has carried out for them; and it has
 * done so for those writers that it does not name. True when that tells what became of the conversion.
 */
function isSettled(core: Core, copy: Copy, owners: ReadonlyMap<string, OwnerRecord>): boolean {
  const moving = copy.rebuilt?.moving
  const isTold = copy.resource.certain !== undefined && ownsValue(copy.granted)
  if (!isTold || moving === undefined) return false
  const owner = owners.get(nameOf(copy))
  if (owner === undefined || owner.done >= moving.ask) {
    follow(core, copy)
    copy.write = 'done'
  } else {
    copy.unsure = false
    copy.write = 'due'
  }
  return true
}

/** What it wants, it still wants. What it wrote on the way is lost, so it vouches for no value. */
function follow(core: Core, copy: Copy): void {
  const { resource, queue, rebuilt } = copy
  const moving = rebuilt?.moving
  if (rebuilt === undefined || moving === undefined) return
  resource.remove(copy)
  if (ownsValue(copy.granted)) copy.rebuilt = { ...rebuilt, value: undefined }
  copy.granted = moving.demote ? 'NL' : moving.mode
  if (!moving.demote) copy.range = moving.range
  copy.token = canWrite(copy.granted) ? nextToken(core, resource) : undefined
  if (moving.demote) copy.demoted = true
  resource.insert(copy)
  // Who is queued keeps its place: it was put in order before.
  if (queue === 'converting') restoreOrder(resource)
  core.watch(copy)
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
      resource.nextPlace = Math.max(resource.nextPlace, copy.order + 1)
      resource.headPlace = Math.min(resource.headPlace, copy.order - 1)
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
  const { granted } = copy
  const ending = copy.rebuilt?.ending
  copy.rebuilt = undefined
  copy.granted = undefined
  if (ending !== undefined && ownsValue(granted)) writeLast(resource, copy, ending)
}

function writeLast(resource: Resource, lock: LockRecordName, ending: EndingRecord): void {
  if (resource.certain === undefined) {
    // A valid value is vouched for by somebody who was let in after this lock had gone.
    if (resource.value.valid || ending.value === undefined) return
    resource.value = { ...invalidated(resource.value), bytes: ending.value }
  } else if (resource.certain.owners.some((owner) => isSame(owner, lock))) {
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
 * CR holders, of those with a part of the resource or an owner (others may write beside them), and of
 * those who have given their lock up, may be older than a last write of a lost writer: the newest is kept as last known, and is not valid. So is nothing at all, when no survivor
 * used the block. The mark travels with every copy, and the number stays with the value, so that a
 * holder's own count of its writes stays right.
 */
function survivingValue(resource: Resource): ValueBlock {
  let newest: ValueBlock = { bytes: new Uint8Array(0), sequence: 0, valid: false }
  let current: ValueBlock | undefined
  for (const copy of [...resource.copies(), ...resource.endings]) {
    const { rebuilt, granted } = copy
    if (rebuilt?.value === undefined) continue
    const { value, known, ending } = rebuilt
    if (value.sequence > newest.sequence) newest = value
    const excludesWriters = granted !== undefined && rankOf(granted) > rankOf('CR')
    const isHeld = excludesWriters && isAlone(copy) && ending === undefined
    const isNewer = current === undefined || value.sequence > current.sequence
    if (isHeld && value.sequence === known && isNewer) current = value
  }
  const isOutdated = current !== undefined && current.sequence < newestKnown(resource, newest)
  const survivor = certainValue(resource, newest) ?? (isOutdated ? undefined : current)
  return survivor ?? { bytes: newest.bytes, sequence: nextSequence(resource), valid: false }
}

/** Somebody has heard of a later one: what was written then is lost. */
function newestKnown({ known }: Resource, newest: ValueBlock): number {
  return Math.max(known, newest.sequence)
}

/** What it holds is in the way of all others. */
function isAlone({ range, owner }: Copy): boolean {
  return range === undefined && owner === undefined
}

/**
 * A value that is marked not valid gets a number of its own, so that no copy of it that was valid once
 * passes for it; but a holder of PW or EX counts on from what it knows, since only it can write.
 */
function nextSequence(resource: Resource): number {
  const isOwned = [...resource.copies()].some((copy) => ownsValue(copy.granted) && isAlone(copy))
  return resource.known + (isOwned ? 0 : 1)
}

function certainValue(resource: Resource, newest: ValueBlock): ValueBlock | undefined {
  const { certain } = resource
  if (certain === undefined) return undefined
  if (newest.sequence > certain.value.sequence) return newest
  return areTold(resource, certain.owners) ? certain.value : invalidated(certain.value)
}

/** A holder of PW or EX that does not tell of it was lost, before or after the old master went. */
function areTold(resource: Resource, owners: readonly LockRecordName[]): boolean {
  if (owners.length === 0) return true
  const told = new Set([...resource.copies(), ...resource.endings].map(nameOf))
  return owners.every((owner) => told.has(nameOf(owner)))
}

function nameOf({ holder, lock }: LockRecordName): string {
  return `${holder}/${lock}`
}

function isSame(a: LockRecordName, b: LockRecordName): boolean {
  return a.holder === b.holder && a.lock === b.lock
}
