import { type Schedule, staged, voters } from './schedule.ts'

/**
 * Nothing fails. Many names are used so seldom that they are cleaned up in between, over a network
 * that is slow enough for requests to meet the cleaning.
 */
export const namesComeAndGo: Schedule = {
  name: 'names-come-and-go',
  prepare(options) {
    const { heartbeatMs } = options.timing
    return {
      ...staged(options, voters(3)),
      path: {
        latency: { kind: 'uniform', minMs: heartbeatMs / 10, maxMs: heartbeatMs / 2 },
        lossPerMille: 0,
        repeatPerMille: 0,
        ordered: false,
      },
      clients: options.clients.filter(({ kind }) => kind === 'worker'),
      workload: {
        ...options.workload,
        spaces: ['a'],
        coldNames: 4 * options.clients.length,
        hotShare: 0,
        thinkMs: 3_000,
        holdMs: 100,
        locksMax: 2,
        modes: ['CW', 'PW', 'EX'],
        ownerShare: 0,
        aloneShare: 0,
        rangeShare: 0,
      },
      faultMs: 30_000,
    }
  },
  run(world) {
    world.counts.rounds += 1
    return () => undefined
  },
}
