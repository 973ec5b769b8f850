import type { Core } from '../core.ts'
import { hasCounterLeft, tokenOf } from '../fencing.ts'
import { flag, has, traits } from '../flags.ts'
import { priorityDefault } from '../limits.ts'
import type { DenialReason, Held, MasterMessage, Terms } from '../lock-messages.ts'
import { canWrite, type LockMode } from '../lock-mode.ts'
import type { LockRange } from '../messages.ts'
import { isSame } from '../ranges/range.ts'
import { invalidated, valueMove, written } from '../value-block.ts'
import { announce } from './blocking.ts'
import { grantableMode, type Occasion } from './grant-test.ts'
import type { Copy, Resource } from './resource.ts'

/** Gives a lock what it wants, in that mode, and tells its holder. */
export function grant(core: Core, copy: Copy, mode: LockMode): void {
  const { resource, wanted } = copy
  if (wanted === undefined) return
  resource.remove(copy)
  if (lacksToken(mode, resource)) {
    deny(core, copy, { why: 'tokens-used-up' })
    if (copy.granted === undefined) core.ended(copy)
    return
  }
  const useValue = has(wanted.flags, flag.useValue)
  const move = valueMove(copy.granted, mode)
  if (move === 'write') writeOnce(copy, wanted)
  copy.token = canWrite(mode) ? nextToken(core, resource) : undefined
  takeTerms(copy, wanted)
  settleGranted(core, copy, mode, wanted.range)
  const withValue = useValue && (move === 'read' || copy.unsure)
  core.send(copy.holder, grantedMessage(copy, withValue, mode !== wanted.mode))
  forgetStanding(copy)
}

/** What a conversion does to the value block where the transfer table says "write". */
export function write(resource: Resource, { flags, value }: Terms): void {
  if (has(flags, flag.invalidate)) resource.value = invalidated(resource.value)
  else if (has(flags, flag.useValue) && value !== undefined) {
    resource.value = written(resource.value, value)
  }
}

/** A former master may have written it already, and let others write since. */
function writeOnce({ resource, write: state }: Copy, wanted: Terms): void {
  if (state === 'due') write(resource, wanted)
  if (state !== 'maybe') return
  const { value: bytes } = wanted
  resource.value = { ...invalidated(resource.value), ...(bytes && { bytes }) }
}

/** True when a grant in that mode needs a token and none is left. */
export function lacksToken(mode: LockMode, { root }: Resource): boolean {
  return canWrite(mode) && !hasCounterLeft(root.counter)
}

/** Tokens are counted by tree, so that a name below the root may come and go without a token of its own. */
export function nextToken(core: Core, { root }: Resource): bigint {
  root.counter += 1
  return tokenOf(core.view.epoch, root.counter)
}

/** What stays with the lock, from a call that was not refused. */
export function takeTerms(copy: Copy, { flags, priority = priorityDefault }: Terms): void {
  copy.traits = flags & traits
  copy.priority = priority
}

/** Puts a copy that is in no queue among the granted ones. */
export function settleGranted(
  core: Core,
  copy: Copy,
  mode: LockMode,
  range: LockRange | undefined,
): void {
  // A holder that keeps what it has was told what it blocks; one with another mode or part was not.
  if (mode !== copy.granted || !isSame(range, copy.range)) copy.told = undefined
  copy.granted = mode
  copy.range = range
  copy.wanted = undefined
  copy.queue = 'granted'
  copy.since = core.now
  copy.resource.insert(copy)
  copy.resource.fresh.push(copy)
}

/** Puts a copy back that keeps what it has; one that was not queued has been there all the time. */
export function keepGranted(core: Core, copy: Copy): void {
  const { granted, range, queue, since } = copy
  if (granted === undefined) return
  settleGranted(core, copy, granted, range)
  if (queue === 'granted') copy.since = since
}

export function grantedMessage(copy: Copy, withValue: boolean, alternate: boolean): MasterMessage {
  const { lock, ask, granted = 'NL', range, token, demoted, adopted, resource } = copy
  const { bytes, valid, sequence } = resource.value
  return {
    kind: 'granted',
    lock,
    ask,
    mode: granted,
    ...(range === undefined ? {} : { range }),
    ...(token === undefined ? {} : { token }),
    ...(withValue ? { value: bytes } : {}),
    valid,
    sequence,
    ...(demoted ? { demoted } : {}),
    ...(alternate ? { alternate } : {}),
    ...(adopted === undefined ? {} : { adopted }),
    takenOver: resource.takenOver,
  }
}

export interface Denial {
  readonly why: DenialReason
  readonly words?: string
}

/** Refuses what the lock wants: a conversion keeps what it has, a request is gone. Not in a queue. */
export function deny(core: Core, copy: Copy, denial: Denial): void {
  const { holder, lock, ask, resource } = copy
  keepGranted(core, copy)
  const { takenOver } = resource
  core.send(holder, { kind: 'denied', lock, ask, ...denial, ...standing(copy), takenOver })
  forgetStanding(copy)
}

/** What the holder of a lock that is not granted what it wants must know of what it has. */
export function standing(copy: Copy): { readonly demoted?: boolean; readonly held?: Held } {
  const { demoted, unsure, granted, range, token, resource } = copy
  if (!unsure || granted === undefined) return demoted ? { demoted } : {}
  const { valid, sequence } = resource.value
  const held: Held = {
    mode: granted,
    ...(range === undefined ? {} : { range }),
    ...(token === undefined ? {} : { token }),
    valid,
    sequence,
  }
  return demoted ? { demoted, held } : { held }
}

/** The conversion that it was about has ended. */
export function forgetStanding(copy: Copy): void {
  copy.demoted = false
  copy.unsure = false
  copy.write = 'due'
}

/** The part of a resource on which something was given up: `undefined` is all of it. */
export type Freed = LockRange | undefined | 'nothing'

/**
 * Grants what can be granted: conversions from the head of their queue and those that keep to no
 * order, then requests likewise. Then tells the holders that are still in the way.
 *
 * Invariant: after it nothing stays queued that the rules would grant. So it runs after whatever
 * changes a queue or what is held, also after queueing (design: "no pass comes"). Calls that keep to
 * no order wait only for what is held, so only those are looked at that want a part of what was freed.
 */
export function pass(
  core: Core,
  resource: Resource,
  freed: Freed,
  occasion: Occasion = 'queued',
): void {
  passOver(core, resource, [freed], occasion)
}

/** A pass after several parts were freed; conversions that are granted free what they had. */
export function passOver(
  core: Core,
  resource: Resource,
  freed: Freed[],
  occasion: Occasion = 'queued',
): void {
  grantConversions(core, resource, freed, occasion)
  grantAll(core, resource, 'waiting', freed)
  announce(core, resource)
}

/** Conversions alone: a conversion that goes somewhere else frees what it had. */
export function grantConversions(
  core: Core,
  resource: Resource,
  spans: Freed[],
  occasion: Occasion,
): void {
  if (occasion === 'taken-over') {
    for (const copy of resource.converting) grantIfPossible(core, copy, occasion, spans)
  }
  grantAll(core, resource, 'converting', spans)
}

function grantAll(
  core: Core,
  resource: Resource,
  queue: 'converting' | 'waiting',
  spans: Freed[],
): void {
  let more = true
  while (more) {
    more = grantHead(core, resource, queue, spans) || grantLoose(core, resource, queue, spans)
  }
}

function grantHead(
  core: Core,
  resource: Resource,
  queue: 'converting' | 'waiting',
  spans: Freed[],
): boolean {
  const head = resource[queue].first
  return head !== undefined && grantIfPossible(core, head, 'queued', spans)
}

/**
 * Those that keep to no order and can be granted on something that was freed. After a conversion the
 * queue is looked at from its head again, since it may have freed what it had.
 */
function grantLoose(
  core: Core,
  resource: Resource,
  queue: 'converting' | 'waiting',
  spans: Freed[],
): boolean {
  const loose = resource.loose?.[queue]
  if (loose === undefined || loose.size === 0) return false
  const found = new Set<Copy>()
  for (const span of spans) {
    if (span !== 'nothing') for (const copy of loose.overlapping(span)) found.add(copy)
  }
  let granted = false
  for (const copy of [...found].sort((a, b) => a.order - b.order)) {
    granted = grantIfPossible(core, copy, 'queued', spans) || granted
    if (granted && queue === 'converting') return true
  }
  return granted
}

function grantIfPossible(core: Core, copy: Copy, occasion: Occasion, spans: Freed[]): boolean {
  const mode = grantableMode(copy.resource, copy, occasion)
  if (mode === undefined) return false
  const { granted, range } = copy
  grant(core, copy, mode)
  if (granted !== undefined) spans.push(range)
  return true
}
