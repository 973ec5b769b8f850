export interface QueuedEvent {
  readonly at: number
  readonly order: number
  readonly action: () => void
}

/** A binary heap by time, then by order of arrival. */
export interface EventQueue {
  add(at: number, action: () => void): void
  take(): QueuedEvent | undefined
  nextAt(): number | undefined
}

export function createEventQueue(): EventQueue {
  const heap: QueuedEvent[] = []
  let order = 0
  const isBefore = (a: QueuedEvent, b: QueuedEvent): boolean =>
    a.at === b.at ? a.order < b.order : a.at < b.at
  const swap = (a: number, b: number): void => {
    const kept = heap[a] as QueuedEvent
    heap[a] = heap[b] as QueuedEvent
    heap[b] = kept
  }
  const sink = (): void => {
    let index = 0
    while (true) {
      const left = 2 * index + 1
      let least = index
      for (const child of [left, left + 1]) {
        if (
          child < heap.length &&
          isBefore(heap[child] as QueuedEvent, heap[least] as QueuedEvent)
        ) {
          least = child
        }
      }
      if (least === index) return
      swap(index, least)
      index = least
    }
  }
  return {
    add(at, action) {
      heap.push({ at, order, action })
      order += 1
      let index = heap.length - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        if (!isBefore(heap[index] as QueuedEvent, heap[parent] as QueuedEvent)) return
        swap(index, parent)
        index = parent
      }
    },
    take() {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) return undefined
      if (heap.length > 0) {
        heap[0] = last
        sink()
      }
      return first
    },
    nextAt: () => heap[0]?.at,
  }
}
