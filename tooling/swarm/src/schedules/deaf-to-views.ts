import { cutBetween } from '@holdfast/simulator'
import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A member cannot reach its leader and hears of no new view, but hears the third voter well. It is
 * evicted; the third voter, which knows that, must not go on to support it.
 */
export const deafToViews: Schedule = {
  name: 'deaf-to-views',
  prepare: (options) => staged(options, voters(3)),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 3 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        if (leader === undefined) return
        const deaf = random.pick(stage.others(leader))
        stage.install(cutBetween([leader.name], [deaf.name]))
        stage.lose(['commit', 'view', 'activate', 'propose', 'prepare', 'join-answer'], {
          to: deaf,
        })
      },
    })
  },
}
