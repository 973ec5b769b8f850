/**
 * Locks of lost members. They stand in the way of others until the view is active, because their
 * holders may not have noticed yet; then they go, all at once.
 */
import { ownsValue } from '../lock-mode.ts'
import type { Transfer, TransferRecord } from '../transfer.ts'
import { invalidated } from '../value-block.ts'
import type { Mastery } from '../view.ts'
import type { Copy, Resource } from './resource.ts'

/**
 * What a lost member waited for ends at once, since it holds nothing by waiting; nothing is granted to
 * it any more. True when it holds something, which stays until it has stopped for certain.
 */
export function becomeGhost(copy: Copy): boolean {
  copy.resource.remove(copy)
  copy.ghost = true
  if (copy.resource.endings.delete(copy)) return copy.granted !== undefined
  copy.wanted = undefined
  if (copy.granted === undefined) return false
  copy.queue = 'granted'
  copy.resource.insert(copy)
  return true
}

/**
 * Takes them off their resources. A holder of PW or EX may have had a newer value in mind than the
 * one that was written, so the value is not valid, whether or not it used the value block.
 */
export function freeGhosts(ghosts: readonly Copy[]): ReadonlySet<Resource> {
  const resources = new Set<Resource>()
  for (const ghost of ghosts) {
    const { resource } = ghost
    resource.remove(ghost)
    if (ownsValue(ghost.granted)) resource.value = invalidated(resource.value)
    resources.add(resource)
  }
  return resources
}

/**
 * What a master tells of the value block of a resource that it gives away: the value, and the lock
 * whose holder may write it. That lock may belong to a ghost: then its holder will not tell of it.
 */
export function givenValue(resource: Resource, mastery: Mastery): Transfer {
  const { space, name, value } = resource
  const owner = [...resource.copies()].find(({ granted }) => ownsValue(granted))
  const record: TransferRecord = {
    kind: 'value',
    space,
    name,
    takenOver: mastery.takenOver,
    value,
    ...(owner === undefined ? {} : { owner: { holder: owner.holder, lock: owner.lock } }),
  }
  return { to: mastery.master, record }
}
