import type { WorkCounts } from './counts.ts'
import { faultNames } from './faults/names.ts'

/** A run that did less than this proves nothing and fails. Averages per seed. */
const floors = { grants: 100, faults: 3, viewChanges: 2, simulatedMs: 6_000 }
/** From this many seeds on each kind of fault must have happened at least once. */
const ALL_KINDS_FROM = 200

/** What was too little, one sentence each. */
export function findIdleness(counts: WorkCounts, seeds: number): readonly string[] {
  const { grants, viewChanges, simulatedMs } = counts
  const measured = { grants, viewChanges, simulatedMs, faults: totalFaults(counts) }
  const faults: string[] = []
  for (const [name, floor] of Object.entries(floors)) {
    const average = measured[name as keyof typeof measured] / seeds
    if (average < floor) faults.push(`${average.toFixed(1)} ${name} per seed; at least ${floor}`)
  }
  if (seeds < ALL_KINDS_FROM) return faults
  const never = faultNames.filter((name) => (counts.faults[name] ?? 0) === 0)
  if (never.length > 0) faults.push(`faults that never happened: ${never.join(', ')}`)
  return faults
}

function totalFaults(counts: WorkCounts): number {
  return Object.values(counts.faults).reduce((sum, count) => sum + count, counts.rounds)
}

export function reportLines(
  counts: WorkCounts,
  seeds: number,
  { realMs, cpuMs }: { readonly realMs: number; readonly cpuMs: number },
): readonly string[] {
  const perSecond = (1_000 * seeds) / realMs
  const kinds = faultNames.map((name) => `${name} ${counts.faults[name] ?? 0}`)
  return [
    `${seeds} seeds in ${(realMs / 1_000).toFixed(1)} s: ${perSecond.toFixed(1)} seeds per second, ${(cpuMs / seeds).toFixed(0)} ms of processor each`,
    `simulated   ${(counts.simulatedMs / 3_600_000).toFixed(2)} hours, ${Math.round(counts.simulatedMs / realMs)} times real time`,
    `events      ${counts.events}`,
    `grants      ${counts.grants} checked; ${counts.lostLocks} locks lost with their sessions, ${counts.refusals} calls refused`,
    `            ${counts.rangeGrants} of ranges, ${counts.childGrants} below others, ${counts.ownerGrants} of owners, ${counts.adoptions} adoptions of ${counts.orphans} orphans`,
    `calls       ${counts.victims} deadlock victims, ${counts.conversionDeadlocks} lost at once, ${counts.timeouts} timed out, ${counts.alternates} alternates, ${counts.demotions} demotions, ${counts.subtrees} subtrees`,
    `views       ${counts.viewChanges} view changes, ${counts.recoveries} recoveries, ${counts.starts} starts`,
    `faults      ${totalFaults(counts)}: ${kinds.join(', ')}, rounds of scripts ${counts.rounds}`,
  ]
}
