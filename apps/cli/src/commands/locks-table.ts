import type { LockName, LockReport } from '@holdfast/client'
import { writeModes, writeQueue, writeRanges, writeResource } from '../lock-words.ts'
import { writeBytes } from '../shell/bytes.ts'
import { formatMillis, formatTable } from '../table.ts'
import type { Paint } from '../terminal.ts'
import type { LocksFlags } from './locks-flags.ts'

/** Locks that are named in one cell. */
const namesMax = 3

/** One table for every question; what is asked about one resource has room for more columns. */
export function formatLocks(
  shown: readonly LockReport[],
  { resource, blockers = false }: LocksFlags,
  paint: Paint,
): string {
  const hasMore = resource !== undefined && !blockers
  const rows = shown.map((lock) => [
    nameOf(lock),
    lock.master,
    writeQueue(lock),
    writeModes(lock),
    idOf(lock) + marksOf(lock),
    formatMillis(lock.forMs),
    ...(hasMore ? moreOf(lock) : []),
    ...(blockers ? [namesIn(lock.blockedBy), namesIn(lock.blocks)] : []),
  ])
  const headings = [
    ...['RESOURCE', 'MASTER', 'QUEUE', 'MODE', 'LOCK', 'SINCE'],
    ...(hasMore ? ['TOKEN', 'OWNER', 'PRIORITY', 'DIRECTORY'] : []),
    ...(blockers ? ['BLOCKED BY', 'BLOCKS'] : []),
  ]
  return formatTable(headings, rows, paint.bold)
}

const queues = ['granted', 'converting', 'waiting']

/** By name, and below each name as they stand in its queues. */
export function byResourceAndQueue(a: LockReport, b: LockReport): number {
  const [nameA, nameB] = [writeResource(a.resource), writeResource(b.resource)]
  if (nameA !== nameB) return nameA < nameB ? -1 : 1
  const order = queues.indexOf(a.queue) - queues.indexOf(b.queue)
  return order || (a.position ?? 0) - (b.position ?? 0) || b.forMs - a.forMs
}

function nameOf(lock: LockReport): string {
  const ranges = writeRanges(lock)
  const resource = writeResource(lock.resource)
  return ranges === '' ? resource : `${resource} [${ranges}]`
}

/** `n1/3#5`: lock 5 of session n1/3. */
function idOf({ node, session, lock }: Pick<LockName, 'node' | 'session' | 'lock'>): string {
  return `${node}/${session}#${lock}`
}

function marksOf({ orphan, persistent }: LockReport): string {
  if (orphan === true) return ' (orphan)'
  return persistent === true ? ' (persistent)' : ''
}

function moreOf({ token, owner, priority, directory }: LockReport): readonly string[] {
  return [
    token === undefined ? '' : String(token),
    owner === undefined ? '' : writeBytes(Buffer.from(owner)),
    priority === undefined ? '' : String(priority),
    directory ?? '',
  ]
}

function namesIn(names: readonly LockName[] = []): string {
  const first = names.slice(0, namesMax).map((one) => {
    return `${idOf(one)} ${one.mode} ${formatMillis(one.forMs)}`
  })
  return names.length > namesMax ? `${first.join(', ')} and more` : first.join(', ')
}
