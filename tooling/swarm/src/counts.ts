import { isOfParties } from './checkers/deadlocks.ts'
import type { Completion } from './client/completion.ts'
import type { GrantFact } from './facts.ts'
import type { FaultName } from './faults/names.ts'

const numbers = [
  'events',
  'simulatedMs',
  'grants',
  'rangeGrants',
  'childGrants',
  'ownerGrants',
  'adoptions',
  'orphans',
  'victims',
  'conversionDeadlocks',
  'timeouts',
  'alternates',
  'demotions',
  'subtrees',
  'lostLocks',
  'refusals',
  'viewChanges',
  'recoveries',
  'starts',
  'sessions',
  'spaces',
  'rounds',
] as const

/** How much work a world did; a run that did too little proves nothing. */
export type WorkCounts = Record<(typeof numbers)[number], number> & {
  faults: Partial<Record<FaultName, number>>
}

export function createCounts(): WorkCounts {
  const zeros = numbers.map((name) => [name, 0] as const)
  return { ...(Object.fromEntries(zeros) as Record<(typeof numbers)[number], number>), faults: {} }
}

export function addCounts(sum: WorkCounts, more: WorkCounts): void {
  for (const name of numbers) sum[name] += more[name]
  for (const [name, count] of Object.entries(more.faults)) {
    const key = name as FaultName
    sum.faults[key] = (sum.faults[key] ?? 0) + count
  }
}

export function countGrant(counts: WorkCounts, { belief, adopted }: GrantFact): void {
  counts.grants += 1
  if (belief.range !== undefined) counts.rangeGrants += 1
  if (belief.resource.split('/').length > 2) counts.childGrants += 1
  if (belief.owner !== undefined) counts.ownerGrants += 1
  if (adopted) counts.adoptions += 1
}

export function countCompletion(counts: WorkCounts, completion: Completion): void {
  const { outcome, alternate, demoted, also, reason } = completion
  if (outcome === 'deadlock') {
    if (isOfParties(reason)) counts.victims += 1
    else counts.conversionDeadlocks += 1
  }
  if (outcome === 'timed-out') counts.timeouts += 1
  if (alternate === true) counts.alternates += 1
  if (demoted === true) counts.demotions += 1
  if (also !== undefined && also.length > 0) counts.subtrees += 1
}
