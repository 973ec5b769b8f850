/**
 * A session's calls and events as frames, for both ends of a channel.
 *
 * A frame is `{ n, items, more? }`: `n` is the number of its first item, counted from 1 in each
 * direction. A frame out of turn means that the channel lost or reordered something; the session
 * then ends, rather than going on with a hole in it. `more` marks a piece of a long event.
 */
import type { LockReport, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { type Check, isListOf, isOptional, isRecordOf, isUint } from '@holdfast/primitives'
import { type Codec, createCodec } from '@holdfast/transport'
import { isSessionCall } from './check-call.ts'
import { isSessionEvent } from './check-event.ts'
import { Joiner, piecesOf } from './pieces.ts'

/** Calls or events in one frame. */
const BATCH_MAX = 64
/** Characters of a reason; what is longer is cut. */
const REASON_MAX = 2_048
/** Locks that are named in the way of one lock, or behind it; those after them are left out. */
const BLOCKERS_MAX = 128

export interface WireWriter<Item> {
  /** The frames that carry the items, in order. */
  encode(items: readonly Item[]): readonly Uint8Array[]
}

export type Read<Item> =
  | { readonly ok: true; readonly items: readonly Item[] }
  | { readonly ok: false; readonly reason: string }

export interface WireReader<Item> {
  /** Total: takes any bytes. After a fault the channel is to be closed. */
  decode(frame: Uint8Array): Read<Item>
}

export interface WireOptions {
  /** The channel's limit, bytes. */
  readonly frameBytesMax: number
}

export function createCallWriter(options: WireOptions): WireWriter<SessionCall> {
  const writer = createWriter<SessionCall>(options)
  return {
    encode(calls) {
      for (const call of calls) writer.add(call)
      return writer.take()
    },
  }
}

export function createCallReader(options: WireOptions): WireReader<SessionCall> {
  const reader = createReader<SessionCall>(options, isSessionCall)
  return {
    decode(bytes) {
      const read = reader.decode(bytes)
      return read.ok && read.more ? { ok: false, reason: 'bad frame: a call in pieces' } : read
    },
  }
}

export function createEventWriter(options: WireOptions): WireWriter<SessionEvent> {
  const writer = createWriter<SessionEvent>(options)
  return {
    encode(events) {
      for (const event of events) {
        const pieces = piecesOf(bounded(event), (piece) => writer.fits(piece))
        for (const piece of pieces.slice(0, -1)) writer.addPiece(piece)
        writer.add(pieces.at(-1) ?? event)
      }
      return writer.take()
    },
  }
}

export function createEventReader(options: WireOptions): WireReader<SessionEvent> {
  const reader = createReader<SessionEvent>(options, isSessionEvent)
  const joiner = new Joiner()
  return {
    decode(bytes) {
      const read = reader.decode(bytes)
      if (!read.ok) return read
      const [first, ...rest] = read.items
      if (read.more) {
        const isPiece = first !== undefined && rest.length === 0 && joiner.add(first)
        return isPiece ? NOTHING : { ok: false, reason: 'bad frame: a piece of no event' }
      }
      if (first === undefined) return NOTHING
      const whole = joiner.end(first)
      if (whole === undefined) return { ok: false, reason: 'bad frame: a piece is missing' }
      return { ok: true, items: [whole, ...rest] }
    },
  }
}

const NOTHING = { ok: true, items: [] } as const

interface Frame<Item> {
  readonly n: number
  readonly items: readonly Item[]
  readonly more?: true
}

function createSessionCodec({ frameBytesMax }: WireOptions): Codec {
  // A reason may quote names, in characters of up to three bytes.
  return createCodec({ limits: { frameBytesMax, stringBytesMax: 3 * REASON_MAX } })
}

/** What is only told to people has no limit where it is made, so it gets one here. */
function bounded(event: SessionEvent): SessionEvent {
  if (event.kind === 'report' && event.locks !== undefined) {
    return { ...event, locks: event.locks.map(withFewBlockers) }
  }
  if ('reason' in event && event.reason !== undefined && event.reason.length > REASON_MAX) {
    // Half a character cannot be sent.
    return { ...event, reason: event.reason.slice(0, REASON_MAX).toWellFormed() } as SessionEvent
  }
  return event
}

function withFewBlockers(lock: LockReport): LockReport {
  const { blockedBy, blocks } = lock
  if (blockedBy === undefined && blocks === undefined) return lock
  return {
    ...lock,
    ...(blockedBy === undefined ? {} : { blockedBy: blockedBy.slice(0, BLOCKERS_MAX) }),
    ...(blocks === undefined ? {} : { blocks: blocks.slice(0, BLOCKERS_MAX) }),
  }
}

interface FrameWriter<Item> {
  fits(item: Item): boolean
  /** A whole item, or the last piece of one. */
  add(item: Item): void
  /** A piece that is not the last: a frame of its own. */
  addPiece(piece: Item): void
  take(): readonly Uint8Array[]
}

function createWriter<Item>(options: WireOptions): FrameWriter<Item> {
  const codec = createSessionCodec(options)
  let sent = 0
  let frames: Uint8Array[] = []
  let batch: Item[] = []

  const frame = (items: readonly Item[], more: boolean): Uint8Array => {
    const value: Frame<Item> = { n: sent + 1, items, ...(more ? { more: true } : {}) }
    return codec.encode(value)
  }
  const pack = (items: readonly Item[]): void => {
    const bytes = frame(items, false)
    if (bytes.length <= options.frameBytesMax || items.length === 1) {
      sent += items.length
      frames.push(bytes)
      return
    }
    const half = Math.ceil(items.length / 2)
    pack(items.slice(0, half))
    pack(items.slice(half))
  }
  const flush = (): void => {
    if (batch.length > 0) pack(batch)
    batch = []
  }

  return {
    fits: (item) => frame([item], true).length <= options.frameBytesMax,
    add(item) {
      batch.push(item)
      if (batch.length >= BATCH_MAX) flush()
    },
    addPiece(piece) {
      flush()
      frames.push(frame([piece], true))
      sent += 1
    },
    take() {
      flush()
      const taken = frames
      frames = []
      return taken
    },
  }
}

type ReadFrame<Item> =
  | { readonly ok: true; readonly items: readonly Item[]; readonly more: boolean }
  | { readonly ok: false; readonly reason: string }

function createReader<Item>(
  options: WireOptions,
  isItem: Check,
): { decode(bytes: Uint8Array): ReadFrame<Item> } {
  const codec = createSessionCodec(options)
  const isFrame = isRecordOf({
    n: isUint(),
    items: isListOf(isItem, BATCH_MAX),
    more: isOptional((value) => value === true),
  })
  let received = 0
  return {
    decode(bytes) {
      const decoded = codec.decode(bytes)
      if (!decoded.ok) return { ok: false, reason: `bad frame: ${decoded.reason}` }
      if (!isFrame(decoded.value)) return { ok: false, reason: 'bad frame: not a session message' }
      const { n, items, more } = decoded.value as Frame<Item>
      if (n !== received + 1) {
        return { ok: false, reason: `frame ${n} came where ${received + 1} was due` }
      }
      received += items.length
      return { ok: true, items, more: more === true }
    },
  }
}
