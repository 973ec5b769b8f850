import { isolate } from '@holdfast/simulator'
import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A copy of a member's request to join comes long after it was served, when the member has been cut
 * off and evicted without knowing. It is admitted behind its own back; when it can hear again, it
 * must not go on with the state that it had.
 */
export const lateJoin: Schedule = {
  name: 'late-join',
  prepare: (options) => staged(options, voters(3)),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 8 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        if (leader === undefined) return
        const member = random.pick(stage.others(leader))
        const admission = (): number | undefined =>
          leader.machine?.view?.members.find(({ node }) => node === member.name)?.joined
        const first = admission()
        stage.repeatLate(['join'], { from: member, lateMs: promiseMs * 2.5 })
        stage.restart(member)
        stage.when(
          () => admission() !== first && admission() !== undefined,
          () => {
            const second = admission()
            const isAdmittedAgain = (): boolean =>
              admission() !== second && admission() !== undefined
            const cut = isolate(member.name)
            stage.after(promiseMs / 10, () =>
              stage.install((flight) => (isAdmittedAgain() ? 'pass' : cut(flight))),
            )
          },
        )
      },
    })
  },
}
