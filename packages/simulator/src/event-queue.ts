import type { Instant } from '@holdfast/primitives'

/** Something that will happen in virtual time. */
export interface ScheduledEvent {
  readonly at: Instant
  /** Breaks ties: what was scheduled first happens first. */
  readonly sequence: number
  readonly run: () => void
}

/** The events of a world, earliest first; equal times in the order they were scheduled. */
export interface EventQueue {
  push(at: Instant, run: () => void): void
  /** Takes out the earliest event if its time has come. */
  popUntil(until: Instant): ScheduledEvent | undefined
  readonly size: number
}

/** A binary heap keyed (time, sequence), so that one schedule has one order. */
export function createEventQueue(): EventQueue {
  const heap: ScheduledEvent[] = []
  let scheduled = 0

  const siftUp = (event: ScheduledEvent): void => {
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex] as ScheduledEvent
      if (isBefore(parent, event)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = event
  }

  const siftDown = (event: ScheduledEvent): void => {
    const length = heap.length
    let index = 0
    for (;;) {
      let childIndex = 2 * index + 1
      if (childIndex >= length) break
      const right = childIndex + 1
      if (right < length && isBefore(at(heap, right), at(heap, childIndex))) childIndex = right
      const child = at(heap, childIndex)
      if (isBefore(event, child)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = event
  }

  return {
    push(time, run) {
      scheduled += 1
      siftUp({ at: time, sequence: scheduled, run })
    },
    popUntil(until) {
      const first = heap[0]
      if (first === undefined || first.at > until) return undefined
      const last = heap.pop() as ScheduledEvent
      if (heap.length > 0) siftDown(last)
      return first
    },
    get size(): number {
      return heap.length
    },
  }
}

function at(heap: readonly ScheduledEvent[], index: number): ScheduledEvent {
  return heap[index] as ScheduledEvent
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}
