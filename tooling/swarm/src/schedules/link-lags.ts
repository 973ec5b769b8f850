import type { WorldNode } from '../world-node.ts'
import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * Membership talks, but the link of one member stands still over two view changes, in each of which
 * a master dies. What it says about the first change arrives in the second, just before what it has
 * to say about that.
 */
export const linkLags: Schedule = {
  name: 'link-lags',
  prepare: (options) => ({
    ...staged(options, [...voters(3), { name: 'n4', votes: 0 }, { name: 'n5', votes: 0 }]),
    clientLatencyMs: 0,
    workload: {
      ...options.workload,
      spaces: ['a'],
      hotNames: 2,
      coldNames: 12,
      hotShare: 20,
      thinkMs: 40,
      holdMs: 1_500,
      locksMax: 5,
      modes: ['PR', 'EX'],
    },
  }),
  run(world, random) {
    const { promiseMs } = world.options.timing
    return playRounds(world, random, {
      lengthMs: 8 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        if (leader === undefined) return
        const [first, second] = [world.simulation.node('n4'), world.simulation.node('n5')]
        const silent = random.pick(stage.others(first, second))
        const isOutAndOver = (node: WorldNode): boolean =>
          leader.machine?.membership.mayTakeOver(leader.localNow()) === true &&
          leader.machine.view?.members.every((member) => member.node !== node.name) === true
        let healed = false
        stage.loseLink(silent, () => healed)
        stage.after(promiseMs / 10, () => first.crash())
        stage.when(
          () => isOutAndOver(first),
          () => {
            second.crash()
            stage.when(
              () => isOutAndOver(second),
              () =>
                stage.after(random.below(10), () => {
                  healed = true
                  world.reconnectPeers()
                }),
            )
          },
        )
      },
    })
  },
}
