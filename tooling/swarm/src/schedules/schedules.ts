import { acceptorRestarts } from './acceptor-restarts.ts'
import { commitToWitnessLost } from './commit-to-witness-lost.ts'
import { deafToViews } from './deaf-to-views.ts'
import { electorateMoves } from './electorate-moves.ts'
import { joinDuringIsolation } from './join-during-isolation.ts'
import { lateJoin } from './late-join.ts'
import { leaderDiesAtCommit } from './leader-dies-at-commit.ts'
import { linkLags } from './link-lags.ts'
import { namesComeAndGo } from './names-come-and-go.ts'
import { quietConversions, quietRanges, quietRings } from './quiet.ts'
import { quietCrowd } from './quiet-crowd.ts'
import { restartUnnoticed } from './restart-unnoticed.ts'
import type { Schedule } from './schedule.ts'
import { skippedView } from './skipped-view.ts'
import { witnessRestarts } from './witness-restarts.ts'

/** The hand-written scripts; each is also a regular world, a share of all seeds. */
export const schedules: readonly Schedule[] = [
  deafToViews,
  joinDuringIsolation,
  commitToWitnessLost,
  witnessRestarts,
  leaderDiesAtCommit,
  acceptorRestarts,
  electorateMoves,
  namesComeAndGo,
  skippedView,
  lateJoin,
  quietCrowd,
  linkLags,
  restartUnnoticed,
  quietRings,
  quietRanges,
  quietConversions,
]

export function findSchedule(name: string): Schedule {
  const schedule = schedules.find((candidate) => candidate.name === name)
  if (schedule === undefined) {
    const names = schedules.map((known) => known.name).join(', ')
    throw new Error(`there is no schedule called ${name}; there are ${names}`)
  }
  return schedule
}
