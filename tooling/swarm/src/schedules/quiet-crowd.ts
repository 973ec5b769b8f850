import { type Schedule, staged, voters } from './schedule.ts'

/** Nothing fails; many clients want few names, so that queues are long and their order shows. */
export const quietCrowd: Schedule = {
  name: 'quiet-crowd',
  prepare: (options) => ({
    ...staged(options, voters(3)),
    calm: true,
    workload: {
      ...options.workload,
      spaces: ['a'],
      hotNames: 1,
      coldNames: 1,
      hotShare: 90,
      thinkMs: 100,
      holdMs: 300,
      locksMax: 2,
      modes: ['PR', 'PR', 'CW', 'EX'],
      convertShare: 5,
    },
  }),
  run(world) {
    world.counts.rounds += 1
    return () => undefined
  },
}
