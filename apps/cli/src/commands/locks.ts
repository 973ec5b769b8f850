import { CallRefusedError, type Cluster, type LockReport } from '@holdfast/client'
import type { Access } from '../access.ts'
import { EXIT, ExitError } from '../exit-code.ts'
import { openCluster } from '../open-cluster.ts'
import { type Terminal, toJson } from '../terminal.ts'
import { type LocksFlags, type LocksQuery, readLocksFlags } from './locks-flags.ts'
import { byResourceAndQueue, formatLocks } from './locks-table.ts'

export interface LocksRequest {
  readonly access: Access
  readonly terminal: Terminal
  readonly flags: LocksFlags
}

const pageSize = 1_000

/**
 * Has one node ask all members, page by page, and shows each page when it is there. Resolves with the exit
 * code: 69 when locks may be missing, so that a script never takes a part for the whole.
 */
export async function locks({ access, terminal, flags }: LocksRequest): Promise<number> {
  const query = readLocksFlags(flags)
  await using cluster = await openCluster(access)
  let isPartial = false
  const onPartial = (): void => {
    isPartial = true
  }
  const show = (page: readonly LockReport[]): void =>
    terminal.print(
      terminal.json ? toJson({ locks: page }) : formatLocks(page, flags, terminal.paint),
    )
  let shown = 0
  try {
    for await (const page of pagesOf(cluster, query, onPartial)) {
      show(page.toSorted(byResourceAndQueue))
      shown += page.length
    }
  } catch (error) {
    throw await explain(error, cluster, flags)
  }
  if (shown === 0) terminal.print(terminal.json ? toJson({ locks: [] }) : noLocks(flags))
  if (!isPartial) return EXIT.ok
  terminal.tell('the cluster has just changed: some locks may be missing', { event: 'partial' })
  return EXIT.unavailable
}

/** None of them is empty. */
async function* pagesOf(
  cluster: Cluster,
  { filter, space }: LocksQuery,
  onPartial: () => void,
): AsyncGenerator<readonly LockReport[], void, undefined> {
  let page: LockReport[] = []
  for await (const lock of cluster.locks({ filter, pageSize, onPartial })) {
    if (!isMeant(lock, space)) continue
    page.push(lock)
    if (page.length < pageSize) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** The lockspace without a name is the cluster's own: it has the attributes of the others. */
function isMeant({ resource }: LockReport, space: string | undefined): boolean {
  return space === undefined ? resource.space !== '' : resource.space === space
}

function noLocks({ resource, space }: LocksFlags): string {
  if (resource !== undefined) return `no locks on ${space ?? 'default'}/${resource.join(' > ')}`
  return space === undefined ? 'no locks' : `no locks in ${space}`
}

/** A node refuses a query for a name that it does not know, and while the cluster changes. */
async function explain(error: unknown, cluster: Cluster, flags: LocksFlags): Promise<unknown> {
  if (!CallRefusedError.is(error)) return error
  const { session, node = session?.slice(0, session.lastIndexOf('/')) } = flags
  const { members } = await cluster.status()
  const names = members.map((member) => member.node)
  const options = { cause: error }
  if (node === undefined || names.includes(node)) {
    return new ExitError(error.message, { exitCode: EXIT.unavailable, ...options })
  }
  const flag = flags.node === undefined ? `--session ${session}` : `--node ${node}`
  const sentence = `${flag}: no node is called ${node}; there are ${names.join(', ')}`
  return new ExitError(sentence, { exitCode: EXIT.usage, ...options })
}
