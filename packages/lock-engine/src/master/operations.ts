/** The operations of a holder at the master of an open resource. */
import type { NodeId } from '@holdfast/primitives'
import { isSilent } from '../conversion.ts'
import type { Core } from '../core.ts'
import { flag, has, traits } from '../flags.ts'
import { priorityDefault } from '../limits.ts'
import type { HolderMessage, RequestFields, Terms } from '../lock-messages.ts'
import { canWrite, type LockMode, lockModes, ownsValue } from '../lock-mode.ts'
import { invalidated, valueMove, written } from '../value-block.ts'
import { announce, tellInTheWay } from './blocking.ts'
import { grantableMode, isConversionDeadlock, wordsOfConversionDeadlock } from './grant-test.ts'
import {
  type Denial,
  deny,
  type Freed,
  forgetStanding,
  grant,
  grantConversions,
  grantedMessage,
  keepGranted,
  lacksToken,
  nextToken,
  pass,
  passOver,
  settleGranted,
  standing,
  takeTerms,
  write,
} from './granting.ts'
import { anybody } from './orphans.ts'
import type { Copy, Resource } from './resource.ts'
import { ownLockInTheWay } from './self-wait.ts'

type Convert = Extract<HolderMessage, { readonly kind: 'convert' }>
type Unlock = Extract<HolderMessage, { readonly kind: 'unlock' }>

/** A new lock. Returns its copy while the master keeps one. */
export function request(
  core: Core,
  resource: Resource,
  holder: NodeId,
  fields: RequestFields,
): Copy | undefined {
  const copy = newCopy(core, resource, holder, fields)
  const mode = grantableMode(resource, copy, 'new')
  if (mode !== undefined) {
    grant(core, copy, mode)
    if (copy.granted === undefined) return undefined
    pass(core, resource, 'nothing')
    return copy
  }
  if (isRefused(core, copy)) return undefined
  enqueue(core, copy, 'waiting')
  return copy
}

export function newCopy(
  core: Core,
  resource: Resource,
  holder: NodeId,
  fields: RequestFields,
): Copy {
  const { lock, session, sessionLock, owner, parent, flags, ask } = fields
  const { priority = priorityDefault } = fields
  return {
    holder,
    lock,
    session,
    sessionLock,
    resource,
    owner,
    parent,
    traits: flags & traits,
    priority,
    queue: 'waiting',
    granted: undefined,
    range: undefined,
    wanted: fields,
    token: undefined,
    ask,
    order: 0,
    told: undefined,
    since: core.now,
    version: 0,
    serial: resource.nextSerial(),
    demoted: false,
    unsure: false,
    write: 'due',
    orphan: false,
    adopted: undefined,
    ghost: false,
    rebuilt: undefined,
    before: undefined,
    behind: undefined,
    placed: false,
  }
}

/** Ends a call that cannot be granted now and must not, or would in vain, be queued. */
function isRefused(core: Core, copy: Copy): boolean {
  const denial = whyRefused(core, copy)
  if (denial === undefined) return false
  const { flags } = copy.wanted as Terms
  if (denial.why === 'busy' && has(flags, flag.tellHolders)) tellInTheWay(core, copy)
  deny(core, copy, denial)
  return true
}

function whyRefused(core: Core, copy: Copy): Denial | undefined {
  const { flags } = copy.wanted as Terms
  if (has(flags, flag.noQueue)) return { why: 'busy' }
  if (has(flags, flag.noDeadlockWait)) return undefined
  // What is not found so is found when the deadlock search comes to the call, which looks at all.
  const own = ownLockInTheWay(copy, core.limits.selfWaitLookMax)
  return own === undefined ? undefined : { why: 'deadlock', words: own }
}

/** The holder asks again because an answer was lost with a view: the same answer once more. */
export function repeatAnswer(core: Core, copy: Copy, fields: RequestFields): void {
  if (fields.ask <= copy.ask) return
  copy.ask = fields.ask
  if (copy.granted === undefined) {
    sendQueued(core, copy)
    return
  }
  const isAlternate = copy.granted !== fields.mode
  core.send(copy.holder, grantedMessage(copy, has(fields.flags, flag.useValue), isAlternate))
  // What it was told of others behind the answer that was lost, is lost too.
  copy.told = undefined
  copy.resource.fresh.push(copy)
  announce(core, copy.resource)
}

export function convert(core: Core, copy: Copy, message: Convert): void {
  const { resource, granted } = copy
  if (granted === undefined || copy.queue !== 'granted') return
  const wanted: Terms = message
  copy.ask = message.ask
  if (isSilent({ mode: granted, range: copy.range, owner: copy.owner }, wanted)) {
    convertDown(core, copy, wanted)
    return
  }
  resource.remove(copy)
  copy.wanted = wanted
  if (grantIfNew(core, copy)) return
  if (has(wanted.flags, flag.noQueue) || !isConversionDeadlock(resource, copy)) {
    queueConversion(core, copy)
  } else if (has(wanted.flags, flag.demote)) demote(core, copy)
  else if (has(wanted.flags, flag.noDeadlockWait)) queueInDeadlock(core, copy, wanted)
  else {
    const words = wordsOfConversionDeadlock(resource, copy)
    deny(core, copy, { why: 'deadlock', words })
    core.observe({ kind: 'deadlock', key: resource.key, words })
    pass(core, resource, 'nothing')
  }
}

function grantIfNew(core: Core, copy: Copy): boolean {
  const { resource, range } = copy
  const mode = grantableMode(resource, copy, 'new')
  if (mode === undefined) return false
  grant(core, copy, mode)
  pass(core, resource, range)
  return true
}

function queueConversion(core: Core, copy: Copy): void {
  if (isRefused(core, copy)) pass(core, copy.resource, 'nothing')
  else enqueue(core, copy, 'converting')
}

/** Somebody has to give way, and it is this one that the others wait for; unless it got its alternate. */
function queueInDeadlock(core: Core, copy: Copy, { mode }: Terms): void {
  queueConversion(core, copy)
  if (copy.queue === 'converting' && has(copy.traits, flag.notify)) {
    core.send(copy.holder, { kind: 'blocking', lock: copy.lock, mode })
  }
}

/** Goes down to NL, lets the other conversions go on, and tries once more. */
function demote(core: Core, copy: Copy): void {
  const { resource, wanted, range } = copy
  copy.demoted = true
  copy.token = undefined
  settleGranted(core, copy, 'NL', range)
  const freed: Freed[] = [range]
  grantConversions(core, resource, freed, 'queued')
  resource.remove(copy)
  copy.wanted = wanted
  const mode = grantableMode(resource, copy, 'new')
  if (mode !== undefined) grant(core, copy, mode)
  else if (!isRefused(core, copy)) enqueue(core, copy, 'converting')
  passOver(core, resource, freed)
}

/** Never refused and never answered: the holder has done it already. */
function convertDown(core: Core, copy: Copy, wanted: Terms): void {
  const { resource, range } = copy
  if (valueMove(copy.granted, wanted.mode) === 'write') write(resource, wanted)
  resource.remove(copy)
  if (!canWrite(wanted.mode)) copy.token = undefined
  takeTerms(copy, wanted)
  settleGranted(core, copy, wanted.mode, wanted.range)
  pass(core, resource, range)
}

function enqueue(core: Core, copy: Copy, queue: 'converting' | 'waiting'): void {
  const { resource } = copy
  const wanted = copy.wanted as Terms
  const place = has(wanted.flags, flag.atHead) ? 'head' : 'tail'
  takeTerms(copy, wanted)
  copy.queue = queue
  copy.since = core.now
  copy.order = resource.takePlace(place)
  resource.insert(copy, place)
  sendQueued(core, copy)
  core.watch(copy)
  // One that keeps to no order may be queued all the same, and have nothing in its way.
  pass(core, resource, has(wanted.flags, flag.anyOrder) ? wanted.range : 'nothing')
}

function sendQueued(core: Core, copy: Copy): void {
  const { holder, lock, ask, order, resource } = copy
  const { takenOver } = resource
  core.send(holder, { kind: 'queued', lock, ask, order, ...standing(copy), takenOver })
}

/** Takes a lock away, from whatever queue it is in. */
export function unlock(core: Core, copy: Copy, message: Unlock): void {
  const { resource, holder, lock } = copy
  const isOwner = ownsValue(copy.granted)
  if (message.invalidate && (isOwner || mayHaveOwned(copy, message))) {
    resource.value = invalidated(resource.value)
  } else if (isOwner && message.value !== undefined) {
    resource.value = written(resource.value, message.value)
  }
  resource.remove(copy)
  resource.endings.delete(copy)
  core.send(holder, { kind: 'unlocked', lock, ask: message.ask })
  pass(core, resource, copy.granted === undefined ? 'nothing' : copy.range)
}

/**
 * Its session ended in the middle of a conversion from PW or EX: nobody knows what it had in mind. Not
 * when somebody else may write now: that one had the value since, and may count its writes by itself.
 */
function mayHaveOwned({ resource }: Copy, { ended }: Unlock): boolean {
  if (ended !== true) return false
  return resource.held.count('PW') + resource.held.count('EX') === 0
}

/** Takes back what the lock waits for. True when that ends the lock, because it was a request. */
export function cancel(core: Core, copy: Copy, ask: number): boolean {
  const { holder, lock } = copy
  const cancelled = copy.wanted !== undefined
  const told = cancelled ? standing(copy) : {}
  core.send(holder, { kind: 'cancel-done', lock, ask, cancelled, ...told })
  if (cancelled) forgetStanding(copy)
  return cancelled && withdraw(core, copy)
}

/** What it waits for ends without a word. True when that ends the lock. */
function withdraw(core: Core, copy: Copy): boolean {
  const { resource } = copy
  resource.remove(copy)
  keepGranted(core, copy)
  pass(core, resource, 'nothing')
  return copy.granted === undefined
}

/** Its session is gone and the lock stays: nobody hears what it blocks, and what it waited for ends. */
export function orphan(core: Core, copy: Copy): void {
  copy.orphan = true
  copy.traits &= ~flag.notify
  if (copy.wanted === undefined) copy.resource.noteOrphan(copy)
  else withdraw(core, copy)
}

/**
 * Gives an orphan a new holder: that of the same mode and, when one is named by the call or by its
 * parent, the same owner; among several the oldest. Both copies stay, until the former holder has
 * let go (`Adoptions`).
 */
export function adopt(core: Core, copy: Copy, mode: LockMode): Copy | undefined {
  const { resource, owner, parent } = copy
  const { orphans } = resource
  // A lock and its parent have the same owner, or both have none.
  const whose = owner === undefined && parent === undefined ? anybody : owner
  const found = orphans?.oldest(mode, whose)
  if (found === undefined) {
    const others = lockModes.some((other) => orphans?.oldest(other, whose) !== undefined)
    deny(core, copy, { why: others ? 'other-orphan' : 'no-orphan' })
    return undefined
  }
  return take(core, copy, found, mode)
}

function take(core: Core, asked: Copy, found: Copy, mode: LockMode): Copy | undefined {
  const { resource } = found
  if (lacksToken(mode, resource)) {
    deny(core, asked, { why: 'tokens-used-up' })
    return undefined
  }
  const { holder, lock, owner, priority, range } = found
  const kept = owner === undefined ? { priority } : { owner, priority }
  const copy: Copy = { ...asked, owner, priority, adopted: { from: { holder, lock }, ...kept } }
  copy.token = canWrite(mode) ? nextToken(core, resource) : undefined
  settleGranted(core, copy, mode, range)
  const useValue = has(asked.wanted?.flags ?? 0, flag.useValue)
  core.send(copy.holder, grantedMessage(copy, useValue, false))
  pass(core, resource, 'nothing')
  return copy
}

/** A queued call lost a deadlock. True when that ends the lock. */
export function denyDeadlock(core: Core, copy: Copy, words: string): boolean {
  const { resource } = copy
  resource.remove(copy)
  deny(core, copy, { why: 'deadlock', words })
  core.observe({ kind: 'deadlock', key: resource.key, words })
  pass(core, resource, 'nothing')
  return copy.granted === undefined
}

/** A lock that is not here is as good as unlocked, and there is nothing to cancel. */
export function answerUnknown(core: Core, from: NodeId, { kind, lock, ask }: HolderMessage): void {
  if (kind === 'unlock') core.send(from, { kind: 'unlocked', lock, ask })
  if (kind === 'cancel') core.send(from, { kind: 'cancel-done', lock, ask, cancelled: false })
}
