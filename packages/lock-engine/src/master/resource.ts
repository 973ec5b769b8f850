import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { HolderMessage } from '../lock-messages.ts'
import { conflictsWith, type LockMode, rankOf } from '../lock-mode.ts'
import { nameOf, type ResourceKey } from '../resource-key.ts'
import type { EndingRecord, TransferRecord, ValueRecord } from '../transfer.ts'
import { emptyValue, type ValueBlock } from '../value-block.ts'

/** What a queued request or conversion asks for. */
export interface Wanted {
  readonly mode: LockMode
  readonly queueFair: boolean
  readonly useValue: boolean
  readonly value?: Uint8Array
}

/** A lock as its master keeps it: the master copy. */
export interface Copy {
  readonly holder: NodeId
  readonly lock: number
  readonly session: number
  readonly resource: Resource
  readonly notify: boolean
  queue: 'granted' | 'converting' | 'waiting'
  granted: LockMode | undefined
  wanted: Wanted | undefined
  token: bigint | undefined
  /** The number of what the holder asked last. */
  ask: number
  /** Place in its queue: rises with every request or conversion that is queued. */
  order: number
  /** The highest mode that the holder was told it blocks. */
  told: LockMode | undefined
  /** When it came into its present queue. */
  since: Instant
  /** Its holder is lost: it blocks until the view is active, then it goes. */
  ghost: boolean
  /** On a resource that was taken over: where a pending sideways conversion was going. */
  sideways: LockMode | undefined
  /** What the holder told of the value block, on a resource that was taken over. */
  toldValue: ValueRecord | undefined
  /** On a resource that was taken over: the newest sequence number that the holder knew of. */
  known: number
  /** On a resource that was taken over: its unlock was on the way to the former master. */
  ending: EndingRecord | undefined
}

/** One resource at its master: three queues, a value block and a token counter. */
export class Resource {
  readonly key: ResourceKey
  readonly space: string
  readonly name: string
  readonly takenOver: Epoch
  /**
   * open: grants. closed: taken over and not told everything yet. retiring: gives itself up.
   */
  state: 'open' | 'closed' | 'retiring' = 'open'
  readonly granted: Set<Copy> = new Set()
  readonly converting: Set<Copy> = new Set()
  readonly waiting: Set<Copy> = new Set()
  /** Locks whose holder has given them up: they block nobody, and wait for their unlock to come. */
  readonly endings: Set<Copy> = new Set()
  value: ValueBlock = emptyValue
  counter = 0
  nextOrder = 1
  /** The directory node that knows this master. */
  entryAt: NodeId | undefined
  /** The newest sequence number of the value block that some holder knew of, after a takeover. */
  known = 0
  /** The value block as the old master told it. */
  certain: Extract<TransferRecord, { readonly kind: 'value' }> | undefined
  /** Messages that wait for the resource to open. */
  stash: { readonly from: NodeId; readonly message: HolderMessage }[] = []
  /** Bits of the modes that were waited for when holders were last told. */
  announced = 0
  /** Locks granted since holders were last told. */
  fresh: Copy[] = []
  /** How many locks are granted in each mode, and how many want each, all and converting ones. */
  readonly #held: number[] = [0, 0, 0, 0, 0, 0]
  readonly #wanted: number[] = [0, 0, 0, 0, 0, 0]
  readonly #convertingTo: number[] = [0, 0, 0, 0, 0, 0]

  constructor(key: ResourceKey, takenOver: Epoch) {
    this.key = key
    const { space, name } = nameOf(key)
    this.space = space
    this.name = name
    this.takenOver = takenOver
  }

  get isEmpty(): boolean {
    const queued = this.granted.size + this.converting.size + this.waiting.size
    return queued + this.endings.size === 0
  }

  *copies(): Iterable<Copy> {
    yield* this.granted
    yield* this.converting
    yield* this.waiting
  }

  /** Puts a copy into its queue, at the end. What it holds and wants must not change while it is in. */
  insert(copy: Copy): void {
    this[copy.queue].add(copy)
    this.#count(copy, 1)
  }

  /** Takes it out; nothing happens when it is in no queue. */
  remove(copy: Copy): void {
    if (this[copy.queue].delete(copy)) this.#count(copy, -1)
  }

  /** True when a granted mode of another lock, converting ones included, is in the way of `mode`. */
  isBlocked(copy: Copy, mode: LockMode): boolean {
    return conflictsWith(mode).some((other) => {
      const own = copy.granted === other && this[copy.queue].has(copy) ? 1 : 0
      return (this.#held[rankOf(other)] ?? 0) > own
    })
  }

  /** True when a converting lock wants a mode that `granted` is in the way of. */
  someConversionIsBlockedBy(granted: LockMode): boolean {
    return conflictsWith(granted).some((mode) => (this.#convertingTo[rankOf(mode)] ?? 0) > 0)
  }

  /** The modes that are waited for, as bits by rank. */
  get wantedBits(): number {
    let bits = 0
    for (let rank = 0; rank < this.#wanted.length; rank += 1) {
      if ((this.#wanted[rank] ?? 0) > 0) bits |= 1 << rank
    }
    return bits
  }

  heldCount(mode: LockMode): number {
    return this.#held[rankOf(mode)] ?? 0
  }

  #count(copy: Copy, by: number): void {
    if (copy.granted !== undefined) add(this.#held, copy.granted, by)
    if (copy.wanted === undefined) return
    add(this.#wanted, copy.wanted.mode, by)
    if (copy.queue === 'converting') add(this.#convertingTo, copy.wanted.mode, by)
  }
}

function add(counts: number[], mode: LockMode, by: number): void {
  counts[rankOf(mode)] = (counts[rankOf(mode)] ?? 0) + by
}

export function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item
  return undefined
}
