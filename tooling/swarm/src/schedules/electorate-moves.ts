import type { NodeName } from '@holdfast/primitives'
import type { WorldNode } from '../world-node.ts'
import { type Schedule, staged } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A member's lease rests on two old voters. Two new voters join; the moment their view is installed
 * the old two die, so that a quorum is left that knows nothing of the lease.
 */
export const electorateMoves: Schedule = {
  name: 'electorate-moves',
  prepare: (options) => {
    const world = staged(options, [
      { name: 'n1', votes: 1, witness: true },
      { name: 'n2', votes: 1, witness: true },
      { name: 'n3', votes: 1 },
      { name: 'n4', votes: 0 },
      { name: 'n5', votes: 1, late: true },
      { name: 'n6', votes: 1, late: true },
    ])
    return world
  },
  run(world, random) {
    const { promiseMs } = world.options.timing
    const node = (name: NodeName): WorldNode => world.simulation.node(name)
    return playRounds(world, random, {
      lengthMs: 9 * promiseMs,
      round(stage) {
        if (node('n5').starts > 0) return
        const survivor = node('n3')
        const member = node('n4')
        const survivorLeads = (): boolean => {
          const leader = stage.leader()
          if (leader !== undefined && leader !== survivor && random.chance(1, 400)) {
            stage.restart(leader)
          }
          return leader === survivor
        }
        const view = (of: WorldNode) => of.machine?.view
        stage.lose(['heartbeat'], { from: member, to: survivor })
        stage.when(survivorLeads, () => {
          stage.after(promiseMs * 1.1, () => {
            node('n5').start()
            node('n6').start()
            stage.when(
              () => view(survivor)?.members.length === 4,
              () =>
                stage.when(
                  () => survivor.machine?.membership.mayTakeOver(survivor.localNow()) ?? false,
                  () => stage.isolate(member),
                ),
            )
            const votes = (of: WorldNode): number => view(of)?.voters.length ?? 0
            stage.when(
              () => [survivor, node('n5'), node('n6')].every((of) => votes(of) === 5),
              () => {
                node('n1').crash()
                node('n2').crash()
              },
            )
          })
        })
      },
    })
  },
}
