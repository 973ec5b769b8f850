import type { Plant } from './plant.ts'

/** Bugs of the deadlock search. */
export const deadlockPlants: readonly Plant[] = [
  {
    name: 'no-second-reading',
    group: 'deadlock',
    file: 'packages/lock-engine/src/deadlock/batch.ts',
    find: 'const whole = this.#cycles.filter((cycle) => !this.#hasChanged(cycle))',
    replace: 'const whole = this.#cycles',
    note: 'a phantom: the edges of a cycle were never there at one moment',
    schedule: 'quiet-rings',
  },
  {
    name: 'two-victims',
    group: 'deadlock',
    file: 'packages/lock-engine/src/deadlock/batch.ts',
    find: 'const { wait, master } = cycle[0].read\n',
    replace:
      'const { wait, master } = cycle[0].read\n      const second = cycle.at(-1)?.read ?? cycle[0].read\n      this.#ask(second.master, { kind: "deadlock-victim", ask: this.#world.nextAsk(), wait: versionOf(second.wait), cycle: [...wordsOfCycle(cycle), "and so on"] })\n',
    note: 'two calls of one cycle lose',
    schedule: 'quiet-rings',
  },
  {
    name: 'cross-node-cycle-missed',
    group: 'deadlock',
    file: 'packages/lock-engine/src/deadlock/tables-graph.ts',
    find: 'if (pending?.order === undefined || sentTo === undefined || unlock !== undefined) continue',
    replace:
      'if (pending?.order === undefined || sentTo !== this.#core.view.self || unlock !== undefined) continue',
    note: 'a holder tells only of what it masters itself',
    schedule: 'quiet-rings',
  },
  {
    name: 'queue-order-not-an-edge',
    group: 'deadlock',
    file: 'packages/lock-engine/src/deadlock/tables-graph.ts',
    find: '    if (blocks(other)) yield blocker(other, queuedWords(other))\n',
    replace: '',
    note: 'who waits behind another one in a queue is not seen to wait for it',
    schedule: 'quiet-rings',
  },
]
