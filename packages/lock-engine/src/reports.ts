import type { Instant, NodeId } from '@holdfast/primitives'
import { commonMode } from './conversion.ts'
import type { Directory } from './directory/directory.ts'
import type { HolderTable } from './holder/holder-table.ts'
import type { HeldLock } from './holder/lock.ts'
import { movingTo } from './holder/resettle.ts'
import type { LockMode } from './lock-mode.ts'
import type { MasterTable } from './master/master-table.ts'
import type { Copy } from './master/resource.ts'
import type { LockRange, ResourceName } from './messages.ts'
import type { LockFacts } from './queries/query-messages.ts'
import { factsOf } from './queries/told-lock.ts'
import { intersection } from './ranges/range.ts'
import { nameOf, showKey } from './resource-key.ts'

/** Resources that one report looks at, idle ones included: a bound on the length of a turn. */
const resourcesLookedMax = 100_000

/** One lock at its master. */
export interface EngineLockReport extends LockFacts {
  readonly resource: ResourceName
  /** The node that has the session. */
  readonly holder: NodeId
  /** The number of the session on that node. */
  readonly session: string
  /** The session's own number for it. */
  readonly lock: number
  /** Since when it is in this queue, on the clock of the master. */
  readonly since: Instant
}

/** One lock at its holder. */
export interface HeldReport {
  readonly resource: ResourceName
  readonly session: number
  /** The session's own number for the lock. */
  readonly lock: number
  /** What it may rely on: a lock on its way somewhere else relies on what both have in common. */
  readonly granted?: LockMode
  /** The part of the resource; absent: all of it. */
  readonly range?: LockRange
  readonly wanted?: LockMode
  readonly token?: bigint
  readonly owner?: string
  /** Its session has ended. */
  readonly orphan: boolean
  readonly unlocking: boolean
}

export function lockReports(masters: MasterTable, limit: number): readonly EngineLockReport[] {
  const reports: EngineLockReport[] = []
  let looked = 0
  for (const resource of masters.resources) {
    looked += 1
    if (looked > resourcesLookedMax) return reports
    for (const copy of resource.copies()) {
      if (reports.length >= limit) return reports
      reports.push(reportOf(copy))
    }
  }
  return reports
}

function reportOf(copy: Copy): EngineLockReport {
  const { holder, session, sessionLock, since, resource } = copy
  return {
    resource: nameOf(resource.key),
    holder,
    session: String(session),
    lock: sessionLock,
    ...factsOf(copy),
    since,
  }
}

export function heldReports(holders: HolderTable): readonly HeldReport[] {
  return [...holders.locks].map((lock) => {
    const { key, session, sessionLock, pending, token, unlock, owner, orphan } = lock
    return {
      resource: nameOf(key),
      session,
      lock: sessionLock,
      ...reliable(lock),
      ...(pending === undefined ? {} : { wanted: pending.mode }),
      ...(token === undefined ? {} : { token }),
      ...(owner === undefined ? {} : { owner }),
      orphan: orphan !== undefined,
      unlocking: unlock !== undefined,
    }
  })
}

/** What a lock may rely on. */
function reliable(lock: HeldLock): Pick<HeldReport, 'granted' | 'range'> {
  const { granted, range } = lock
  if (granted === undefined) return {}
  const moving = movingTo(lock)
  if (moving === undefined) return { granted, ...(range && { range }) }
  const common = intersection(range, moving.range)
  if (moving.demote || common === 'nothing') return { granted: 'NL' }
  return { granted: commonMode(granted, moving.mode), ...(common && { range: common }) }
}

/** The tables in words, one resource a line: for transcripts and failure reports. */
export function describeTables(
  masters: MasterTable,
  holders: HolderTable,
  directory: Directory,
): string {
  const lines = [`${holders.lockCount} locks held, ${directory.size} names indexed`]
  for (const resource of masters.resources) {
    const copies = [...resource.copies()].map(
      ({ holder, lock, queue, granted, wanted }) =>
        `${holder}.${lock} ${queue} ${granted ?? '-'}${wanted === undefined ? '' : `→${wanted.mode}`}`,
    )
    lines.push(`${showKey(resource.key)} ${resource.root.state}: ${copies.join(', ')}`)
  }
  return lines.join('\n')
}
