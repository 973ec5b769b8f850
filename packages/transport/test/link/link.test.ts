import { createRandom } from '@holdfast/primitives'
import { createLink, type LinkSegment } from '@holdfast/transport/link'
import { describe, expect, it } from 'vitest'
import { consumeSome, createPair, type Faults } from './lossy-path.ts'

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Random traffic in both directions over a path drawn from the seed; returns what both sides got. */
function exchange(seed: number, total: number): { atA: unknown[]; atB: unknown[]; rounds: number } {
  const random = createRandom(seed)
  const faults: Faults = {
    loss: random.below(60),
    repeat: random.below(50),
    split: random.below(100),
    delayMsMax: random.below(400),
  }
  const windowMax = 1 + random.below(40)
  const pair = createPair(random, faults, { windowMax, outboxMax: total })
  const atA: unknown[] = []
  const atB: unknown[] = []
  let pushedA = 0
  let pushedB = 0
  let rounds = 0
  let heldMax = 0
  while (atA.length < total || atB.length < total) {
    for (let n = random.below(20); n > 0 && pushedA < total; n -= 1) pair.a.push(1, ++pushedA)
    for (let n = random.below(20); n > 0 && pushedB < total; n -= 1) pair.b.push(1, ++pushedB)
    if (random.chance(1, 20)) pair.a.reconnected()
    pair.step()
    heldMax = Math.max(heldMax, pair.a.held, pair.b.held)
    atA.push(...consumeSome(pair.a, random.below(30)))
    atB.push(...consumeSome(pair.b, random.below(30)))
    rounds += 1
    if (rounds > 200_000) break
  }
  pair.heal()
  // The last acknowledgements find their way.
  for (let n = 0; n < 1_000 && pair.a.pending + pair.b.pending > 0; n += 1) pair.step()
  expect(heldMax).toBeLessThanOrEqual(windowMax)
  expect(pair.a.held + pair.b.held).toBe(0)
  expect(pair.a.pending + pair.b.pending).toBe(0)
  expect(pair.a.ignored + pair.b.ignored).toBe(0)
  return { atA, atB, rounds }
}

describe('a link', () => {
  it('delivers everything in order and exactly once, whatever the path does', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const { atA, atB } = exchange(seed, 200)
      expect(atA, `seed ${seed}`).toEqual(numbers(1, 200))
      expect(atB, `seed ${seed}`).toEqual(numbers(1, 200))
    }
  })

  it('does the same twice for the same seed', () => {
    expect(exchange(7, 100).rounds).toBe(exchange(7, 100).rounds)
  })

  it('sends a burst in one segment and nothing more until time passes', () => {
    const link = createLink()
    for (const n of numbers(1, 5)) link.push(3, n)
    expect(link.flush(0)).toEqual({
      ack: 0,
      first: 1,
      messages: numbers(1, 5).map((message) => ({ epoch: 3, message })),
    })
    expect(link.flush(0)).toBeUndefined()
    expect(link.flush(199)).toBeUndefined()
  })

  it('repeats after 200 ms of silence, and doubles the pause up to 1,600 ms', () => {
    const link = createLink()
    link.push(1, 'x')
    link.flush(0)
    const repeats: number[] = []
    for (let n = 0; n < 6; n += 1) {
      const at = link.deadline() as number
      repeats.push(at)
      expect(link.flush(at)?.messages.length).toBe(1)
    }
    expect(repeats).toEqual([200, 600, 1_400, 3_000, 4_600, 6_200])
  })

  it('repeats at once on a fresh connection, with the short pause again', () => {
    const link = createLink()
    link.push(1, 'x')
    link.flush(0)
    link.flush(200)
    link.reconnected()
    expect(link.flush(210)).toEqual({ ack: 0, first: 1, messages: [{ epoch: 1, message: 'x' }] })
    expect(link.deadline()).toBe(410)
  })

  it('keeps no more than the window on the way', () => {
    const link = createLink({ windowMax: 4 })
    for (const n of numbers(1, 10)) link.push(1, n)
    expect(link.flush(0)?.messages.length).toBe(4)
    link.receive({ ack: 3, first: 1, messages: [] }, 1)
    const next = link.flush(1)
    expect(next?.first).toBe(5)
    expect(next?.messages.length).toBe(3)
  })

  it('keeps no more than the window of what came too early', () => {
    const link = createLink({ windowMax: 4 })
    const far = numbers(2, 50).map((message) => ({ epoch: 1, message }))
    link.receive({ ack: 0, first: 2, messages: far }, 0)
    link.receive({ ack: 0, first: 1, messages: [{ epoch: 1, message: 1 }] }, 0)
    expect(consumeSome(link, 100)).toEqual([1, 2, 3, 4])
  })

  it('acknowledges what was consumed, not what has arrived', () => {
    const link = createLink()
    const messages = numbers(1, 3).map((message) => ({ epoch: 1, message }))
    link.receive({ ack: 0, first: 1, messages }, 0)
    expect(link.deadline()).toBeUndefined()
    link.consume()
    expect(link.deadline()).toBe(20)
    expect(link.flush(20)).toEqual({ ack: 1, first: 1, messages: [] })
    expect(link.deadline()).toBeUndefined()
  })

  it('acknowledges again when a repeat shows that the acknowledgement was lost', () => {
    const link = createLink()
    const segment: LinkSegment = { ack: 0, first: 1, messages: [{ epoch: 1, message: 'x' }] }
    link.receive(segment, 0)
    link.consume()
    link.flush(20)
    link.receive(segment, 200)
    expect(link.flush(link.deadline() as number)).toEqual({ ack: 1, first: 1, messages: [] })
    expect(link.peek()).toBeUndefined()
  })

  it('lets an acknowledgement travel with a message', () => {
    const link = createLink()
    link.receive({ ack: 0, first: 1, messages: [{ epoch: 1, message: 'x' }] }, 0)
    link.consume()
    link.push(1, 'reply')
    expect(link.flush(1)).toEqual({ ack: 1, first: 1, messages: [{ epoch: 1, message: 'reply' }] })
    expect(link.flush(20)).toBeUndefined()
  })

  it('acknowledges at once when half of the window is consumed', () => {
    const link = createLink({ windowMax: 8 })
    const messages = numbers(1, 4).map((message) => ({ epoch: 1, message }))
    link.receive({ ack: 0, first: 1, messages }, 100)
    consumeSome(link, 4)
    expect(link.deadline()).toBe(100)
  })

  it('is broken for good when the outbox overflows', () => {
    const link = createLink({ windowMax: 2, outboxMax: 2 })
    expect([link.push(1, 1), link.push(1, 2), link.push(1, 3)]).toEqual([true, true, false])
    link.flush(0)
    link.receive({ ack: 2, first: 1, messages: [] }, 1)
    expect(link.push(1, 4)).toBe(false)
    expect(link.broken).toBe(true)
  })

  it('ignores and counts segments that no honest peer sends', () => {
    const link = createLink()
    link.push(1, 'x')
    link.flush(0)
    const good = { epoch: 1, message: 'y' }
    const hostile: unknown[] = [
      undefined,
      null,
      7,
      [],
      {},
      { ack: 2, first: 1, messages: [good] },
      { ack: -1, first: 1, messages: [good] },
      { ack: 0.5, first: 1, messages: [good] },
      { ack: Number.NaN, first: 1, messages: [good] },
      { ack: 0, first: 0, messages: [good] },
      { ack: 0, first: Number.MAX_SAFE_INTEGER, messages: [good] },
      { ack: 0, first: 1, messages: 'text' },
      { ack: 0, first: 1, messages: [good, null] },
      { ack: 0, first: 1, messages: [good, { epoch: -1, message: 'z' }] },
    ]
    for (const segment of hostile) link.receive(segment as LinkSegment, 1)
    expect(link.ignored).toBe(hostile.length)
    expect(link.peek()).toBeUndefined()
    expect(link.pending).toBe(1)
    link.consume()
    expect(link.flush(2)).toBeUndefined()
  })

  it('stays fast and small for a long run through a small window', () => {
    const random = createRandom(5)
    const path: Faults = { loss: 0, repeat: 0, split: 0, delayMsMax: 0 }
    const pair = createPair(random, path, { windowMax: 64, outboxMax: 64 })
    let got = 0
    for (let n = 1; n <= 50_000; n += 1) {
      expect(pair.a.push(1, n)).toBe(true)
      pair.step()
      for (const message of consumeSome(pair.b, 10)) {
        got += 1
        if (message !== got) expect(message).toBe(got)
      }
    }
    expect(got).toBe(50_000)
  })
})
