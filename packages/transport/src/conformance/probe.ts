import type { Channel, SendResult } from '../transport.ts'

/** No test waits longer for one event; the tests know no other time. */
const WAIT_MS = 5_000

/** Between two repeats of a frame on a path that may lose it. */
const REPEAT_MS = 20

/** Watches one end of a channel. */
export interface Probe {
  readonly channel: Channel
  readonly frames: readonly Uint8Array[]
  readonly drains: number
  readonly closes: readonly string[]
  /** True when an event came although the channel was inside a call of `send` or `close`. */
  readonly wasReentered: boolean
  send(frame: Uint8Array): SendResult
  close(): void
  /** Resolves when the condition holds; looks again at each event. */
  until(what: string, condition: () => boolean): Promise<void>
}

/** Starts to receive, and notes everything. */
export function probe(channel: Channel): Probe {
  const frames: Uint8Array[] = []
  const closes: string[] = []
  const watchers = new Set<() => void>()
  let drains = 0
  let inside = false
  let wasReentered = false

  const note = (): void => {
    wasReentered ||= inside
    for (const watcher of watchers) watcher()
  }
  channel.receive({
    onFrame(frame) {
      frames.push(frame)
      note()
    },
    onDrain() {
      drains += 1
      note()
    },
    onClose(reason) {
      closes.push(reason)
      note()
    },
  })
  const within = <Result>(call: () => Result): Result => {
    inside = true
    const result = call()
    inside = false
    return result
  }

  return {
    channel,
    frames,
    closes,
    get drains(): number {
      return drains
    },
    get wasReentered(): boolean {
      return wasReentered
    },
    send: (frame) => within(() => channel.send(frame)),
    close: () => within(() => channel.close()),
    until(what, condition) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const watcher = (): void => {
        if (condition()) resolve()
      }
      watchers.add(watcher)
      watcher()
      return bounded(what, promise).finally(() => watchers.delete(watcher))
    },
  }
}

/** The promise, or a failure that says what was waited for. */
export async function bounded<Value>(what: string, promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`waited ${WAIT_MS} ms for ${what}`)), WAIT_MS)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Sends a frame until the other end has an equal one: once, on a path that loses nothing. */
export async function deliver(
  from: Probe,
  to: Probe,
  frame: Uint8Array,
  reliable: boolean,
): Promise<void> {
  const arrived = (): boolean => to.frames.some((other) => isSame(other, frame))
  from.send(frame)
  const repeating = reliable ? undefined : setInterval(() => from.send(frame), REPEAT_MS)
  try {
    await to.until(`a frame of ${frame.length} bytes`, arrived)
  } finally {
    clearInterval(repeating)
  }
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}

/** A frame whose content tells its number and its place, so that a changed or cut one is seen. */
export function testFrame(number: number, length: number): Uint8Array {
  const frame = new Uint8Array(length)
  for (let at = 0; at < length; at += 1) frame[at] = (number * 31 + at * 7 + (at >> 8)) & 0xff
  const view = new DataView(frame.buffer)
  if (length >= 4) view.setUint32(0, number)
  return frame
}

export function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(0)
}
