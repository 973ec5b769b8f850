import { commitToWitnessLost, whenMemberLeads } from './commit-to-witness-lost.ts'
import type { Schedule } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A member's lease rests on the witness alone, because its heartbeats to the leader are lost. The
 * witness starts again and has forgotten whom it supported; then the member is cut off.
 */
export const witnessRestarts: Schedule = {
  name: 'witness-restarts',
  prepare: commitToWitnessLost.prepare,
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 5 * promiseMs,
      round: (stage) =>
        whenMemberLeads(stage, () => {
          const leader = stage.leader()
          const witness = world.simulation.node('n3')
          const [member] = stage.others(leader, witness)
          if (leader === undefined || member === undefined) return
          stage.lose(['heartbeat'], { from: member, to: leader })
          stage.after(promiseMs * 1.3, () => {
            stage.restart(witness)
            stage.after(random.below(5), () => stage.isolate(member))
          })
        }),
    })
  },
}
