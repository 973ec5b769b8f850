/** Those that wait keep their order, whoever masters the resource: as soon as their holders know of it. */
import type { Process } from '../harness/cluster.ts'

interface Parcel {
  readonly message?: {
    readonly kind: string
    readonly lock: number
    readonly session?: number
    readonly sessionLock?: number
    readonly ask?: number
  }
}

export class QueueOrder {
  /** By the serial of the process and the number of a lock between nodes: what its session calls it. */
  readonly #names = new Map<string, string>()
  /** Whose holders know that they are queued. */
  readonly #confirmed = new Set<string>()
  readonly #excluded = new Set<string>()
  /** As last seen, by resource. */
  readonly #queues = new Map<string, readonly string[]>()
  /** How often two were compared with how they stood at another master. */
  compared = 0

  onDeliver(from: Process, to: Process, parcel: unknown): void {
    const { message } = parcel as Parcel
    if (message === undefined) return
    const { kind, lock, session, sessionLock } = message
    if (kind === 'request' || kind === 'lookup') {
      this.#names.set(`${from.serial}/${lock}`, `${from.serial}/${session}/${sessionLock}`)
    } else if (kind === 'queued') {
      const name = this.#names.get(`${to.serial}/${lock}`)
      if (name !== undefined) this.#confirmed.add(name)
    }
  }

  /** Its call is taken back: it may be asked anew all the same, and then comes last. */
  exclude(process: Process, session: number, lock: number): void {
    this.#excluded.add(`${process.serial}/${session}/${lock}`)
  }

  look({ engine, view }: Process): void {
    const serials = new Map(view?.members.map(({ id, serial }) => [id, serial]))
    const waiting = engine.locks(1_000).filter(({ queue }) => queue === 'waiting')
    const byName = Map.groupBy(waiting, ({ resource: { path = [], name } }) =>
      [...path, name].join('/'),
    )
    for (const [resource, reports] of byName) {
      const now = reports
        .map(({ holder, session, lock }) => `${serials.get(holder)}/${session}/${lock}`)
        .filter((name) => this.#confirmed.has(name) && !this.#excluded.has(name))
      const before = (this.#queues.get(resource) ?? []).filter((name) => now.includes(name))
      const same = now.filter((name) => before.includes(name))
      if (same.join() !== before.join()) {
        throw new Error(`${resource}: waiting in the order ${same.join()} after ${before.join()}`)
      }
      if (before.length > 1) this.compared += 1
      this.#queues.set(resource, now)
    }
  }
}
