/** The four operations of a holder at the master of an open resource. */
import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import type { HolderMessage, RequestFields } from '../lock-messages.ts'
import { canWrite, isDownConversion, ownsValue } from '../lock-mode.ts'
import { invalidated, valueMove, written } from '../value-block.ts'
import { announce } from './blocking.ts'
import { canBeGranted, isConversionDeadlock } from './grant-test.ts'
import { deny, grant, grantedMessage, pass, settleGranted } from './granting.ts'
import type { Copy, Resource, Wanted } from './resource.ts'

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
  if (canBeGranted(resource, copy, 'new')) {
    grant(core, copy)
    if (copy.granted === undefined) return undefined
    pass(core, resource)
    return copy
  }
  if (fields.noQueue) {
    deny(core, copy, 'busy')
    return undefined
  }
  enqueue(core, copy, 'waiting')
  return copy
}

function newCopy(core: Core, resource: Resource, holder: NodeId, fields: RequestFields): Copy {
  const { lock, session, notify, mode, useValue } = fields
  return {
    holder,
    lock,
    session,
    resource,
    notify,
    queue: 'waiting',
    granted: undefined,
    wanted: { mode, queueFair: true, useValue },
    token: undefined,
    ask: fields.ask,
    order: 0,
    told: undefined,
    since: core.now,
    ghost: false,
    sideways: undefined,
    toldValue: undefined,
    known: 0,
    ending: undefined,
  }
}

/** The holder asks again because an answer was lost with a view: the same answer once more. */
export function repeatAnswer(core: Core, copy: Copy, fields: RequestFields): void {
  if (fields.ask <= copy.ask) return
  copy.ask = fields.ask
  if (copy.granted === undefined) {
    sendQueued(core, copy)
    return
  }
  core.send(copy.holder, grantedMessage(copy, fields.useValue))
  // What it was told of others behind the answer that was lost, is lost too.
  copy.told = undefined
  copy.resource.fresh.push(copy)
  announce(core, copy.resource)
}

export function convert(core: Core, copy: Copy, message: Convert): void {
  const { resource, granted } = copy
  if (granted === undefined || copy.queue !== 'granted') return
  const { ask, mode, queueFair, useValue, value } = message
  copy.ask = ask
  const wanted: Wanted = {
    mode,
    queueFair,
    useValue,
    ...(value === undefined ? {} : { value }),
  }
  if (isDownConversion(granted, mode)) {
    convertDown(core, copy, wanted)
    return
  }
  resource.remove(copy)
  copy.wanted = wanted
  copy.queue = 'converting'
  if (canBeGranted(resource, copy, 'new')) grantConversion(core, copy)
  else if (message.noQueue) denyConversion(core, copy, 'busy')
  else if (isConversionDeadlock(resource, copy)) {
    denyConversion(core, copy, 'deadlock')
    core.observe({ kind: 'deadlock', space: resource.space, name: resource.name })
  } else enqueue(core, copy, 'converting')
}

function grantConversion(core: Core, copy: Copy): void {
  grant(core, copy)
  pass(core, copy.resource)
}

function denyConversion(core: Core, copy: Copy, why: 'busy' | 'deadlock'): void {
  deny(core, copy, why)
  pass(core, copy.resource)
}

/** Never refused and never answered: the holder has done it already. */
function convertDown(core: Core, copy: Copy, wanted: Wanted): void {
  const { resource } = copy
  const writes = valueMove(copy.granted, wanted.mode) === 'write' && wanted.useValue
  if (writes && wanted.value !== undefined) resource.value = written(resource.value, wanted.value)
  resource.remove(copy)
  if (!canWrite(wanted.mode)) copy.token = undefined
  settleGranted(core, copy, wanted.mode)
  pass(core, resource)
}

function enqueue(core: Core, copy: Copy, queue: 'converting' | 'waiting'): void {
  const { resource } = copy
  copy.queue = queue
  copy.since = core.now
  copy.order = resource.nextOrder
  resource.nextOrder += 1
  resource.insert(copy)
  sendQueued(core, copy)
  pass(core, resource)
}

function sendQueued(core: Core, copy: Copy): void {
  const { holder, lock, ask, order, resource } = copy
  core.send(holder, { kind: 'queued', lock, ask, order, takenOver: resource.takenOver })
}

/** Takes a lock away, from whatever queue it is in. */
export function unlock(core: Core, copy: Copy, message: Unlock): void {
  const { resource, holder, lock } = copy
  if (ownsValue(copy.granted)) {
    if (message.invalidate) resource.value = invalidated(resource.value)
    else if (message.value !== undefined) resource.value = written(resource.value, message.value)
  }
  resource.remove(copy)
  resource.endings.delete(copy)
  core.send(holder, { kind: 'unlocked', lock, ask: message.ask })
  pass(core, resource)
}

/** Takes back what the lock waits for. True when that ends the lock, because it was a request. */
export function cancel(core: Core, copy: Copy, ask: number): boolean {
  const { resource, holder, lock } = copy
  const cancelled = copy.wanted !== undefined
  core.send(holder, { kind: 'cancel-done', lock, ask, cancelled })
  if (!cancelled) return false
  resource.remove(copy)
  if (copy.granted !== undefined) settleGranted(core, copy, copy.granted)
  pass(core, resource)
  return copy.granted === undefined
}
