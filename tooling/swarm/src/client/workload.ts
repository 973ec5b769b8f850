/** What the clients of one world do; all of it drawn from the seed. */
import type { LockMode, ResourceName } from '@holdfast/lock-engine/messages'
import type { Millis, Random } from '@holdfast/primitives'
import { drawExponential } from '@holdfast/simulator'
import { mayWriteValue, weakerOf } from '../checkers/lock-modes.ts'
import type { Client, ClientBehaviour, ClientLock } from './contract.ts'

/** Shares are per hundred. */
export interface WorkloadOptions {
  readonly spaces: readonly string[]
  readonly hotNames: number
  readonly coldNames: number
  readonly hotShare: number
  readonly thinkMs: Millis
  readonly holdMs: Millis
  readonly locksMax: number
  /** Each mode as often as it is wanted. */
  readonly modes: readonly LockMode[]
  readonly noQueueShare: number
  readonly useValueShare: number
  readonly notifyShare: number
  /** How often the end of a hold is a conversion and not an unlock. */
  readonly convertShare: number
  readonly queueFairShare: number
  readonly cancelShare: number
  readonly unlockPendingShare: number
  readonly writeShare: number
  readonly invalidateShare: number
  /** How often a blocking notice makes the holder give way. */
  readonly giveWayShare: number
  readonly closeShare: number
  /** Clients that only keep hot resources alive, in NL. */
  readonly keepers: number
}

export interface Workload extends ClientBehaviour {
  /** No new requests: what is held is unlocked, what is granted from now on too. */
  settle(): void
  /** Nobody connects any more. */
  stop(): void
}

export interface WorkloadSetup {
  readonly options: WorkloadOptions
  readonly random: Random
  readonly keeper: boolean
  /** Tries to connect again after that long. */
  readonly reconnect: (client: Client, delayMs: Millis) => void
  readonly nextValue: () => Uint8Array
}

export function createWorkload(setup: WorkloadSetup): Workload {
  return setup.keeper ? new Keeper(setup) : new Worker(setup)
}

abstract class Behaviour implements Workload {
  protected readonly setup: WorkloadSetup
  protected settling = false
  protected stopped = false
  readonly #clients = new Set<Client>()

  constructor(setup: WorkloadSetup) {
    this.setup = setup
  }

  onOpened(client: Client): void {
    this.#clients.add(client)
    if (!this.settling) this.begin(client)
  }

  onEnded(client: Client): void {
    if (!this.stopped) this.setup.reconnect(client, drawExponential(this.setup.random, 200))
  }

  onGranted(client: Client, lock: ClientLock): void {
    if (this.settling) client.unlock(lock, {})
    else this.held(client, lock)
  }

  onDenied(client: Client, lock: ClientLock): void {
    if (lock.granted !== undefined) this.onGranted(client, lock)
  }

  onBlocking(_client: Client, _lock: ClientLock, _mode: LockMode): void {
    // Only workers give way.
  }

  settle(): void {
    this.settling = true
    for (const client of this.#clients) {
      for (const lock of [...client.locks.values()]) {
        if (lock.granted !== undefined && lock.pending === undefined) client.unlock(lock, {})
      }
    }
  }

  stop(): void {
    this.stopped = true
  }

  protected abstract begin(client: Client): void
  protected abstract held(client: Client, lock: ClientLock): void

  protected chance(share: number): boolean {
    return this.setup.random.chance(share, 100)
  }

  protected resource(hot: boolean): ResourceName {
    const { options, random } = this.setup
    const space = random.pick(options.spaces)
    const index = random.below(hot ? options.hotNames : options.coldNames)
    return { space, name: `${hot ? 'hot' : 'cold'}-${index}` }
  }
}

class Keeper extends Behaviour {
  protected begin(client: Client): void {
    const { spaces, hotNames } = this.setup.options
    for (const space of spaces) {
      for (let index = 0; index < hotNames; index += 1) {
        client.request({
          resource: { space, name: `hot-${index}` },
          mode: 'NL',
          noQueue: false,
          useValue: true,
          notify: false,
        })
      }
    }
  }

  protected held(): void {
    // Kept until the end.
  }
}

class Worker extends Behaviour {
  protected begin(client: Client): void {
    const { random, options } = this.setup
    client.later(drawExponential(random, options.thinkMs), () => {
      if (this.settling) return
      this.#act(client)
      this.begin(client)
    })
  }

  protected held(client: Client, lock: ClientLock): void {
    const { random, options } = this.setup
    client.later(drawExponential(random, options.holdMs), () => {
      if (lock.pending === undefined && !lock.unlocking && client.locks.has(lock.lock)) {
        this.#endHold(client, lock)
      }
    })
  }

  override onBlocking(client: Client, lock: ClientLock, mode: LockMode): void {
    const { options, random } = this.setup
    if (!this.chance(options.giveWayShare)) return
    client.later(random.below(20), () => {
      if (lock.pending !== undefined || lock.unlocking || lock.granted === undefined) return
      const weaker = weakerOf(lock.granted, mode === 'EX' ? 'NL' : 'CR')
      if (weaker === lock.granted) client.unlock(lock, this.#lastWords(lock))
      else this.#convert(client, lock, weaker)
    })
  }

  #act(client: Client): void {
    const { options, random } = this.setup
    if (this.chance(options.closeShare)) {
      client.close()
      return
    }
    const pending = [...client.locks.values()].filter((lock) => lock.pending !== undefined)
    const picked = pending.length > 0 ? random.pick(pending) : undefined
    if (picked !== undefined && this.chance(options.cancelShare)) client.cancel(picked)
    else if (picked !== undefined && this.chance(options.unlockPendingShare)) {
      client.unlock(picked, {})
    } else if (client.locks.size < options.locksMax) this.#request(client)
  }

  #request(client: Client): void {
    const { options, random } = this.setup
    client.request({
      resource: this.resource(this.chance(options.hotShare)),
      mode: random.pick(options.modes),
      noQueue: this.chance(options.noQueueShare),
      useValue: this.chance(options.useValueShare),
      notify: this.chance(options.notifyShare),
    })
  }

  #endHold(client: Client, lock: ClientLock): void {
    const { options, random } = this.setup
    if (this.chance(options.convertShare)) this.#convert(client, lock, random.pick(options.modes))
    else client.unlock(lock, this.#lastWords(lock))
  }

  #convert(client: Client, lock: ClientLock, mode: LockMode): void {
    const { options, nextValue } = this.setup
    // A conversion that never waits takes neither flag.
    const waits = lock.granted !== undefined && weakerOf(lock.granted, mode) !== mode
    client.convert(lock, {
      mode,
      noQueue: waits && this.chance(options.noQueueShare),
      queueFair: waits && this.chance(options.queueFairShare),
      value: nextValue(),
    })
  }

  #lastWords(lock: ClientLock): { value?: Uint8Array; invalidate?: boolean } {
    const { options, nextValue } = this.setup
    if (!lock.useValue || lock.granted === undefined || !mayWriteValue(lock.granted)) return {}
    if (this.chance(options.invalidateShare)) return { invalidate: true }
    return this.chance(options.writeShare) ? { value: nextValue() } : {}
  }
}
