import type { Instant, NodeId } from '@holdfast/primitives'
import type { Directory } from './directory/directory.ts'
import type { HolderTable } from './holder/holder-table.ts'
import { sidewaysTo } from './holder/resettle.ts'
import type { LockMode } from './lock-mode.ts'
import type { MasterTable } from './master/master-table.ts'
import type { Copy } from './master/resource.ts'
import type { ResourceName } from './messages.ts'

/** Resources that one report looks at, idle ones included: a bound on the length of a turn. */
const resourcesLookedMax = 100_000

/** One lock at its master. */
export interface EngineLockReport {
  readonly resource: ResourceName
  /** The node that has the session. */
  readonly holder: NodeId
  /** The number of the session on that node. */
  readonly session: string
  readonly lock: number
  readonly queue: 'granted' | 'converting' | 'waiting'
  readonly granted?: LockMode
  readonly wanted?: LockMode
  readonly token?: bigint
  /** Since when it is in this queue, on the clock of the master. */
  readonly since: Instant
}

/** One lock at its holder. */
export interface HeldReport {
  readonly resource: ResourceName
  readonly session: number
  /** The session's own number for the lock. */
  readonly lock: number
  /** What it may rely on: a lock on its way from PR to CW or back relies on no more than CR. */
  readonly granted?: LockMode
  readonly wanted?: LockMode
  readonly token?: bigint
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
  const { holder, session, lock, queue, granted, wanted, token, since, resource } = copy
  return {
    resource: { space: resource.space, name: resource.name },
    holder,
    session: String(session),
    lock,
    queue,
    ...(granted === undefined ? {} : { granted }),
    ...(wanted === undefined ? {} : { wanted: wanted.mode }),
    ...(token === undefined ? {} : { token }),
    since,
  }
}

export function heldReports(holders: HolderTable): readonly HeldReport[] {
  return [...holders.locks].map((lock) => {
    const { resource, session, sessionLock, pending, token, unlock } = lock
    const granted = sidewaysTo(lock) === undefined ? lock.granted : 'CR'
    return {
      resource: { space: resource.space, name: resource.name },
      session,
      lock: sessionLock,
      ...(granted === undefined ? {} : { granted }),
      ...(pending === undefined ? {} : { wanted: pending.mode }),
      ...(token === undefined ? {} : { token }),
      unlocking: unlock !== undefined,
    }
  })
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
    lines.push(`${resource.space}/${resource.name} ${resource.state}: ${copies.join(', ')}`)
  }
  return lines.join('\n')
}
