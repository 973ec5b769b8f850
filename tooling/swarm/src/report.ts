import type { WorkCounts } from './counts.ts'
import { faultNames } from './faults/names.ts'

type Floors = Partial<Record<keyof WorkCounts, number>>

/** A run that did less than this proves nothing and fails. Averages per seed. */
const floors: Floors = { grants: 100, faults: 3, viewChanges: 2, simulatedMs: 6_000 }
/** Where every world runs one script, faults are the script's business. */
const floorsOfScript: Floors = { grants: 100, rounds: 1 }
/** What else calls must have come to, from `ALL_KINDS_FROM` seeds on. */
const floorsOfCalls: Floors = {
  rangeGrants: 10,
  childGrants: 10,
  ownerGrants: 10,
  adoptions: 1,
  victims: 1,
  conversionDeadlocks: 1,
  timeouts: 0.2,
  alternates: 0.2,
  demotions: 0.02,
  subtrees: 0.5,
}
/** From this many seeds on each kind of fault must have happened at least once. */
const ALL_KINDS_FROM = 200

/** What was too little, one sentence each. */
export function findIdleness(
  counts: WorkCounts,
  seeds: number,
  schedule?: string,
): readonly string[] {
  if (schedule !== undefined) return belowFloors(counts, seeds, floorsOfScript)
  const idle = belowFloors(counts, seeds, floors)
  if (seeds < ALL_KINDS_FROM) return idle
  const never = faultNames.filter((name) => (counts.faults[name] ?? 0) === 0)
  if (never.length > 0) idle.push(`faults that never happened: ${never.join(', ')}`)
  return [...idle, ...belowFloors(counts, seeds, floorsOfCalls)]
}

function belowFloors(counts: WorkCounts, seeds: number, lowest: Floors): string[] {
  const measured: Floors = { ...counts, faults: totalFaults(counts) }
  const idle: string[] = []
  for (const [name, floor] of Object.entries(lowest)) {
    const average = (measured[name as keyof WorkCounts] ?? 0) / seeds
    if (average < floor) idle.push(`${average.toFixed(2)} ${name} per seed; at least ${floor}`)
  }
  return idle
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
