import type { Core } from '../core.ts'
import { hasCounterLeft, tokenOf } from '../fencing.ts'
import type { MasterMessage } from '../lock-messages.ts'
import { canWrite } from '../lock-mode.ts'
import { valueMove, written } from '../value-block.ts'
import { announce } from './blocking.ts'
import { canBeGranted, type Occasion } from './grant-test.ts'
import { type Copy, firstOf, type Resource } from './resource.ts'

/** Gives a lock the mode it wants and tells its holder. */
export function grant(core: Core, copy: Copy): void {
  const { resource, wanted } = copy
  if (wanted === undefined) return
  resource.remove(copy)
  if (canWrite(wanted.mode) && !hasCounterLeft(resource.counter)) {
    deny(core, copy, 'tokens-used-up')
    return
  }
  const move = valueMove(copy.granted, wanted.mode)
  if (move === 'write' && wanted.useValue && wanted.value !== undefined) {
    resource.value = written(resource.value, wanted.value)
  }
  copy.token = canWrite(wanted.mode) ? nextToken(core, resource) : undefined
  settleGranted(core, copy, wanted.mode)
  core.send(copy.holder, grantedMessage(copy, wanted.useValue && move === 'read'))
}

function nextToken(core: Core, resource: Resource): bigint {
  resource.counter += 1
  return tokenOf(core.view.epoch, resource.counter)
}

/** Puts a copy that is in no queue among the granted ones. */
export function settleGranted(core: Core, copy: Copy, mode: Copy['granted']): void {
  // A holder that keeps its mode has been told what it blocks; one with another mode has not.
  if (mode !== copy.granted) copy.told = undefined
  copy.granted = mode
  copy.wanted = undefined
  copy.queue = 'granted'
  copy.since = core.now
  copy.resource.insert(copy)
  copy.resource.fresh.push(copy)
}

export function grantedMessage(copy: Copy, withValue: boolean): MasterMessage {
  const { lock, ask, granted = 'NL', token, resource } = copy
  const { bytes, valid, sequence } = resource.value
  return {
    kind: 'granted',
    lock,
    ask,
    mode: granted,
    ...(token === undefined ? {} : { token }),
    ...(withValue ? { value: bytes } : {}),
    valid,
    sequence,
    takenOver: resource.takenOver,
  }
}

/** Refuses what the lock wants: a conversion keeps its old mode, a request is gone. Not in a queue. */
export function deny(core: Core, copy: Copy, why: 'busy' | 'deadlock' | 'tokens-used-up'): void {
  const { holder, lock, ask, resource } = copy
  if (copy.granted !== undefined) settleGranted(core, copy, copy.granted)
  core.send(holder, { kind: 'denied', lock, ask, why, takenOver: resource.takenOver })
}

/**
 * Grants what can be granted: conversions from the head of their queue, then requests, which come
 * only when no conversion waits. Then tells the holders that are still in the way.
 *
 * Invariant: after it nothing stays queued that the rules would grant. So it runs after whatever
 * changes a queue or a granted mode, also after queueing (design: "no pass comes").
 */
export function pass(core: Core, resource: Resource, occasion: Occasion = 'queued'): void {
  if (occasion === 'taken-over') {
    for (const copy of [...resource.converting]) {
      if (canBeGranted(resource, copy, occasion)) grant(core, copy)
    }
  }
  grantFrom(core, resource, resource.converting)
  grantFrom(core, resource, resource.waiting)
  announce(core, resource)
}

function grantFrom(core: Core, resource: Resource, queue: ReadonlySet<Copy>): void {
  for (let copy = firstOf(queue); copy !== undefined; copy = firstOf(queue)) {
    if (!canBeGranted(resource, copy, 'queued')) return
    grant(core, copy)
  }
}
