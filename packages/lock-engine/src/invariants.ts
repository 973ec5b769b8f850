import { invariant } from '@holdfast/primitives'
import type { HolderTable } from './holder/holder-table.ts'
import { conflictsWith, lockModes } from './lock-mode.ts'
import { canBeGranted } from './master/grant-test.ts'
import type { MasterTable } from './master/master-table.ts'
import { firstOf, type Resource } from './master/resource.ts'

/** Looks at everything: for tests and the simulator, not for the way of a request. */
export function checkTables(masters: MasterTable, holders: HolderTable): void {
  let copies = 0
  for (const resource of masters.resources) {
    checkQueues(resource)
    if (resource.state === 'open') checkGrants(resource, masters.isChanged(resource))
    copies += [...resource.copies()].filter((copy) => !copy.ghost).length + resource.endings.size
  }
  invariant(copies === masters.copyCount, 'every master copy is found by its holder')
  for (const lock of holders.locks) {
    invariant(lock.resource.locks.has(lock), 'every lock is found by its resource')
  }
}

function checkQueues(resource: Resource): void {
  for (const copy of resource.granted) {
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
    return granted.length === resource.heldCount(mode)
  })
  invariant(counted, 'the counts of granted modes are right')
}

/** G1, and that nothing stays queued that the rules would grant. */
function checkGrants(resource: Resource, isChanged: boolean): void {
  for (const mode of lockModes) {
    const held = resource.heldCount(mode)
    for (const other of conflictsWith(mode)) {
      const pairs = mode === other ? held - 1 : resource.heldCount(other)
      invariant(held === 0 || pairs <= 0, `${mode} and ${other} are never granted together`)
    }
  }
  for (const queue of [resource.converting, resource.waiting]) {
    const head = firstOf(queue)
    const grantable = !isChanged && head !== undefined && canBeGranted(resource, head, 'queued')
    invariant(!grantable, 'nothing stays queued that the rules would grant')
  }
}
