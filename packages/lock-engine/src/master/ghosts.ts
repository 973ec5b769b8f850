/**
 * Locks of lost members. They stand in the way of others until the view is active, because their
 * holders may not have noticed yet; then they go, all at once.
 */
import type { NodeId } from '@holdfast/primitives'
import { ownsValue } from '../lock-mode.ts'
import { invalidated, type ValueBlock } from '../value-block.ts'
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
    if (ownsValue(ghost.granted)) spoilValue(resource)
    resources.add(resource)
  }
  return resources
}

/**
 * The value block as a master gives it away with a resource: not valid when a lost holder of PW or EX
 * is among those that it would have freed.
 */
export function givenValue(resource: Resource, lost: ReadonlySet<NodeId>): ValueBlock {
  const isSpoilt = [...resource.copies()].some(
    ({ ghost, holder, granted }) => (ghost || lost.has(holder)) && ownsValue(granted),
  )
  return isSpoilt ? invalidated(resource.value) : resource.value
}

function spoilValue(resource: Resource): void {
  resource.value = invalidated(resource.value)
  const { certain } = resource
  if (certain !== undefined) resource.certain = { ...certain, valid: false }
}
