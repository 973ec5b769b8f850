import { cutBetween } from '@holdfast/simulator'
import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * Of three voters the first leads, the second is cut off from it, and the third has just made the
 * decision with its acceptance when it starts again. With its record it cannot say anything else to
 * the second than what it said to the first.
 */
export const acceptorRestarts: Schedule = {
  name: 'acceptor-restarts',
  prepare: (options) => staged(options, voters(3)),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 7 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        const [far, acceptor] = stage.others(leader)
        if (leader === undefined || far === undefined || acceptor === undefined) return
        const epoch = leader.machine?.view?.epoch ?? 0
        stage.install(cutBetween([leader.name], [far.name]))
        stage.lose(['commit', 'view', 'activate'], { from: leader })
        stage.when(
          () => (leader.machine?.view?.epoch ?? 0) > epoch,
          () => {
            stage.isolate(leader)
            stage.restart(acceptor)
          },
        )
      },
    })
  },
}
