import { invariant } from '@holdfast/primitives'
import type { LockRange } from '../messages.ts'
import { endOf, startOf } from './range.ts'

class Node<Item> {
  readonly start: bigint
  readonly end: bigint
  readonly item: Item
  /** Items of one party count as one for `someOther`. */
  readonly party: unknown
  /** Rises with every item that was added: the order of equal starts. */
  readonly added: number
  left: Node<Item> | undefined
  right: Node<Item> | undefined
  height = 1
  /** The node with the furthest end in the tree below this one, itself included. */
  furthest: Node<Item> = this
  /** The same among those of other parties than that one's. */
  furthestOther: Node<Item> | undefined

  constructor(range: LockRange | undefined, item: Item, party: unknown, added: number) {
    this.start = startOf(range)
    this.end = endOf(range)
    this.item = item
    this.party = party
    this.added = added
  }
}

/**
 * Finds the items whose ranges overlap a range. An item is in it at most once; ranges may be equal.
 *
 * An AVL tree by start, each node knowing how far its subtree reaches. Adding and removing cost
 * O(log n), finding the first overlap O(log n), and each further one at most as much again.
 */
export class IntervalTree<Item> {
  readonly #nodes = new Map<Item, Node<Item>>()
  #root: Node<Item> | undefined
  #added = 0

  get size(): number {
    return this.#nodes.size
  }

  /** Nodes on the longest way down: at most 1.45 times the logarithm of `size`. */
  get depth(): number {
    return heightOf(this.#root)
  }

  /** An item that is in it already is an error of the caller. */
  add(range: LockRange | undefined, item: Item, party: unknown = item): void {
    invariant(!this.#nodes.has(item), 'an item is in an interval tree once')
    this.#added += 1
    const node = new Node(range, item, party, this.#added)
    this.#nodes.set(item, node)
    this.#root = withNode(this.#root, node)
  }

  /** False, and nothing happens, when the item is not in it with exactly this range. */
  remove(range: LockRange | undefined, item: Item): boolean {
    const node = this.#nodes.get(item)
    if (node?.start !== startOf(range) || node.end !== endOf(range)) return false
    this.#nodes.delete(item)
    this.#root = withoutNode(this.#root, node)
    return true
  }

  /**
   * True as soon as `test` is true for an item that overlaps `range`. They come by rising start,
   * equal starts as they were added. The tree must not change meanwhile.
   */
  some(range: LockRange | undefined, test: (item: Item) => boolean): boolean {
    return someBelow(this.#root, startOf(range), endOf(range), test)
  }

  /** True when an item of another party overlaps `range`: O(log n), however many of that party do. */
  someOther(range: LockRange | undefined, party: unknown): boolean {
    return someOther(this.#root, startOf(range), endOf(range), party)
  }

  /** All that overlap, in the order of `some`; the tree may change while they are gone through. */
  overlapping(range: LockRange | undefined): readonly Item[] {
    const found: Item[] = []
    this.some(range, (item) => {
      found.push(item)
      return false
    })
    return found
  }
}

function someBelow<Item>(
  node: Node<Item> | undefined,
  start: bigint,
  end: bigint,
  test: (item: Item) => boolean,
): boolean {
  if (node === undefined || node.furthest.end < start) return false
  if (someBelow(node.left, start, end, test)) return true
  if (node.start > end) return false
  if (node.end >= start && test(node.item)) return true
  return someBelow(node.right, start, end, test)
}

/** On the way down there is never more than one side to look at: what is on the left starts early enough. */
function someOther<Item>(
  root: Node<Item> | undefined,
  start: bigint,
  end: bigint,
  party: unknown,
): boolean {
  let node = root
  while (node !== undefined && reaches(node, start, party)) {
    if (node.start > end) node = node.left
    else if (node.party !== party && node.end >= start) return true
    else if (node.left !== undefined && reaches(node.left, start, party)) return true
    else node = node.right
  }
  return false
}

/** True when one of another party ends at `start` or behind it. */
function reaches<Item>(
  { furthest, furthestOther }: Node<Item>,
  start: bigint,
  party: unknown,
): boolean {
  const other = furthest.party === party ? furthestOther : furthest
  return other !== undefined && other.end >= start
}

function withNode<Item>(root: Node<Item> | undefined, node: Node<Item>): Node<Item> {
  if (root === undefined) return node
  if (node.start < root.start) root.left = withNode(root.left, node)
  else root.right = withNode(root.right, node)
  return balanced(root)
}

function withoutNode<Item>(root: Node<Item> | undefined, node: Node<Item>): Node<Item> | undefined {
  if (root === undefined) return undefined
  if (root === node) return joined(root.left, root.right)
  if (isBefore(node, root)) root.left = withoutNode(root.left, node)
  else root.right = withoutNode(root.right, node)
  return balanced(root)
}

function isBefore<Item>(a: Node<Item>, b: Node<Item>): boolean {
  return a.start < b.start || (a.start === b.start && a.added < b.added)
}

/** One tree of two neighbours that came from under one node. */
function joined<Item>(
  left: Node<Item> | undefined,
  right: Node<Item> | undefined,
): Node<Item> | undefined {
  if (right === undefined) return left
  let first = right
  while (first.left !== undefined) first = first.left
  first.right = withoutFirst(right)
  first.left = left
  return balanced(first)
}

function withoutFirst<Item>(root: Node<Item>): Node<Item> | undefined {
  if (root.left === undefined) return root.right
  root.left = withoutFirst(root.left)
  return balanced(root)
}

/** The root of the tree after one of its sides grew or shrank by at most one level. */
function balanced<Item>(root: Node<Item>): Node<Item> {
  const { left, right } = root
  if (left !== undefined && left.height > heightOf(right) + 1) {
    const low = left.right
    if (low === undefined || low.height <= heightOf(left.left)) return turnedRight(root, left)
    return turnedRight(root, turnedLeft(left, low))
  }
  if (right !== undefined && right.height > heightOf(left) + 1) {
    const low = right.left
    if (low === undefined || low.height <= heightOf(right.right)) return turnedLeft(root, right)
    return turnedLeft(root, turnedRight(right, low))
  }
  summarize(root)
  return root
}

/** `top`, from the left of `root`, with `root` on its right. */
function turnedRight<Item>(root: Node<Item>, top: Node<Item>): Node<Item> {
  root.left = top.right
  top.right = root
  summarize(root)
  summarize(top)
  return top
}

/** `top`, from the right of `root`, with `root` on its left. */
function turnedLeft<Item>(root: Node<Item>, top: Node<Item>): Node<Item> {
  root.right = top.left
  top.left = root
  summarize(root)
  summarize(top)
  return top
}

function summarize<Item>(node: Node<Item>): void {
  const { left, right } = node
  node.height = Math.max(heightOf(left), heightOf(right)) + 1
  node.furthest = node
  node.furthestOther = undefined
  for (const side of [left, right]) {
    if (side === undefined) continue
    reachTo(node, side.furthest)
    if (side.furthestOther !== undefined) reachTo(node, side.furthestOther)
  }
}

function reachTo<Item>(node: Node<Item>, candidate: Node<Item>): void {
  const { furthest, furthestOther } = node
  if (candidate.end > furthest.end) {
    if (candidate.party !== furthest.party) node.furthestOther = furthest
    node.furthest = candidate
  } else if (candidate.party !== furthest.party) {
    const isFurther = furthestOther === undefined || candidate.end > furthestOther.end
    if (isFurther) node.furthestOther = candidate
  }
}

function heightOf<Item>(node: Node<Item> | undefined): number {
  return node === undefined ? 0 : node.height
}
