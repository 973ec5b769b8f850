import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A leader has a view accepted, installs it, and is cut off before anybody hears that it is decided.
 * Whoever leads next must propose that very view again.
 */
export const leaderDiesAtCommit: Schedule = {
  name: 'leader-dies-at-commit',
  prepare: (options) => staged(options, voters(3)),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 7 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        if (leader === undefined) return
        const epoch = leader.machine?.view?.epoch ?? 0
        stage.lose(['commit', 'view', 'activate'], { from: leader })
        random.pick(stage.others(leader)).give({ kind: 'leave' })
        stage.when(
          () => (leader.machine?.view?.epoch ?? 0) > epoch,
          () => stage.isolate(leader),
        )
      },
    })
  },
}
