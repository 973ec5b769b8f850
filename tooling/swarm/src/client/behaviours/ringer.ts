import type { ResourceName } from '@holdfast/lock-engine/messages'
import { drawExponential } from '@holdfast/simulator'
import type { Client, ClientLock } from '../contract.ts'
import { Behaviour } from './behaviour.ts'

/**
 * One party of a ring: it holds one resource and asks for the next one's, and so do all the others.
 * Now and then it takes that back just in time. As an explicit owner it asks at another node.
 */
export class Ringer extends Behaviour {
  #first: ClientLock | undefined
  #second: { readonly client: Client; readonly lock: ClientLock } | undefined

  protected begin(client: Client): void {
    const { rings } = this.setup
    if (!rings.clients.includes(client)) rings.clients.push(client)
    this.#first = undefined
    this.#second = undefined
    client.later(drawExponential(this.setup.random, this.setup.options.ringMs / 4), () => {
      if (!this.settling) this.#start(client)
    })
  }

  #start(client: Client): void {
    const { place, options, random } = this.setup
    const party = this.chance(options.ringOwnerShare) ? { owner: `party-${place}` } : {}
    this.#first = client.request({
      resource: this.#resource(place),
      mode: random.pick(['EX', 'PW', 'PR']),
      noQueue: false,
      useValue: false,
      notify: false,
      priority: random.pick([128, 128, 10, 200]),
      ...party,
    })
  }

  #resource(place: number): ResourceName {
    const { options } = this.setup
    return { space: options.spaces[0] ?? 'a', name: `ring-${place % options.ringSize}` }
  }

  protected held(client: Client, lock: ClientLock): void {
    const { options, random } = this.setup
    // The others get theirs meanwhile.
    if (lock === this.#first) client.later(random.below(30), () => this.#askNext(client, lock))
    else client.later(random.below(options.ringMs), () => this.#end(client))
  }

  #askNext(client: Client, first: ClientLock): void {
    const { options, place, rings, random } = this.setup
    if (this.settling || first.unlocking || this.#first !== first) return
    const { owner } = first.belief
    const others = rings.clients.filter((other) => other.trusted)
    const asker = owner === undefined || others.length === 0 ? client : random.pick(others)
    const lock = asker.request({
      resource: this.#resource(place + 1),
      mode: 'EX',
      noQueue: false,
      useValue: false,
      notify: false,
      priority: random.pick([128, 128, 10, 200]),
      ...(owner === undefined ? {} : { owner }),
    })
    this.#second = { client: asker, lock }
    if (asker !== client) this.#watch(client, lock)
    if (!this.chance(options.ringBreakShare)) return
    const { deadlockMs = 1_000 } = options.opened ?? {}
    client.later(deadlockMs * random.pick([0.5, 0.95, 1, 1.1]), () => this.#giveWay(client, lock))
  }

  /** What another client asked for as the same owner: its end is not told here. */
  #watch(client: Client, lock: ClientLock): void {
    client.later(this.setup.options.ringMs, () => {
      if (this.#second?.lock !== lock) return
      if (lock.pending === undefined) this.#end(client)
      else this.#watch(client, lock)
    })
  }

  #giveWay(client: Client, lock: ClientLock): void {
    if (lock.pending === undefined || this.#second?.lock !== lock) return
    if (this.chance(50)) this.#second.client.cancel(lock)
    else this.#end(client)
  }

  override onDenied(client: Client, lock: ClientLock): void {
    if (lock === this.#first) this.#rest(client)
    else if (lock === this.#second?.lock) this.#end(client)
  }

  #end(client: Client): void {
    const second = this.#second
    if (second?.client.locks.has(second.lock.lock) === true) second.client.unlock(second.lock, {})
    const first = this.#first
    if (first !== undefined && client.locks.has(first.lock)) client.unlock(first, {})
    this.#rest(client)
  }

  #rest(client: Client): void {
    this.#first = undefined
    this.#second = undefined
    client.later(drawExponential(this.setup.random, this.setup.options.ringMs / 4), () => {
      if (!this.settling) this.#start(client)
    })
  }
}
