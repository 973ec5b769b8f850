import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A node joins, and a member is cut off at the moment when the others install the view with it, which
 * the lost member never does; the view after it must still wait for its old lease.
 */
export const joinDuringIsolation: Schedule = {
  name: 'join-during-isolation',
  prepare: (options) => staged(options, [...voters(3), { name: 'n4', votes: 0 }]),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 7 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        const newcomer = world.simulation.node('n4')
        newcomer.crash()
        const without = (): boolean =>
          leader?.machine?.view?.members.every(({ node }) => node !== newcomer.name) ?? false
        const isActive = (): boolean =>
          leader?.machine?.membership.mayTakeOver(leader.localNow()) ?? false
        stage.when(
          () => without() && isActive(),
          () => {
            // A newcomer is admitted only when it has heard everybody; so the member goes later.
            const lost = random.pick(stage.others(leader, newcomer))
            stage.lose(['commit', 'view', 'activate'], { to: lost })
            stage.after(random.below(20), () => newcomer.start())
            stage.when(
              () => !without(),
              () => stage.isolate(lost),
            )
          },
        )
      },
    })
  },
}
