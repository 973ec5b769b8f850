import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import { conflictsWith, isCompatible, type LockMode, rankOf } from '../lock-mode.ts'
import { isFriend } from './claims.ts'
import { isInTheWay } from './grant-test.ts'
import type { Copy, Resource, Want } from './resource.ts'

/**
 * Tells holders what they block: to each, the highest mode that is waited for and that what it holds
 * is in the way of, when that is higher than what it was told before. When what is waited for goes,
 * the mode told goes down with it, silently, so that the next waiter is announced again (Linux keeps
 * the old height and says nothing to the holder then).
 *
 * Cost: nothing when neither the waited-for modes nor the granted locks have changed; with ranges or
 * owners, as much as there are holders in the way of what changed.
 */
export function announce(core: Core, resource: Resource): void {
  const bits = resource.wants.bits
  if (resource.mixed) announceMixed(core, resource)
  else if (bits !== resource.announced) {
    for (const copy of resource.granted) tell(core, copy, highestByMode(copy, bits))
  } else if (bits !== 0) {
    for (const copy of resource.fresh) tellFresh(core, copy, highestByMode(copy, bits))
  }
  if (resource.ceased) for (const copy of resource.converting) lower(copy)
  resource.ceased = false
  resource.announced = bits
  resource.fresh = []
  resource.news = []
}

function announceMixed(core: Core, resource: Resource): void {
  for (const want of resource.news) {
    for (const copy of blockersOf(resource, want)) tell(core, copy, highestBlocked(copy))
  }
  for (const copy of resource.fresh) tellFresh(core, copy, highestBlocked(copy))
}

/** Granted locks that are, or were, in the way of a want. */
function blockersOf(resource: Resource, { copy: waiter, mode, range }: Want): readonly Copy[] {
  const found: Copy[] = []
  const visit = (copy: Copy): boolean => {
    if (copy.queue === 'granted' && !isFriend(copy, waiter)) found.push(copy)
    return false
  }
  for (const copy of resource.granted) {
    if (copy.granted !== undefined && !isCompatible(copy.granted, mode)) visit(copy)
  }
  resource.held.somePart(mode, range, visit)
  return found
}

function tellFresh(core: Core, copy: Copy, mode: LockMode | undefined): void {
  if (copy.queue === 'granted' && copy.placed) tell(core, copy, mode)
}

function tell(core: Core, copy: Copy, mode: LockMode | undefined): void {
  if (!has(copy.traits, flag.notify) || copy.ghost) return
  const isNews = mode !== undefined && (copy.told === undefined || rankOf(mode) > rankOf(copy.told))
  copy.told = mode
  if (isNews) core.send(copy.holder, { kind: 'blocking', lock: copy.lock, mode })
}

/** A lock that converts is told nothing; but what it was told goes down when what it blocked goes. */
function lower(copy: Copy): void {
  if (copy.told === undefined) return
  const mode = highestBlocked(copy)
  if (mode === undefined || rankOf(mode) < rankOf(copy.told)) copy.told = mode
}

function highestByMode({ granted }: Copy, bits: number): LockMode | undefined {
  if (granted === undefined) return undefined
  return conflictsWith(granted).findLast((mode) => (bits & (1 << rankOf(mode))) !== 0)
}

function highestBlocked(copy: Copy): LockMode | undefined {
  const { granted, range, wanted, resource } = copy
  if (granted === undefined) return undefined
  // What it wants itself is no news to it.
  const own = wanted !== undefined && wanted.range === undefined ? wanted.mode : undefined
  return conflictsWith(granted).findLast((mode) => resource.wants.includes(copy, mode, range, own))
}

/** For a call that is not queued and wants holders to know of it all the same, converting ones too. */
export function tellInTheWay(core: Core, waiter: Copy): void {
  const { resource, wanted } = waiter
  if (wanted === undefined) return
  const { mode, range } = wanted
  const inTheWay = new Set<Copy>()
  const visit = (holder: Copy): boolean => {
    if (isInTheWay(holder, waiter)) inTheWay.add(holder)
    return false
  }
  for (const holder of resource.wholeHolders()) visit(holder)
  resource.held.somePart(mode, range, visit)
  for (const { holder, lock, traits, ghost } of inTheWay) {
    if (has(traits, flag.notify) && !ghost) core.send(holder, { kind: 'blocking', lock, mode })
  }
}
