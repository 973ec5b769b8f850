import type { LockMode, ResourceName } from '@holdfast/lock-engine/messages'
import type { Client, ClientLock } from '../contract.ts'
import { Behaviour } from './behaviour.ts'

const modes: readonly LockMode[] = ['EX', 'PW', 'PR', 'PR', 'CR']

/**
 * Takes locks that outlive it, leaves them behind, and takes over what others left: by name, mode and
 * owner. Some are below others, some on parts of a resource.
 */
export class Testator extends Behaviour {
  protected begin(client: Client): void {
    const { options } = this.setup
    this.again(client, options.thinkMs, () => this.#act(client))
  }

  protected held(client: Client, lock: ClientLock): void {
    const { options, random } = this.setup
    client.later(random.below(2 * options.holdMs), () => {
      if (lock.pending !== undefined || lock.unlocking || !client.locks.has(lock.lock)) return
      const what = random.below(100)
      if (this.settling || what < 30) this.giveUp(client, lock)
      else if (what < 44) this.#below(client, lock)
      else if (what < 61) this.#die(client)
    })
  }

  #act(client: Client): void {
    const { random } = this.setup
    if (client.locks.size >= 4) {
      if (this.chance(20)) this.#die(client)
      return
    }
    const { resource, owner } = this.#estate()
    const named = { resource, mode: random.pick(modes), useValue: true, ...owner }
    if (this.chance(50)) {
      client.adopt({ ...named, notify: this.chance(50), persistent: this.chance(50) })
    } else {
      const range = this.chance(30) ? { range: { start: 0n, end: BigInt(random.below(3)) } } : {}
      client.request({
        ...named,
        ...range,
        notify: this.chance(50),
        persistent: true,
        ...(this.chance(30) ? { noQueue: true } : { noQueue: false, timeoutMs: 500 }),
      })
    }
    if (this.chance(2)) {
      client.purge({
        ...(this.chance(50) ? { space: resource.space } : {}),
        ...(this.chance(50) ? { node: 1 + random.below(3) } : {}),
      })
    }
  }

  /** One name has an owner, always the same: whose an adopted lock is, is not told. */
  #estate(): { resource: ResourceName; owner: { owner?: string } } {
    const { random, options } = this.setup
    const index = random.below(3)
    const resource = { space: random.pick(options.spaces), name: `estate-${index}` }
    return { resource, owner: index === 0 ? { owner: 'heirs' } : {} }
  }

  #below(client: Client, parent: ClientLock): void {
    const { random } = this.setup
    const { owner } = parent.belief
    client.request({
      resource: { space: parent.resource.space, name: 'below' },
      parent,
      mode: random.pick(modes),
      noQueue: true,
      useValue: true,
      notify: false,
      persistent: this.chance(50),
      ...(owner === undefined ? {} : { owner }),
    })
  }

  #die(client: Client): void {
    const { random } = this.setup
    if (this.chance(50)) client.close()
    else client.crash(random.chance(2, 3) ? random.below(50) : undefined)
  }
}
