/** What has to go before a queued call can have the mode that it wants, and the other way round. */
import { flag, has } from '../flags.ts'
import { isInTheWay } from './grant-test.ts'
import type { Copy } from './resource.ts'

/** Those that hold what is in the way. */
export function holdersInTheWay(copy: Copy): ReadonlySet<Copy> {
  const { resource, wanted } = copy
  const found = new Set<Copy>()
  if (wanted === undefined) return found
  const visit = (holder: Copy): boolean => {
    if (isInTheWay(holder, copy)) found.add(holder)
    return false
  }
  for (const holder of resource.wholeHolders()) visit(holder)
  resource.held.somePart(wanted.mode, wanted.range, visit)
  return found
}

/** Calls that are queued before it, and that it waits for whatever they want. */
export function* queuedBefore(copy: Copy): Iterable<Copy> {
  const { resource, wanted, granted } = copy
  if (wanted === undefined || has(wanted.flags, flag.anyOrder)) return
  const isConversion = granted !== undefined
  for (const other of resource.converting) {
    if (isConversion && other === copy) return
    yield other
  }
  for (const other of resource.waiting) {
    if (other === copy) return
    yield other
  }
}

/**
 * Some of them: so many of the nearest, and as many from that place on, the nearest being at 0.
 * Conversions come next after the requests before a request.
 */
export function someQueuedBefore(copy: Copy, count: number, from: number): readonly Copy[] {
  const { resource, wanted, granted } = copy
  const found: Copy[] = []
  if (wanted === undefined || has(wanted.flags, flag.anyOrder)) return found
  let place = 0
  /** False when there are enough. */
  const look = (other: Copy): boolean => {
    if (place < count || place >= from) found.push(other)
    place += 1
    return place < from + count
  }
  for (let other = copy.before; other !== undefined; other = other.before) {
    if (!look(other)) return found
  }
  if (granted !== undefined) return found
  for (const other of resource.converting) if (!look(other)) break
  return found
}

/** Queued calls that it is in the way of, by what it holds or by coming before them. */
export function* callsHeldUpBy(copy: Copy): Iterable<Copy> {
  const { converting, waiting } = copy.resource
  let comesBefore = false
  for (const queue of [converting, waiting]) {
    for (const other of queue) {
      if (other === copy) comesBefore = true
      else if (isInTheWay(copy, other) || (comesBefore && keepsOrder(other))) yield other
    }
  }
}

function keepsOrder({ wanted }: Copy): boolean {
  return wanted !== undefined && !has(wanted.flags, flag.anyOrder)
}
