import { type LockName, type LockQueryFilter, type LockReport, textOfName } from '@holdfast/client'
import type { Access } from '../access.ts'
import { EXIT, ExitError } from '../exit-code.ts'
import { openCluster } from '../open-cluster.ts'
import { formatMillis, formatTable } from '../table.ts'
import { type Terminal, toJson } from '../terminal.ts'
import { modeOf } from './locks.ts'

export interface LocksFlags {
  readonly space?: string
  readonly resource?: readonly string[]
  readonly session?: string
  readonly lock?: string
  readonly node?: string
  readonly all?: boolean
  readonly blockers?: boolean
}

export interface FindRequest {
  readonly access: Access
  readonly terminal: Terminal
  readonly flags: LocksFlags
}

const pageSize = 1_000
/** Locks that are named in one cell. */
const namesMax = 3

/**
 * Has one node ask all members, page by page, and shows each page when it is there. Resolves with the exit
 * code: 69 when locks may be missing, so that a script never takes a part for the whole.
 */
export async function findLocks({ access, terminal, flags }: FindRequest): Promise<number> {
  await using cluster = await openCluster(access)
  let isPartial = false
  const onPartial = (): void => {
    isPartial = true
  }
  const show = (page: readonly LockReport[]): void =>
    terminal.print(terminal.json ? toJson({ locks: page }) : formatLocks(page, terminal, flags))
  let page: LockReport[] = []
  let shown = 0
  for await (const lock of cluster.locks({ filter: filterOf(flags), pageSize, onPartial })) {
    if (flags.resource === undefined && !isIn(lock, flags.space)) continue
    page.push(lock)
    shown += 1
    if (page.length < pageSize) continue
    show(page)
    page = []
  }
  if (page.length > 0 || shown === 0) show(page)
  if (!isPartial) return EXIT.ok
  terminal.tell('the cluster has just changed: some locks may be missing', { event: 'partial' })
  return EXIT.unavailable
}

function filterOf({ resource, space = 'default', ...flags }: LocksFlags): LockQueryFilter {
  const { session, node } = flags
  const lock = flags.lock === undefined ? undefined : Number(flags.lock)
  if (lock !== undefined && !Number.isSafeInteger(lock)) {
    throw new ExitError(`--lock ${flags.lock} must be a whole number`, { exitCode: EXIT.usage })
  }
  const name = resource?.at(-1)
  const path = resource?.slice(0, -1) ?? []
  return {
    ...(name === undefined
      ? {}
      : { resource: { space, name, ...(path.length === 0 ? {} : { path }) } }),
    ...(session === undefined ? {} : { session }),
    ...(lock === undefined ? {} : { lock }),
    ...(node === undefined ? {} : { node }),
    details: flags.blockers === true,
  }
}

function isIn({ resource }: LockReport, space: string | undefined): boolean {
  return space === undefined || textOfName(resource.space) === space
}

function formatLocks(
  shown: readonly LockReport[],
  { paint }: Terminal,
  { blockers = false }: LocksFlags,
): string {
  if (shown.length === 0) return 'no locks'
  const rows = shown.map((lock) => [
    pathOf(lock),
    lock.master,
    lock.position === undefined ? lock.queue : `${lock.queue} ${lock.position}`,
    modeOf(lock),
    idOf(lock) + (lock.orphan === true ? ' (orphan)' : ''),
    formatMillis(lock.forMs),
    ...(blockers ? [namesIn(lock.blockedBy), namesIn(lock.blocks)] : []),
  ])
  const headings = ['RESOURCE', 'MASTER', 'QUEUE', 'MODE', 'LOCK', 'SINCE']
  const more = blockers ? ['BLOCKED BY', 'BLOCKS'] : []
  return formatTable([...headings, ...more], rows, paint.bold)
}

/** `orders/a`, `orders/a > b` below it, and the part of it that is locked. */
function pathOf({ resource, range, wantedRange }: LockReport): string {
  const { space, path = [], name } = resource
  const [root = '', ...below] = [...path, name].map(textOfName)
  const parts = [range, wantedRange].filter((part) => part !== undefined)
  const shown = parts.map(({ start, end }) => `${start}-${end}`).join('>')
  const names = [`${textOfName(space)}/${root}`, ...below].join(' > ')
  return shown === '' ? names : `${names} [${shown}]`
}

/** `n1/3#5`: lock 5 of session n1/3. */
function idOf({ node, session, lock }: Pick<LockName, 'node' | 'session' | 'lock'>): string {
  return `${node}/${session}#${lock}`
}

function namesIn(names: readonly LockName[] = []): string {
  const first = names.slice(0, namesMax).map((one) => {
    return `${idOf(one)} ${one.mode} ${formatMillis(one.forMs)}`
  })
  return names.length > namesMax ? `${first.join(', ')} and more` : first.join(', ')
}
