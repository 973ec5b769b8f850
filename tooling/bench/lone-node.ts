import { createLockEngine, type EngineInput, type LockEngine } from '@holdfast/lock-engine'
import type { LockMode, LockRange, SessionEvent } from '@holdfast/lock-engine/messages'

interface Asked {
  readonly name: string
  readonly mode: LockMode
  readonly range?: LockRange
  readonly anyOrder?: boolean
}

/** The lock engine of a cluster of one, with one session. Checks how each call ends. */
export class LoneNode {
  /** Its clock, ms. */
  now = 0
  readonly #engine: LockEngine
  #number = 0

  constructor(locksMax: number) {
    const limits = { locksPerSessionMax: locksMax, locksMax }
    this.#engine = createLockEngine({ limits })
    const self = { id: 1, joined: 1, eligible: true, weight: 1 }
    this.#engine.install({ epoch: 1, settled: 0, self: self.id, members: [self], notes: [] }, 0)
    this.#engine.resume()
    this.#engine.activate(0)
    this.#engine.open(0)
    this.#give({ kind: 'session-opened', session: 1, label: 'bench' })
  }

  /** `outcome` is what some call must end with at once; `undefined`: nothing may end. */
  request({ name, ...asked }: Asked, outcome: 'granted' | undefined): number {
    this.#number += 1
    const lock = this.#number
    const flags = { noQueue: false, useValue: false, notify: false, alone: true }
    const named = { kind: 'request', call: lock, lock, resource: { space: 'bench', name } } as const
    this.#expect(
      outcome,
      this.#give({ kind: 'call', session: 1, call: { ...named, ...flags, ...asked } }),
    )
    return lock
  }

  convert(lock: number, mode: LockMode): void {
    this.#number += 1
    const flags = { noQueue: false, queueFair: false, useValue: false }
    const call = { kind: 'convert', call: this.#number, lock, mode, ...flags } as const
    this.#expect('granted', this.#give({ kind: 'call', session: 1, call }))
  }

  unlock(lock: number, outcome: 'granted' | 'unlocked'): void {
    this.#number += 1
    const call = { kind: 'unlock', call: this.#number, lock } as const
    this.#expect(outcome, this.#give({ kind: 'call', session: 1, call }))
  }

  /** Does what is due by now, as the driver of an engine does. */
  tick(): void {
    const due = this.#engine.deadline()
    if (due !== undefined && due <= this.now) this.#give({ kind: 'tick' })
  }

  #give(input: EngineInput): readonly SessionEvent[] {
    this.#engine.handle(input, this.now)
    return this.#engine.drain().flatMap((output) => (output.kind === 'event' ? [output.event] : []))
  }

  #expect(outcome: string | undefined, events: readonly SessionEvent[]): void {
    const ended = events.flatMap((event) => (event.kind === 'completion' ? [event.outcome] : []))
    if (outcome === undefined ? ended.length === 0 : ended.some((each) => each === outcome)) return
    throw new Error(`expected ${outcome ?? 'nothing'}, came ${ended.join(', ') || 'nothing'}`)
  }
}
