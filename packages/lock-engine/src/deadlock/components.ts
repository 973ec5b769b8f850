/** What is known of a node of the graph while it is looked at. */
interface Visit {
  readonly node: string
  readonly successors: Iterator<string>
  /** The lowest number of a node on the stack that can be reached from here. */
  low: number
}

/**
 * The sets of two or more nodes in which each can be reached from each (Tarjan 1972, with a stack of
 * its own instead of recursion: a chain of thousands of nodes must not end the program).
 */
export function stronglyConnected(
  nodes: Iterable<string>,
  successorsOf: (node: string) => Iterable<string>,
): readonly ReadonlySet<string>[] {
  const found: Set<string>[] = []
  const numbers = new Map<string, number>()
  /** Nodes whose component is not complete, in the order of their numbers. */
  const open: string[] = []
  const isOpen = new Set<string>()
  const path: Visit[] = []

  const enter = (node: string): void => {
    const low = numbers.size
    numbers.set(node, low)
    open.push(node)
    isOpen.add(node)
    path.push({ node, successors: successorsOf(node)[Symbol.iterator](), low })
  }
  const leave = (visit: Visit): void => {
    const before = path.at(-1)
    if (before !== undefined) before.low = Math.min(before.low, visit.low)
    if (visit.low !== numbers.get(visit.node)) return
    const component = new Set(open.splice(open.lastIndexOf(visit.node)))
    for (const node of component) isOpen.delete(node)
    if (component.size > 1) found.push(component)
  }
  const advance = (visit: Visit): void => {
    const next = visit.successors.next()
    if (next.done === true) {
      path.pop()
      leave(visit)
      return
    }
    const number = numbers.get(next.value)
    if (number === undefined) enter(next.value)
    else if (isOpen.has(next.value)) visit.low = Math.min(visit.low, number)
  }

  for (const node of nodes) {
    if (numbers.has(node)) continue
    enter(node)
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) advance(visit)
  }
  return found
}
