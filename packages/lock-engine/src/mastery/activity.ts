/**
 * Which trees of this node should rather be mastered by somebody else.
 *
 * Operations are counted by tree and node: at the end of each period of 8 s a count is 7/8 of what it
 * was before plus what came in the period, so n operations in every period make it 8 n. Then a tree
 * moves to the busiest other node, by count times weight, when one of these holds:
 *
 *   sole      that node has all the locks of the tree, and its count is above twice this node's + 16
 *   busier    its count is above 1.13 times this node's, times (weight of this / weight of that), + 80
 *   weight    this node has weight 0, and that node has not
 *
 * So a node of twice the weight needs little more than half the activity. The constants added keep
 * chance from moving anything: of two nodes that use a tree alike, however much or little, one would
 * have to be ahead by six standard deviations.
 *
 * Counting costs O(1) and allocates nothing once a node is known to use a tree. A tree that only this
 * node uses has no record at all; one that nobody uses any more loses it.
 */
import type { Instant, NodeId } from '@holdfast/primitives'
import type { ResourceKey } from '../resource-key.ts'
import { candidatesOf } from '../takeover.ts'
import type { EngineView } from '../view.ts'
import { type Move, moveIn, noteOf } from './move.ts'
import { defaultTuning, type MasteryTuning } from './tuning.ts'

/** Who has an interest in a tree that is mastered here. */
export interface Interest {
  /** Locks on all resources of the tree. */
  readonly locks: number
  /** The node that has them all; absent when there is none, or more than one. */
  readonly soleHolder: NodeId | undefined
}

/** Nothing for a tree that is not mastered here any more, or not open yet. */
type InterestIn = (root: ResourceKey, locksMax: number) => Interest | undefined

const decay = 7 / 8
/** Below this a count is none. */
const countMin = 0.5
/** Periods without use after which a tree is forgotten: 1 % of what was counted would be left. */
const unusedPeriodsMax = 32
const soleMargin = 2
const soleLead = 16
const busierMargin = 1.13
const busierLead = 80

/** A count in an object of its own, so that raising it allocates nothing. */
interface Use {
  readonly node: NodeId
  count: number
}

interface Tree {
  readonly key: ResourceKey
  readonly uses: Map<NodeId, Use>
  /** The period in which counting began. */
  readonly since: number
  /** The last period in which it was used. */
  period: number
  /** The last period in which another node used it. */
  touched: number
}

export class Activity {
  readonly #tuning: MasteryTuning
  /** Trees that other nodes use; the longest unused come first. */
  readonly #trees = new Map<ResourceKey, Tree>()
  /** Trees that other nodes used in this period. */
  readonly #touched: Tree[] = []
  /** Until when trees are left alone; the earliest come first. */
  readonly #rests = new Map<ResourceKey, Instant>()
  #weights: ReadonlyMap<NodeId, number> = new Map()
  #self: NodeId = 0
  #isLeaving = false
  #period = 1
  #periodEnds: Instant | undefined
  #hasProposed = false

  constructor(tuning: Partial<MasteryTuning> = {}) {
    this.#tuning = { ...defaultTuning, ...tuning }
  }

  /** Takes down who may master, and what the view moves from here and to here. */
  install(view: EngineView, now: Instant): void {
    const { self, members, notes } = view
    this.#self = self
    this.#weights = new Map(candidatesOf(view).map(({ id, weight }) => [id, weight]))
    this.#isLeaving = members.some(({ id, eligible }) => id === self && !eligible)
    this.#endRests(now)
    for (const move of notes.map(moveIn)) {
      if (move === undefined) continue
      this.#trees.delete(move.key)
      this.#rests.delete(move.key)
      this.#rests.set(move.key, now + this.#tuning.restMs)
    }
  }

  /** A node did something with a tree that is mastered here. */
  count(root: ResourceKey, node: NodeId, now: Instant): void {
    const known = this.#trees.get(root)
    if (known === undefined && node === this.#self) return
    const tree = known ?? this.#begin(root, now)
    if (tree.period !== this.#period) this.#bringUpToDate(tree)
    const use = tree.uses.get(node)
    if (use === undefined) tree.uses.set(node, { node, count: 1 })
    else use.count += 1
    if (node === this.#self || tree.touched === this.#period) return
    tree.touched = this.#period
    this.#touched.push(tree)
  }

  #begin(key: ResourceKey, now: Instant): Tree {
    const period = this.#period
    const tree: Tree = { key, uses: new Map(), since: period, period, touched: 0 }
    this.#trees.set(key, tree)
    this.#periodEnds ??= now + this.#tuning.periodMs
    return tree
  }

  #bringUpToDate(tree: Tree): void {
    // Of its first period only a part was seen, and of this node's operations perhaps none.
    let factor = tree.period === tree.since ? 0 : 1
    for (let period = tree.period; period < this.#period; period += 1) factor *= decay
    for (const use of tree.uses.values()) {
      use.count *= factor
      if (use.count < countMin) tree.uses.delete(use.node)
    }
    tree.period = this.#period
    this.#trees.delete(tree.key)
    this.#trees.set(tree.key, tree)
  }

  /** When `propose` has something to do; never while no other node uses what this one masters. */
  deadline(): Instant | undefined {
    return this.#periodEnds
  }

  /**
   * The notes to propose instead of those that were proposed before, which may be in no view yet;
   * nothing while there is nothing to change about that.
   */
  notes(now: Instant, interest: InterestIn): readonly string[] | undefined {
    if (this.#periodEnds === undefined || now < this.#periodEnds) return undefined
    const moves = this.propose(now, interest)
    if (moves.length === 0 && !this.#hasProposed) return undefined
    this.#hasProposed = moves.length > 0
    return moves.map(noteOf)
  }

  /** At the end of a period: the trees that should move, at most so many as may. */
  propose(now: Instant, interest: InterestIn): readonly Move[] {
    if (this.#periodEnds === undefined || now < this.#periodEnds) return []
    this.#endRests(now)
    const moves = this.#isLeaving ? [] : this.#moves(interest)
    const { periodMs } = this.#tuning
    this.#period += 1 + Math.floor((now - this.#periodEnds) / periodMs)
    this.#touched.length = 0
    this.#forgetUnused()
    this.#periodEnds = this.#trees.size === 0 ? undefined : now + periodMs
    return moves
  }

  #moves(interest: InterestIn): readonly Move[] {
    const moves: Move[] = []
    for (const tree of this.#touched) {
      if (moves.length >= this.#tuning.movesMax) break
      const to = this.#isRipe(tree) ? this.#goal(tree, interest) : undefined
      if (to !== undefined) moves.push({ key: tree.key, from: this.#self, to })
    }
    return moves
  }

  #isRipe(tree: Tree): boolean {
    const isCounted = this.#trees.get(tree.key) === tree && tree.since < this.#period
    return isCounted && !this.#rests.has(tree.key)
  }

  #goal(tree: Tree, interest: InterestIn): NodeId | undefined {
    const busiest = this.#busiestOther(tree)
    if (busiest === undefined) return undefined
    const { node, count } = busiest
    const own = tree.uses.get(this.#self)?.count ?? 0
    const ownWeight = this.#weights.get(this.#self) ?? 0
    const share = ownWeight / (this.#weights.get(node) ?? 1)
    const isBusier = ownWeight === 0 || count > busierMargin * own * share + busierLead
    const maySuffice = count > soleMargin * own + soleLead
    if (!isBusier && !maySuffice) return undefined
    const { locksMax } = this.#tuning
    const found = interest(tree.key, locksMax)
    if (found === undefined || found.locks > locksMax) return undefined
    return isBusier || found.soleHolder === node ? node : undefined
  }

  #busiestOther(tree: Tree): Use | undefined {
    let busiest: Use | undefined
    let most = 0
    for (const use of tree.uses.values()) {
      const weight = use.node === this.#self ? 0 : (this.#weights.get(use.node) ?? 0)
      if (use.count * weight <= most) continue
      busiest = use
      most = use.count * weight
    }
    return busiest
  }

  #endRests(now: Instant): void {
    for (const [key, until] of this.#rests) {
      if (until > now) return
      this.#rests.delete(key)
    }
  }

  #forgetUnused(): void {
    for (const tree of this.#trees.values()) {
      if (this.#period - tree.period <= unusedPeriodsMax) return
      this.#trees.delete(tree.key)
    }
  }
}
