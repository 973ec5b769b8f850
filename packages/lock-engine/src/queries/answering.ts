/** The part of a node that is asked about the locks that it masters. */
import type { Instant, NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { internalSession } from '../holder/session-calls.ts'
import type { MasterTable } from '../master/master-table.ts'
import type { Copy, Resource } from '../master/resource.ts'
import {
  type AskedFilter,
  type QueryMessage,
  type ToldLock,
  toldBytesMax,
} from './query-messages.ts'
import { Scan, Scans } from './scans.ts'
import { lockCount, sizeOf, tellLock } from './told-lock.ts'

type Ask = Extract<QueryMessage, { readonly kind: 'query-ask' }>

/** Questions that wait for their turn. What comes beyond is told that its scan was given up. */
const asksMax = 1_024

export class Answering {
  readonly #core: Core
  readonly #masters: MasterTable
  readonly #send: (to: NodeId, message: QueryMessage) => void
  readonly #scans: Scans
  #asks: { readonly from: NodeId; readonly ask: Ask }[] = []
  /** What may still be looked at in this turn. */
  #left = 0

  constructor(core: Core, masters: MasterTable, send: (to: NodeId, message: QueryMessage) => void) {
    this.#core = core
    this.#masters = masters
    this.#send = send
    this.#scans = new Scans(core.limits.scansMax)
  }

  /** All that is under way ends with the view. */
  install(): void {
    this.#asks = []
    this.#scans.clear()
  }

  newTurn(): void {
    this.#left = this.#core.limits.queryLookMax
    this.#work()
  }

  deadline(): Instant | undefined {
    return this.#asks.length === 0 ? undefined : this.#core.now
  }

  onAsk(from: NodeId, ask: Ask): void {
    if (this.#asks.length >= asksMax) this.#giveUp(from, ask)
    else this.#asks.push({ from, ask })
    this.#work()
  }

  #work(): void {
    while (this.#left > 0) {
      const next = this.#asks.shift()
      if (next === undefined) return
      this.#answer(next.from, next.ask)
    }
  }

  #giveUp(to: NodeId, { ask }: Ask): void {
    this.#send(to, { kind: 'query-told', ask, locks: [], gone: true })
  }

  #answer(to: NodeId, ask: Ask): void {
    const scan =
      ask.scan === undefined ? new Scan(this.#masters, ask.filter) : this.#scans.take(ask.scan)
    if (scan === undefined) {
      this.#giveUp(to, ask)
      return
    }
    const { locks, isOver } = this.#tell(scan, ask.limit)
    this.#send(to, {
      kind: 'query-told',
      ask: ask.ask,
      locks,
      ...(isOver ? {} : { scan: this.#scans.keep(scan) }),
      ...(this.#core.isOpen ? {} : { partial: true }),
    })
  }

  #tell(
    scan: Scan,
    limit: number,
  ): { readonly locks: readonly ToldLock[]; readonly isOver: boolean } {
    const locks: ToldLock[] = []
    const places = new Places()
    let bytes = 0
    while (locks.length < limit && this.#left > 0) {
      const { value: copy, done } = scan.next()
      if (done === true) return { locks, isOver: true }
      this.#left -= 1
      if (copy === undefined || !this.#isThere(copy) || !isAskedFor(copy, scan.filter)) continue
      const told = this.#tellOne(copy, scan.filter, places)
      bytes += sizeOf(told)
      if (locks.length > 0 && bytes > toldBytesMax) {
        scan.putBack(copy)
        break
      }
      locks.push(told)
    }
    return { locks, isOver: false }
  }

  #tellOne(copy: Copy, { details }: AskedFilter, places: Places): ToldLock {
    const { now } = this.#core
    const position = places.of(copy)
    if (!details) return tellLock(copy, { now, position })
    this.#left -= lockCount(copy.resource)
    return tellLock(copy, { now, position, masters: this.#masters })
  }

  /** It may have gone since it was found. */
  #isThere({ placed, resource }: Copy): boolean {
    return placed && this.#masters.resourceOf(resource.key) === resource
  }
}

function isAskedFor(copy: Copy, { holder, session, lock }: AskedFilter): boolean {
  if (copy.session === internalSession) return false
  if (holder !== undefined && copy.holder !== holder) return false
  if (session !== undefined && copy.session !== session) return false
  return lock === undefined || copy.sessionLock === lock
}

/** Places of locks in their queues: counted once for a resource, while nothing changes. */
class Places {
  readonly #known = new Map<Resource, ReadonlyMap<Copy, number>>()

  of(copy: Copy): number | undefined {
    if (copy.queue === 'granted') return undefined
    const { resource } = copy
    const known = this.#known.get(resource) ?? placesIn(resource)
    this.#known.set(resource, known)
    return known.get(copy)
  }
}

function placesIn({ converting, waiting }: Resource): ReadonlyMap<Copy, number> {
  const places = new Map<Copy, number>()
  for (const queue of [converting, waiting]) {
    let place = 0
    for (const copy of queue) {
      places.set(copy, place)
      place += 1
    }
  }
  return places
}
