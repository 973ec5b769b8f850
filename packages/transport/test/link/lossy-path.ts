import type { Instant, Random } from '@holdfast/primitives'
import { createLink, type Link, type LinkLimits, type LinkSegment } from '@holdfast/transport/link'

/** How bad a path is: each a chance in a hundred. */
export interface Faults {
  readonly loss: number
  readonly repeat: number
  readonly split: number
  /** The longest delay of a segment, ms: delays are drawn anew for each, so segments overtake. */
  readonly delayMsMax: number
}

interface Flight {
  readonly at: Instant
  readonly to: Link
  readonly segment: LinkSegment
}

export interface Pair {
  readonly a: Link
  readonly b: Link
  readonly now: () => Instant
  /** Sends what is due, moves time to the next event and delivers. `false` when nothing is left to do. */
  step(): boolean
  heal(): void
}

/** Two links and a bad path between them, in virtual time. */
export function createPair(random: Random, faults: Faults, limits: Partial<LinkLimits> = {}): Pair {
  const a = createLink(limits)
  const b = createLink(limits)
  let flights: Flight[] = []
  let now: Instant = 0
  let path = faults

  const post = (to: Link, segment: LinkSegment): void => {
    if (random.chance(path.loss, 100)) return
    flights.push({ at: now + random.below(path.delayMsMax + 1), to, segment })
    if (random.chance(path.repeat, 100)) post(to, segment)
  }
  const flush = (from: Link, to: Link): void => {
    const segment = from.flush(now)
    if (segment === undefined) return
    const cut = random.below(segment.messages.length + 1)
    if (cut === 0 || !random.chance(path.split, 100)) {
      post(to, segment)
      return
    }
    post(to, { ...segment, messages: segment.messages.slice(0, cut) })
    post(to, { ...segment, first: segment.first + cut, messages: segment.messages.slice(cut) })
  }
  return {
    a,
    b,
    now: () => now,
    step() {
      flush(a, b)
      flush(b, a)
      const times = [...flights.map((flight) => flight.at), a.deadline(), b.deadline()]
      const next = Math.min(...times.filter((at) => at !== undefined))
      if (next === Number.POSITIVE_INFINITY) return false
      now = Math.max(now, next)
      const due = flights.filter((flight) => flight.at <= now)
      flights = flights.filter((flight) => flight.at > now)
      for (const flight of due) flight.to.receive(flight.segment, now)
      return true
    },
    heal() {
      path = { loss: 0, repeat: 0, split: 0, delayMsMax: 1 }
    },
  }
}

/** Takes out at most `count` messages. */
export function consumeSome(link: Link, count: number): unknown[] {
  const taken: unknown[] = []
  while (taken.length < count) {
    const item = link.peek()
    if (item === undefined) return taken
    taken.push(item.message)
    link.consume()
  }
  return taken
}
