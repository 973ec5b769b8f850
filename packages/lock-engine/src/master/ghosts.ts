/**
 * Locks of lost members. They stand in the way of others until the view is active, because their
 * holders may not have noticed yet; then they go, all at once.
 */
import { ownsValue } from '../lock-mode.ts'
import type { OwnerRecord, Transfer } from '../transfer.ts'
import { valueOwnersMax } from '../transfer.ts'
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
 * What a master tells of the value block of a resource that it gives away: the value, and the locks
 * whose holders may write it. One may belong to a ghost: then its holder will not tell of it. The former
 * holder of an orphan may not any more: what it last had to say is nothing to its heir's value.
 */
export function givenValue(
  resource: Resource,
  mastery: Mastery,
  isFormer: (copy: Copy) => boolean,
): readonly Transfer[] {
  const { key, value } = resource
  const { master: to, takenOver } = mastery
  const owners: OwnerRecord[] = []
  for (const copy of resource.copies()) {
    const { holder, lock, granted, wanted, ask } = copy
    const done = wanted === undefined ? ask : ask - 1
    if (ownsValue(granted) && !isFormer(copy)) owners.push({ holder, lock, done })
  }
  const transfers: Transfer[] = []
  for (let first = 0; first === 0 || first < owners.length; first += valueOwnersMax) {
    const some = owners.slice(first, first + valueOwnersMax)
    transfers.push({ to, record: { kind: 'value', key, takenOver, value, owners: some } })
  }
  return transfers
}
