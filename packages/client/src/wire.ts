/**
 * A session's calls and events as frames, for both ends of a channel.
 *
 * A frame is `{ n, items, more? }`: `n` is the number of its first item, counted from 1 in each
 * direction. A frame out of turn means that the channel lost or reordered something; the session
 * then ends, rather than going on with a hole in it. `more` marks a piece of a long report.
 */
import type { LockReport, SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import { type Check, isListOf, isOptional, isRecordOf, isUint } from '@holdfast/primitives'
import { type Codec, createCodec } from '@holdfast/transport'
import { isSessionCall } from './check-call.ts'
import { isSessionEvent } from './check-event.ts'

/** Calls or events in one frame. */
const BATCH_MAX = 64
/** Locks in one piece of a report. */
const REPORT_PIECE_MAX = 64
/** Locks in a whole report, all pieces together. */
const REPORT_MAX = 65_536

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
  return createWriter(options)
}

export function createCallReader(options: WireOptions): WireReader<SessionCall> {
  return createReader(options, isSessionCall)
}

export function createEventWriter(options: WireOptions): WireWriter<SessionEvent> {
  const writer = createWriter<SessionEvent>(options)
  return { encode: (events) => writer.encode(events) }
}

export function createEventReader(options: WireOptions): WireReader<SessionEvent> {
  return withWholeReports(createReader<SessionEvent>(options, isSessionEvent))
}

interface Frame<Item> {
  readonly n: number
  readonly items: readonly Item[]
  readonly more?: true
}

function createSessionCodec({ frameBytesMax }: WireOptions): Codec {
  // A reason may quote a name of 255 bytes, and addresses and node names stand beside it.
  return createCodec({ limits: { frameBytesMax, stringBytesMax: 2_048 } })
}

function createWriter<Item extends { readonly kind: string }>(
  options: WireOptions,
): WireWriter<Item> {
  const codec = createSessionCodec(options)
  let sent = 0

  const frame = (items: readonly Item[], more: boolean): Uint8Array => {
    const value: Frame<Item> = { n: sent + 1, items, ...(more ? { more: true } : {}) }
    return codec.encode(value)
  }
  const pack = (items: readonly Item[], frames: Uint8Array[]): void => {
    const bytes = frame(items, false)
    if (bytes.length <= options.frameBytesMax || items.length === 1) {
      sent += items.length
      frames.push(bytes)
      return
    }
    const half = Math.ceil(items.length / 2)
    pack(items.slice(0, half), frames)
    pack(items.slice(half), frames)
  }

  return {
    encode(items) {
      const frames: Uint8Array[] = []
      let batch: Item[] = []
      const flush = (): void => {
        if (batch.length > 0) pack(batch, frames)
        batch = []
      }
      for (const item of items) {
        const pieces = piecesOf(item)
        if (pieces.length > 1) {
          flush()
          for (const piece of pieces.slice(0, -1)) {
            frames.push(frame([piece], true))
            sent += 1
          }
        }
        batch.push(pieces.at(-1) ?? item)
        if (batch.length >= BATCH_MAX) flush()
      }
      flush()
      return frames
    },
  }
}

/** A report of many locks does not fit in a frame, so it travels in pieces. */
function piecesOf<Item extends { readonly kind: string }>(item: Item): readonly Item[] {
  if (item.kind !== 'report' || !('locks' in item)) return [item]
  const locks = item.locks as readonly LockReport[] | undefined
  if (locks === undefined || locks.length <= REPORT_PIECE_MAX) return [item]
  const pieces: Item[] = []
  for (let from = 0; from < locks.length; from += REPORT_PIECE_MAX) {
    pieces.push({ ...item, locks: locks.slice(from, from + REPORT_PIECE_MAX) })
  }
  return pieces
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

function withWholeReports(reader: {
  decode(bytes: Uint8Array): ReadFrame<SessionEvent>
}): WireReader<SessionEvent> {
  let locks: LockReport[] = []
  return {
    decode(bytes) {
      const read = reader.decode(bytes)
      if (!read.ok) return read
      const [first, ...rest] = read.items
      const isPiece = first?.kind === 'report' && first.locks !== undefined
      if (read.more) {
        if (!isPiece || rest.length > 0 || locks.length > REPORT_MAX) {
          return { ok: false, reason: 'bad frame: a piece of no report' }
        }
        locks.push(...(first.locks ?? []))
        return { ok: true, items: [] }
      }
      if (locks.length === 0 || !isPiece) return read
      const whole = { ...first, locks: [...locks, ...(first.locks ?? [])] }
      locks = []
      return { ok: true, items: [whole, ...rest] }
    },
  }
}
