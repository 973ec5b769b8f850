import type { Client, ClientLock } from '../contract.ts'
import { hasLocksBelow } from './behaviour.ts'
import { drawRequest } from './draw-terms.ts'
import { Worker } from './worker.ts'

/** Locks a gardener has at most, in whole trees. */
const LOCKS_MAX = 12

/** Grows trees of locks, converts what is in the middle, and cuts branches off. */
export class Gardener extends Worker {
  protected override act(client: Client): void {
    const { random, options } = this.setup
    const locks = [...client.locks.values()].filter(({ unlocking }) => !unlocking)
    const picked = locks.length > 0 ? random.pick(locks) : undefined
    if (picked !== undefined && this.chance(5)) client.cancel(picked, { subtree: true })
    else if (picked !== undefined && this.chance(5)) {
      client.unlock(picked, { subtree: random.pick(['with', 'below']) })
    } else if (client.locks.size < LOCKS_MAX && options.locksMax > 0) this.ask(client)
  }

  protected override ask(client: Client): void {
    const { options, random } = this.setup
    const parents = [...client.locks.values()].filter((lock) => this.#mayHaveBelow(lock))
    const parent = parents.length > 0 && this.chance(80) ? random.pick(parents) : undefined
    const space = random.pick(options.spaces)
    const { owner, alone, masterHere, ...terms } = drawRequest(options, random)
    const ofRoot = {
      ...(owner === undefined ? {} : { owner }),
      ...(alone === undefined ? {} : { alone }),
      ...(masterHere === undefined ? {} : { masterHere }),
    }
    if (parent === undefined) {
      const resource = { space, name: `tree-${random.below(2)}` }
      client.request({ resource, ...terms, ...ofRoot })
      return
    }
    const resource = { space: parent.resource.space, name: `branch-${random.below(2)}` }
    const inherited = parent.belief.owner === undefined ? {} : { owner: parent.belief.owner }
    client.request({ resource, parent, ...terms, ...inherited })
  }

  #mayHaveBelow({ granted, unlocking, resource }: ClientLock): boolean {
    const level = resource.path?.length ?? 0
    return granted !== undefined && !unlocking && level < this.setup.options.levels - 1
  }

  protected override endHold(client: Client, lock: ClientLock): void {
    const { options, random } = this.setup
    if (this.chance(Math.max(20, options.convertShare))) {
      this.convert(client, lock, random.pick(options.modes))
    } else if (!hasLocksBelow(client, lock)) client.unlock(lock, this.lastWords(lock))
    else if (this.chance(30)) client.unlock(lock, {})
    else this.held(client, lock)
  }
}
