import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A member starts again, and another does not hear for a while that it is somebody else now: what it
 * sends over the link to the former start reaches the new one, which must not take it for its own.
 */
export const restartUnnoticed: Schedule = {
  name: 'restart-unnoticed',
  prepare: (options) => ({
    ...staged(options, voters(3)),
    clientLatencyMs: 0,
    workload: { ...options.workload, thinkMs: 20, holdMs: 20, hotNames: 3, coldNames: 10 },
  }),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 4 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        const [restarted, deaf] = stage.others(leader)
        if (restarted === undefined || deaf === undefined) return
        const until = world.simulation.now + promiseMs * 1.6
        const isOver = (): boolean => world.simulation.now > until
        stage.lose(['commit', 'view', 'activate'], { to: deaf, until: isOver })
        stage.restart(restarted)
      },
    })
  },
}
