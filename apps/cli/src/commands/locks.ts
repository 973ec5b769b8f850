import type { LockReport } from '@holdfast/client'
import type { Access } from '../access.ts'
import { EXIT } from '../exit-code.ts'
import { openCluster } from '../open-cluster.ts'
import { formatMillis, formatTable } from '../table.ts'
import { type Terminal, toJson } from '../terminal.ts'

export interface LocksRequest {
  readonly access: Access
  readonly terminal: Terminal
  readonly space: string | undefined
}

interface Answers {
  readonly locks: readonly LockReport[]
  /** Members that did not answer, with the reason. */
  readonly missing: readonly { readonly node: string; readonly reason: string }[]
}

/**
 * Asks every member for the locks it masters. Resolves with the exit code: 69 when a member did not
 * answer, so that a script never takes a part for the whole.
 */
export async function locks({ access, terminal, space }: LocksRequest): Promise<number> {
  const answers = await askEverybody(access)
  const shown = answers.locks
    .filter(({ resource }) => space === undefined || resource.space === space)
    .toSorted(byResourceAndQueue)
  if (terminal.json) terminal.print(toJson({ locks: shown, missing: answers.missing }))
  else terminal.print(formatLocks(shown, terminal))
  for (const { node, reason } of answers.missing) {
    terminal.tell(`${node} did not answer: ${reason}`, { event: 'missing', node })
  }
  return answers.missing.length === 0 ? EXIT.ok : EXIT.unavailable
}

async function askEverybody(access: Access): Promise<Answers> {
  await using cluster = await openCluster(access)
  const { members } = await cluster.status()
  const answers = await Promise.all(
    members.map(async ({ node, address }): Promise<Answers> => {
      try {
        await using member = await openCluster({ ...access, addresses: [address] })
        return { locks: await member.locks(), missing: [] }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        return { locks: [], missing: [{ node, reason }] }
      }
    }),
  )
  return {
    locks: answers.flatMap(({ locks: some }) => some),
    missing: answers.flatMap(({ missing }) => missing),
  }
}

const queues = ['granted', 'converting', 'waiting']

function byResourceAndQueue(a: LockReport, b: LockReport): number {
  const nameA = `${a.resource.space}/${a.resource.name}`
  const nameB = `${b.resource.space}/${b.resource.name}`
  if (nameA !== nameB) return nameA < nameB ? -1 : 1
  return queues.indexOf(a.queue) - queues.indexOf(b.queue) || b.forMs - a.forMs
}

function formatLocks(shown: readonly LockReport[], { paint }: Terminal): string {
  if (shown.length === 0) return 'no locks'
  const rows = shown.map((lock) => [
    `${lock.resource.space}/${lock.resource.name}`,
    lock.master,
    lock.queue,
    modeOf(lock),
    `${lock.node} ${lock.session}`,
    formatMillis(lock.forMs),
    lock.token === undefined ? '' : String(lock.token),
  ])
  const headings = ['RESOURCE', 'MASTER', 'QUEUE', 'MODE', 'HOLDER', 'SINCE', 'TOKEN']
  return formatTable(headings, rows, paint.bold)
}

export function modeOf({ granted, wanted }: LockReport): string {
  if (granted !== undefined && wanted !== undefined) return `${granted}>${wanted}`
  return granted ?? wanted ?? ''
}
