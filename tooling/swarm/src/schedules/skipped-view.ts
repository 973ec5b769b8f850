import type { NodeName } from '@holdfast/primitives'
import type { WorldNode } from '../world-node.ts'
import { type Schedule, staged, voters } from './schedule.ts'
import { playRounds } from './stage.ts'

/**
 * A master dies; the view without it is never active, because another member dies too, and one that
 * stays never hears of it. In the view after that, which has a newcomer, the one that skipped a view
 * and those that did not must still agree on who took over what.
 */
export const skippedView: Schedule = {
  name: 'skipped-view',
  prepare(options) {
    const others = ['n4', 'n5', 'n6', 'n7'].map((name) => ({ name, votes: 0 }))
    return {
      ...staged(options, [...voters(3), ...others]),
      workload: {
        ...options.workload,
        hotNames: 3,
        coldNames: 20,
        hotShare: 30,
        thinkMs: 40,
        holdMs: 300,
        locksMax: 5,
        modes: ['CR', 'PR', 'EX'],
      },
    }
  },
  run(world, random) {
    const { promiseMs, suspectMs } = world.options.timing
    const node = (name: NodeName): WorldNode => world.simulation.node(name)
    return playRounds(world, random, {
      lengthMs: 8 * promiseMs,
      round(stage) {
        const leader = stage.leader()
        const newcomer = node('n7')
        if (leader === undefined) return
        const epoch = (): number => leader.machine?.view?.epoch ?? 0
        const isActive = (): boolean =>
          leader.machine?.membership.mayTakeOver(leader.localNow()) ?? false
        const isOut = (): boolean =>
          leader.machine?.view?.members.every((member) => member.node !== newcomer.name) ?? false
        newcomer.crash()
        stage.when(
          () => isOut() && isActive(),
          () => {
            const before = epoch()
            const heardAgain = (): boolean => epoch() >= before + 2
            stage.lose(['commit', 'view', 'activate'], { to: node('n4'), until: heardAgain })
            node('n5').crash()
            stage.after(suspectMs * 0.4, () => node('n6').crash())
            stage.when(
              () => epoch() > before,
              () => newcomer.start(),
            )
          },
        )
      },
    })
  },
}
