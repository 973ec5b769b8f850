import type { LockMode, ResourceName } from '@holdfast/lock-engine/messages'
import { drawExponential } from '@holdfast/simulator'
import { mayWriteValue } from '../../checkers/lock-modes.ts'
import type { Client, ClientLock, UnlockOptions } from '../contract.ts'
import type { Workload, WorkloadSetup } from './workload.ts'

/** What all kinds of clients have in common: they open the lockspaces, and give up in the end. */
export abstract class Behaviour implements Workload {
  protected readonly setup: WorkloadSetup
  protected settling = false
  protected stopped = false
  readonly #clients = new Set<Client>()

  constructor(setup: WorkloadSetup) {
    this.setup = setup
  }

  onOpened(client: Client): void {
    this.#clients.add(client)
    if (this.settling) return
    this.#openSpaces(client)
    this.begin(client)
  }

  onEnded(client: Client): void {
    if (!this.stopped) this.setup.reconnect(client, drawExponential(this.setup.random, 200))
  }

  onGranted(client: Client, lock: ClientLock): void {
    if (this.settling) this.giveUp(client, lock)
    else this.held(client, lock)
  }

  onDenied(client: Client, lock: ClientLock): void {
    if (lock.granted !== undefined) this.onGranted(client, lock)
  }

  onKept(client: Client, lock: ClientLock): void {
    const isIdle = lock.granted !== undefined && lock.pending === undefined
    if (this.settling && isIdle) this.giveUp(client, lock)
  }

  onBlocking(_client: Client, _lock: ClientLock, _mode: LockMode): void {
    // Only workers give way.
  }

  settle(): void {
    this.settling = true
    for (const client of this.#clients) {
      for (const lock of [...client.locks.values()]) {
        if (lock.granted === undefined) continue
        if (lock.pending === undefined) this.giveUp(client, lock)
        else if (this.#mayWaitForEver) client.cancel(lock)
      }
    }
  }

  stop(): void {
    this.stopped = true
  }

  /** Conversions that wait for each other, and said that they may. */
  get #mayWaitForEver(): boolean {
    const { noDeadlockWait, noDeadlockBlock } = this.setup.options.terms
    return noDeadlockWait + noDeadlockBlock > 0
  }

  protected abstract begin(client: Client): void
  protected abstract held(client: Client, lock: ClientLock): void

  protected giveUp(client: Client, lock: ClientLock): void {
    client.unlock(lock, hasLocksBelow(client, lock) ? { subtree: 'with' } : {})
  }

  protected chance(share: number): boolean {
    return this.setup.random.chance(share, 100)
  }

  /** Does something again and again, until the world settles. */
  protected again(client: Client, meanMs: number, action: () => void): void {
    client.later(drawExponential(this.setup.random, meanMs), () => {
      if (this.settling) return
      action()
      this.again(client, meanMs, action)
    })
  }

  protected resource(hot: boolean): ResourceName {
    const { options, random } = this.setup
    const space = random.pick(options.spaces)
    const index = random.below(hot ? options.hotNames : options.coldNames)
    return { space, name: `${hot ? 'hot' : 'cold'}-${index}` }
  }

  /** What an unlock says of the value block. */
  protected lastWords(lock: ClientLock): Pick<UnlockOptions, 'value' | 'invalidate'> {
    const { options, nextValue } = this.setup
    const { granted, pending, useValue } = lock
    if (!useValue || granted === undefined || pending !== undefined) return {}
    if (!mayWriteValue(granted)) return {}
    if (this.chance(options.invalidateShare)) return { invalidate: true }
    return this.chance(options.writeShare) ? { value: nextValue() } : {}
  }

  #openSpaces(client: Client): void {
    const { options, random } = this.setup
    const { opened } = options
    if (opened === undefined) return
    for (const space of options.spaces) {
      const create = random.pick(['new', 'existing', undefined, undefined, undefined] as const)
      client.openSpace({
        space,
        ...(create === undefined ? {} : { create }),
        ...(this.chance(80) ? { attributes: { ...opened, valueBytes: 16 } } : {}),
        lifecycle: this.chance(50),
      })
    }
  }
}

export function hasLocksBelow(client: Client, lock: ClientLock): boolean {
  for (const { parent } of client.locks.values()) if (parent === lock) return true
  return false
}
