import { cutBetween } from '@holdfast/simulator'
import { type Schedule, staged } from './schedule.ts'
import { playRounds, type Stage } from './stage.ts'

/** Two members and a witness: the least that agrees and has one voter who is not asked to install. */
const membersAndWitness = [
  { name: 'n1', votes: 1 },
  { name: 'n2', votes: 1 },
  { name: 'n3', votes: 1, witness: true },
] as const

/** Runs the round when a member leads; when the witness does, it is started anew. */
export function whenMemberLeads(stage: Stage, round: () => void): void {
  if (stage.leader()?.name !== 'n3') {
    round()
    return
  }
  stage.restart(stage.world.simulation.node('n3'))
  stage.when(() => stage.leader() !== undefined && stage.leader()?.name !== 'n3', round)
}

/**
 * One link is cut. The witness accepts a view without the far member and then hears nothing of its
 * decision; it must not go on to support that member in the meantime.
 */
export const commitToWitnessLost: Schedule = {
  name: 'commit-to-witness-lost',
  prepare: (options) => staged(options, membersAndWitness),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 5 * promiseMs,
      round: (stage) =>
        whenMemberLeads(stage, () => {
          const leader = stage.leader()
          const witness = world.simulation.node('n3')
          if (leader === undefined) return
          const [far] = stage.others(leader, witness)
          stage.install(cutBetween([leader.name], [far?.name ?? '']))
          stage.lose(['commit', 'view', 'activate'], { from: leader, to: witness })
        }),
    })
  },
}
