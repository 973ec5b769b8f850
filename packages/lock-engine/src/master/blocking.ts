import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import { conflictsWith, type LockMode, lockModes, rankOf } from '../lock-mode.ts'
import { isFriend } from './claims.ts'
import { isInTheWay } from './grant-test.ts'
import type { Copy, Resource } from './resource.ts'

/**
 * Tells holders what they block: to each, the highest mode that is waited for and that what it holds
 * is in the way of, when that is higher than what it was told before. When what is waited for goes,
 * the mode told goes down with it, silently, so that the next waiter is announced again (Linux keeps
 * the old height and says nothing to the holder then).
 *
 * Cost: nothing when neither the waited-for modes nor the granted locks have changed; else as much as
 * there are holders that want to hear of it, and are in the way of what changed.
 */
export function announce(core: Core, resource: Resource): void {
  const { bits } = resource.wants
  if (resource.mixed) announceMixed(core, resource)
  else announceByMode(core, resource, bits)
  if (resource.ceased) for (const copy of resource.converting) lower(copy)
  resource.ceased = false
  resource.announced = bits
  resource.mixed = resource.particular > 0
  resource.fresh = []
  resource.news = []
}

function announceByMode(core: Core, resource: Resource, bits: number): void {
  const { announced, listeners, fresh } = resource
  if (bits !== announced && listeners !== undefined) {
    for (const mode of lockModes) {
      const highest = highestByMode(mode, bits)
      if (highest === highestByMode(mode, announced)) continue
      for (const copy of listeners.whole(mode)) tell(core, copy, highest)
    }
  }
  if (bits === 0) return
  for (const copy of fresh) tellFresh(core, copy, highestByMode(copy.granted ?? 'NL', bits))
}

function announceMixed(core: Core, resource: Resource): void {
  for (const { copy: waiter, mode, range } of resource.news) {
    for (const copy of resource.listeners?.inTheWay(mode, range) ?? []) {
      if (!isFriend(copy, waiter)) tell(core, copy, highestBlocked(copy))
    }
  }
  for (const copy of resource.fresh) tellFresh(core, copy, highestBlocked(copy))
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

function highestByMode(granted: LockMode, bits: number): LockMode | undefined {
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
  const listening = resource.listeners?.inTheWay(mode, range) ?? []
  for (const copy of [...listening, ...resource.converting]) {
    const { holder, lock, traits, ghost } = copy
    if (!has(traits, flag.notify) || ghost || !isInTheWay(copy, waiter)) continue
    core.send(holder, { kind: 'blocking', lock, mode })
  }
}
