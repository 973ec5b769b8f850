import { invariant } from '@holdfast/primitives'
import type { HolderTable } from './holder/holder-table.ts'
import { isCompatible, lockModes } from './lock-mode.ts'
import { isFriend } from './master/claims.ts'
import { grantableMode } from './master/grant-test.ts'
import type { MasterTable } from './master/master-table.ts'
import type { Copy, Resource } from './master/resource.ts'
import { overlaps } from './ranges/range.ts'
import { keyAbove, type ResourceKey } from './resource-key.ts'

/** Looks at everything: for tests and the simulator, not for the way of a request. */
export function checkTables(masters: MasterTable, holders: HolderTable): void {
  let copies = 0
  for (const resource of masters.resources) {
    checkQueues(resource)
    if (resource.root.state === 'open') checkGrants(resource, masters.isChanged(resource))
    copies += [...resource.copies()].filter((copy) => !copy.ghost).length + resource.endings.size
  }
  invariant(copies === masters.copyCount, 'every master copy is found by its holder')
  checkBelow(masters)
  for (const lock of holders.locks) {
    invariant(lock.resource.locks.has(lock), 'every lock is found by its resource')
  }
}

function checkBelow(masters: MasterTable): void {
  const resources = new Map<ResourceKey, number>()
  for (const { key } of masters.resources) {
    const above = keyAbove(key)
    if (above !== undefined) resources.set(above, (resources.get(above) ?? 0) + 1)
  }
  for (const resource of masters.resources) {
    const isRight = masters.resourcesBelow(resource) === (resources.get(resource.key) ?? 0)
    invariant(isRight, 'the count of resources below each is right')
  }
}

function checkQueues(resource: Resource): void {
  for (const copy of [...resource.granted, ...resource.parts]) {
    invariant(copy.granted !== undefined && copy.wanted === undefined, 'a granted lock is settled')
  }
  for (const copy of resource.converting) {
    invariant(copy.granted !== undefined && copy.wanted !== undefined, 'a converting lock has both')
  }
  for (const copy of resource.waiting) {
    invariant(copy.granted === undefined && copy.wanted !== undefined, 'a waiting lock has no mode')
  }
  const counted = lockModes.every((mode) => {
    const granted = [...resource.copies()].filter((copy) => copy.granted === mode)
    return granted.length === resource.held.count(mode)
  })
  invariant(counted, 'the counts of granted modes are right')
}

/** G1, and that nothing stays queued that the rules would grant. */
function checkGrants(resource: Resource, isChanged: boolean): void {
  const holders = [...resource.copies()].filter(({ granted }) => granted !== undefined)
  holders.forEach((one, index) => {
    for (const other of holders.slice(index + 1)) checkPair(one, other)
  })
  if (isChanged) return
  for (const queue of [resource.converting, resource.waiting]) {
    for (const copy of queue) {
      const isStuck = grantableMode(resource, copy, 'queued') !== undefined
      invariant(!isStuck, 'nothing stays queued that the rules would grant')
    }
  }
}

/** An orphan and the lock that it has become. */
function isHeir({ adopted }: Copy, { holder, lock, orphan }: Copy): boolean {
  return !orphan && adopted?.from?.holder === holder && adopted.from.lock === lock
}

function checkPair(a: Copy, b: Copy): void {
  if (a.granted === undefined || b.granted === undefined || isFriend(a, b)) return
  if (isHeir(a, b) || isHeir(b, a)) return
  const fits = isCompatible(a.granted, b.granted) || !overlaps(a.range, b.range)
  invariant(fits, `${a.granted} and ${b.granted} are never granted together`)
}
