import { type Epoch, type Instant, invariant, type NodeId, Queue } from '@holdfast/primitives'
import { flag, has } from '../flags.ts'
import type { Adopted, Terms } from '../lock-messages.ts'
import type { LockMode } from '../lock-mode.ts'
import type { LockRange } from '../messages.ts'
import { IntervalTree } from '../ranges/interval-tree.ts'
import type { ResourceKey } from '../resource-key.ts'
import { SmallSet } from '../small-set.ts'
import type { EndingRecord, MovingRecord, OwnerRecord, ValueRecord } from '../transfer.ts'
import { emptyValue, type ValueBlock } from '../value-block.ts'
import { Claims } from './claims.ts'
import { Listeners } from './listeners.ts'
import { Orphans } from './orphans.ts'

/** A lock as its master keeps it: the master copy. */
export interface Copy {
  readonly holder: NodeId
  readonly lock: number
  readonly session: number
  readonly sessionLock: number
  readonly resource: Resource
  /** The explicit owner. */
  readonly owner: string | undefined
  /** The session's number of the lock that it is below. */
  readonly parent: number | undefined
  /** Bits of `traits`. */
  traits: number
  priority: number
  queue: 'granted' | 'converting' | 'waiting'
  granted: LockMode | undefined
  /** The part of the resource that is granted; `undefined`: all of it. */
  range: LockRange | undefined
  wanted: Terms | undefined
  token: bigint | undefined
  /** The number of what the holder asked last. */
  ask: number
  /** Place in its queue. */
  order: number
  /** The highest mode that the holder was told it blocks. */
  told: LockMode | undefined
  /** When it came into its present queue. */
  since: Instant
  /** Rises with every change of queue, mode or range: the deadlock search sees by it that nothing changed. */
  version: number
  /** In the order in which the master came to know them. */
  readonly serial: number
  /** What it asked for last made it go down to NL. */
  demoted: boolean
  /**
   * A conversion of it was under way when the resource was taken over, and may have been carried out:
   * so long as it is, its holder may not know what it has.
   */
  unsure: boolean
  /** What that conversion writes: still to be written, perhaps written and overtaken since, or written. */
  write: 'due' | 'maybe' | 'done'
  /** Its session has ended. */
  orphan: boolean
  /** The orphan that it was. */
  adopted: Adopted | undefined
  /** Its holder is lost: it blocks until the view is active, then it goes. */
  ghost: boolean
  /** What its holder told of it, while its resource is being rebuilt. */
  rebuilt: Rebuilt | undefined
  before: Copy | undefined
  behind: Copy | undefined
  /** It is in the queue that `queue` says. */
  placed: boolean
}

/** What a holder told of a lock to the node that took its resource over. */
export interface Rebuilt {
  readonly moving: MovingRecord | undefined
  readonly value: ValueRecord | undefined
  /** The newest sequence number of the value block that the holder knew of. */
  readonly known: number
  /** Its unlock was on the way to the former master. */
  readonly ending: EndingRecord | undefined
}

/** The value block as an old master told it, and all locks in PW or EX that it knew. */
export interface CertainValue {
  readonly value: ValueRecord
  readonly owners: OwnerRecord[]
}

/** Versions of all copies of one engine: none stands for two states. */
export interface Versions {
  last: number
}

/** The place of the first lock in a queue: others go before it and behind it. */
const firstPlace = 2 ** 40

/** One resource at its master: three queues and a value block. */
export class Resource {
  readonly key: ResourceKey
  /** The top of its tree. What a tree has only once is there: `state`, `counter`, `entryAt`. */
  readonly root: Resource
  readonly takenOver: Epoch
  /** All resources below this root that are known here. */
  readonly below: SmallSet<Resource> = new SmallSet()
  /**
   * open: grants. closed: taken over and not told everything yet. retiring: gives itself up.
   */
  state: 'open' | 'closed' | 'retiring' = 'open'
  /** Granted locks: with all of the resource, and with a part of it. */
  readonly granted: Queue<Copy> = new Queue()
  readonly parts: Queue<Copy> = new Queue()
  readonly converting: Queue<Copy> = new Queue()
  readonly waiting: Queue<Copy> = new Queue()
  /** Locks whose holder has given them up: they block nobody, and wait for their unlock to come. */
  readonly endings: SmallSet<Copy> = new SmallSet()
  /** What is granted, also to converting locks. */
  readonly held: Claims<Copy> = new Claims()
  /** What converting and waiting locks want. */
  readonly wants: Claims<Copy> = new Claims()
  readonly conversions: Claims<Copy> = new Claims()
  /** Queued calls with `anyOrder`, by what they want. */
  loose: { converting?: IntervalTree<Copy>; waiting?: IntervalTree<Copy> } | undefined
  listeners: Listeners<Copy> | undefined
  orphans: Orphans<Copy> | undefined
  value: ValueBlock = emptyValue
  counter = 0
  nextPlace: number = firstPlace
  headPlace: number = firstPlace - 1
  /** The directory node that knows this master. */
  entryAt: NodeId | undefined
  /** The newest sequence number of the value block that some holder knew of, after a takeover. */
  known = 0
  /** The value block as the old master told it. */
  certain: CertainValue | undefined
  /** Bits of the modes that were waited for when holders were last told. */
  announced = 0
  /** Something that was wanted then is not any more. */
  ceased = false
  /** Locks granted since holders were last told. */
  fresh: Copy[] = []
  /** Locks with a part of the resource or an explicit owner. */
  particular = 0
  /** There was one since holders were last told: who blocks whom is not told by modes alone. */
  mixed = false
  /** What began or ceased to be wanted since holders were last told. */
  news: Want[] = []

  /** Some user has it mastered by hash. */
  byHash = false
  /** A root without locks: since when, and its place among those that are so too. */
  idleSince: Instant | undefined
  before: Resource | undefined
  behind: Resource | undefined

  readonly #versions: Versions

  constructor(key: ResourceKey, takenOver: Epoch, versions: Versions, root?: Resource) {
    this.key = key
    this.takenOver = takenOver
    this.#versions = versions
    this.root = root ?? this
    root?.below.add(this)
  }

  get isEmpty(): boolean {
    const queued = this.granted.size + this.parts.size + this.converting.size + this.waiting.size
    return queued + this.endings.size === 0
  }

  *copies(): Iterable<Copy> {
    yield* this.granted
    yield* this.parts
    yield* this.converting
    yield* this.waiting
  }

  /** All that hold something, but those that are granted a part: they are found by `held`. */
  *wholeHolders(): Iterable<Copy> {
    yield* this.granted
    yield* this.converting
  }

  /** The resources of this tree, root first. */
  *tree(): Iterable<Resource> {
    yield this
    yield* this.below
  }

  /** Puts a copy into its queue. What it holds and wants must not change while it is in. */
  insert(copy: Copy, place: 'head' | 'tail' = 'tail'): void {
    const queue = this.#queueOf(copy)
    if (place === 'head') queue.addFirst(copy)
    else queue.addLast(copy)
    copy.placed = true
    this.#renew(copy)
    if (isParticular(copy)) {
      this.particular += 1
      this.mixed = true
    }
    if (copy.orphan) this.noteOrphan(copy)
    if (copy.granted !== undefined && isListening(copy)) {
      this.listeners ??= new Listeners()
      this.listeners.add(copy, copy.granted, copy.range)
    }
    if (copy.granted !== undefined) this.held.add(copy, copy.granted, copy.range)
    const { wanted } = copy
    if (wanted === undefined) return
    this.wants.add(copy, wanted.mode, wanted.range)
    if (copy.queue === 'converting') this.conversions.add(copy, wanted.mode, wanted.range)
    if (has(wanted.flags, flag.anyOrder)) this.#looseOf(copy)?.add(wanted.range, copy)
    this.news.push({ copy, mode: wanted.mode, range: wanted.range })
  }

  /** Takes it out; nothing happens when it is in no queue. */
  remove(copy: Copy): void {
    if (!copy.placed) return
    this.#queueOf(copy).remove(copy)
    copy.placed = false
    this.#renew(copy)
    if (isParticular(copy)) this.particular -= 1
    this.orphans?.forget(copy)
    this.#stopListening(copy)
    if (copy.granted !== undefined) this.held.remove(copy, copy.granted, copy.range)
    const { wanted } = copy
    if (wanted === undefined) return
    this.ceased = true
    this.wants.remove(copy, wanted.mode, wanted.range)
    if (copy.queue === 'converting') this.conversions.remove(copy, wanted.mode, wanted.range)
    if (has(wanted.flags, flag.anyOrder)) {
      const isFound = this.#looseOf(copy)?.remove(wanted.range, copy)
      invariant(isFound === true, 'a queued call is found by what it wants')
    }
    this.news.push({ copy, mode: wanted.mode, range: wanted.range })
  }

  /** Its session has ended: nobody hears what it blocks. */
  noteOrphan(copy: Copy): void {
    if (!copy.placed) return
    this.#stopListening(copy)
    this.orphans ??= new Orphans()
    this.orphans.add(copy)
  }

  /** True when a granted mode of another lock, converting ones included, is in the way. */
  isBlocked(copy: Copy, mode: LockMode, range: LockRange | undefined): boolean {
    const isWhole = copy.placed && copy.range === undefined
    return this.held.conflict(copy, mode, range, isWhole ? copy.granted : undefined)
  }

  /** A place for a lock that is queued now. */
  takePlace(place: 'head' | 'tail'): number {
    if (place === 'tail') {
      this.nextPlace += 1
      return this.nextPlace - 1
    }
    this.headPlace -= 1
    return this.headPlace + 1
  }

  nextSerial(): number {
    this.#versions.last += 1
    return this.#versions.last
  }

  #renew(copy: Copy): void {
    copy.version = this.nextSerial()
  }

  #queueOf(copy: Copy): Queue<Copy> {
    if (copy.queue !== 'granted') return this[copy.queue]
    return copy.range === undefined ? this.granted : this.parts
  }

  #looseOf({ queue }: Copy): IntervalTree<Copy> | undefined {
    if (queue === 'granted') return undefined
    this.loose ??= {}
    this.loose[queue] ??= new IntervalTree()
    return this.loose[queue]
  }

  #stopListening(copy: Copy): void {
    if (copy.granted !== undefined) this.listeners?.delete(copy, copy.granted, copy.range)
  }
}

function isParticular({ range, wanted, owner }: Copy): boolean {
  return range !== undefined || wanted?.range !== undefined || owner !== undefined
}

/** NL is in nobody's way. */
function isListening({ queue, granted, traits, ghost }: Copy): boolean {
  return queue === 'granted' && granted !== 'NL' && has(traits, flag.notify) && !ghost
}

/** What some lock wants, or wanted. */
export interface Want {
  readonly copy: Copy
  readonly mode: LockMode
  readonly range: LockRange | undefined
}
