import type { Core } from '../core.ts'
import { conflictsWith, type LockMode, rankOf } from '../lock-mode.ts'
import type { Copy, Resource } from './resource.ts'

/**
 * Tells holders what they block: to each, the highest mode that is waited for and that its granted
 * mode is in the way of, when that is higher than what it was told before. When what is waited for
 * goes, the mode told goes down with it, silently, so that the next waiter is announced again
 * (Linux keeps the old height and says nothing to the holder then).
 *
 * Cost: nothing when neither the waited-for modes nor the granted locks have changed.
 */
export function announce(core: Core, resource: Resource): void {
  const bits = resource.wantedBits
  if (bits !== resource.announced) {
    resource.announced = bits
    for (const copy of resource.granted) tell(core, copy, bits)
  } else if (bits !== 0) {
    for (const copy of resource.fresh) if (copy.queue === 'granted') tell(core, copy, bits)
  }
  resource.fresh = []
}

function tell(core: Core, copy: Copy, bits: number): void {
  if (!copy.notify || copy.granted === undefined || copy.ghost) return
  const mode = highestBlocked(copy.granted, bits)
  const isNews = mode !== undefined && (copy.told === undefined || rankOf(mode) > rankOf(copy.told))
  copy.told = mode
  if (isNews) core.send(copy.holder, { kind: 'blocking', lock: copy.lock, mode })
}

function highestBlocked(granted: LockMode, bits: number): LockMode | undefined {
  return conflictsWith(granted).findLast((mode) => (bits & (1 << rankOf(mode))) !== 0)
}
