import type { LockMode } from '@holdfast/lock-engine/messages'
import { drawExponential } from '@holdfast/simulator'
import { weakerOf } from '../../checkers/lock-modes.ts'
import type { Client, ClientLock } from '../contract.ts'
import { Behaviour } from './behaviour.ts'
import { drawConversion, drawRequest } from './draw-terms.ts'

/** Asks for locks at random, converts them, gives way, gives up. */
export class Worker extends Behaviour {
  protected begin(client: Client): void {
    this.again(client, this.setup.options.thinkMs, () => this.act(client))
  }

  protected held(client: Client, lock: ClientLock): void {
    const { random, options } = this.setup
    client.later(drawExponential(random, options.holdMs), () => {
      if (lock.pending === undefined && !lock.unlocking && client.locks.has(lock.lock)) {
        this.endHold(client, lock)
      }
    })
  }

  override onBlocking(client: Client, lock: ClientLock, mode: LockMode): void {
    const { options, random, nextValue } = this.setup
    if (!this.chance(options.giveWayShare)) return
    client.later(random.below(20), () => {
      const { granted } = lock
      if (lock.pending !== undefined || lock.unlocking || granted === undefined) return
      const weaker = weakerOf(granted, mode === 'EX' ? 'NL' : 'CR')
      if (weaker === granted) this.giveUp(client, lock)
      else {
        const how = { mode: weaker, noQueue: false, queueFair: false, value: nextValue() }
        client.convert(lock, how)
      }
    })
  }

  protected act(client: Client): void {
    const { options, random } = this.setup
    if (this.chance(options.closeShare)) {
      client.close()
      return
    }
    if (options.opened !== undefined && this.chance(options.leaveShare)) {
      const force = random.pick(['unused', 'idle', 'discard'] as const)
      client.leaveSpace({ space: random.pick(options.spaces), force })
      return
    }
    const pending = [...client.locks.values()].filter((lock) => lock.pending !== undefined)
    const picked = pending.length > 0 ? random.pick(pending) : undefined
    if (picked !== undefined && this.chance(options.cancelShare)) client.cancel(picked)
    else if (picked !== undefined && this.chance(options.unlockPendingShare)) {
      client.unlock(picked, {})
    } else if (client.locks.size < options.locksMax) this.ask(client)
  }

  protected ask(client: Client): void {
    const { options, random } = this.setup
    const resource = this.resource(this.chance(options.hotShare))
    client.request({ resource, ...drawRequest(options, random) })
  }

  protected endHold(client: Client, lock: ClientLock): void {
    const { options, random } = this.setup
    if (this.chance(options.convertShare)) this.convert(client, lock, random.pick(options.modes))
    else client.unlock(lock, this.lastWords(lock))
  }

  protected convert(client: Client, lock: ClientLock, mode: LockMode): void {
    const { options, random, nextValue } = this.setup
    const { granted } = lock
    if (granted === undefined) return
    const how = drawConversion(options, random, { ...lock, granted }, mode)
    client.convert(lock, { ...how, value: nextValue() })
  }
}
