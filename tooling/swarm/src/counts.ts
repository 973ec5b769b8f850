import type { FaultName } from './faults/names.ts'

/** How much work a world did; a run that did too little proves nothing. */
export interface WorkCounts {
  events: number
  simulatedMs: number
  grants: number
  lostLocks: number
  refusals: number
  viewChanges: number
  recoveries: number
  starts: number
  sessions: number
  /** Rounds of hand-written scripts. */
  rounds: number
  faults: Partial<Record<FaultName, number>>
}

export function createCounts(): WorkCounts {
  return {
    events: 0,
    simulatedMs: 0,
    grants: 0,
    lostLocks: 0,
    refusals: 0,
    viewChanges: 0,
    recoveries: 0,
    starts: 0,
    sessions: 0,
    rounds: 0,
    faults: {},
  }
}

export function addCounts(sum: WorkCounts, more: WorkCounts): void {
  sum.events += more.events
  sum.simulatedMs += more.simulatedMs
  sum.grants += more.grants
  sum.lostLocks += more.lostLocks
  sum.refusals += more.refusals
  sum.viewChanges += more.viewChanges
  sum.recoveries += more.recoveries
  sum.starts += more.starts
  sum.sessions += more.sessions
  sum.rounds += more.rounds
  for (const [name, count] of Object.entries(more.faults)) {
    const key = name as FaultName
    sum.faults[key] = (sum.faults[key] ?? 0) + count
  }
}
