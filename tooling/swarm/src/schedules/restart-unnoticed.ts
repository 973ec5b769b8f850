import type { WorldNode } from '../world-node.ts'
import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds, type Stage } from './stage.ts'

/**
 * A member starts again, and another does not hear for a while that it is somebody else now: what it
 * sends over the link to the former start reaches the new one, which must not take it for its own.
 *
 * The link must be so new that its numbers are those of the next link, and the other must not be so
 * long deaf that it is no member any more: so the member starts again twice in a row.
 */
export const restartUnnoticed: Schedule = {
  name: 'restart-unnoticed',
  prepare: (options) => ({
    ...staged(options, voters(3)),
    clientLatencyMs: 0,
    workload: { ...options.workload, thinkMs: 20, holdMs: 20, hotNames: 3, coldNames: 10 },
  }),
  run(world, random) {
    return playRounds(world, random, {
      lengthMs: 5 * world.options.timing.promiseMs,
      round(stage) {
        const leader = stage.leader()
        const [restarted, deaf] = stage.others(leader)
        if (restarted === undefined || deaf === undefined) return
        stage.restart(restarted)
        stage.after(1, () =>
          stage.when(
            () => knows(deaf, restarted),
            () => restartAgain(stage, restarted, deaf),
          ),
        )
      },
    })
  },
}

function restartAgain(stage: Stage, restarted: WorldNode, deaf: WorldNode): void {
  const { promiseMs, random } = stage
  let hearsAgain = false
  const isOver = (): boolean => hearsAgain
  stage.lose(['commit', 'view', 'activate'], { to: deaf, until: isOver })
  stage.restart(restarted)
  stage.after(1, () =>
    stage.when(
      () => knows(restarted, deaf),
      () =>
        stage.after(promiseMs * random.pick([0.1, 0.3, 0.5]), () => {
          hearsAgain = true
        }),
    ),
  )
}

function knows({ machine }: WorldNode, { incarnation }: WorldNode): boolean {
  return machine?.view?.members.some((member) => member.incarnation === incarnation) === true
}
