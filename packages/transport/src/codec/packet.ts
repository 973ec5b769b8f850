import {
  type Check,
  type Incarnation,
  isIncarnation,
  isListOf,
  isOptional,
  isRecordOf,
  isUint,
} from '@holdfast/primitives'
import type { LinkSegment, Sequenced } from '../link/link.ts'
import { type Codec, createCodec, type Decoded } from './codec.ts'
import { type CodecLimits, codecLimits } from './limits.ts'

/** All that one node sends to another in one turn. */
export interface Packet {
  /** Messages that may be lost, repeated or reordered. */
  readonly datagrams: readonly unknown[]
  /** The start of the receiver that `link` is meant for; a later start must ignore that part. */
  readonly to?: Incarnation
  readonly link?: LinkSegment
}

export interface Frames {
  /** Each at most `frameBytesMax` long, to be sent in this order. */
  readonly frames: readonly Uint8Array[]
  /**
   * Messages that do not fit into a frame even alone. A datagram may be forgotten; a link that
   * holds such a message can never go on, so its owner must give it up.
   */
  readonly oversized: readonly unknown[]
}

export interface PacketCodec {
  encode(packet: Packet): Frames
  /** Total. Checks the shape of the packet, and each message by the given checks. */
  decode(frame: Uint8Array): Decoded<Packet>
}

/** Of one string, bytes: keys of deep names and the words of a long deadlock are longer than the default. */
const STRING_BYTES_MAX = 4_096

export interface PacketCodecOptions {
  readonly limits?: Partial<CodecLimits>
  /** What a datagram must look like. Default: anything. */
  readonly isDatagram?: Check
  /** What a link's message must look like. Default: anything. */
  readonly isMessage?: Check
}

/**
 * On the wire a packet is `[datagrams]` or `[datagrams, to, ack, first, epoch, message, epoch, message ...]`
 * with `null` for a `to` that is absent: without field names, and three levels flatter than the
 * value, so that messages have the depth. Without a link, `to` has no meaning and is left out.
 */
type Wire = readonly [datagrams: readonly unknown[], ...link: readonly unknown[]]

const LINK_AT = 1
const MESSAGES_AT = 4

const anything: Check = () => true

export function createPacketCodec(options: PacketCodecOptions = {}): PacketCodec {
  const limits = codecLimits({ stringBytesMax: STRING_BYTES_MAX, ...options.limits })
  const codec = createCodec({ limits })
  const messagesMax = Math.floor((limits.arrayMax - MESSAGES_AT) / 2)
  const isPacket = packetCheck(options, limits, messagesMax)

  return {
    encode(packet) {
      const result: { frames: Uint8Array[]; oversized: unknown[] } = { frames: [], oversized: [] }
      for (const piece of pieces(packet, limits.arrayMax, messagesMax)) {
        write(codec, piece, limits.frameBytesMax, result)
      }
      return result
    },
    decode(frame) {
      const decoded = codec.decode(frame)
      if (!decoded.ok) return decoded
      const packet = readWire(decoded.value)
      if (!isPacket(packet)) return { ok: false, reason: 'shape-refused' }
      return { ok: true, value: packet as Packet }
    },
  }
}

function packetCheck(options: PacketCodecOptions, limits: CodecLimits, messagesMax: number): Check {
  const isSequenced = isRecordOf({ epoch: isUint(), message: options.isMessage ?? anything })
  const isSegment = isRecordOf({
    ack: isUint(),
    first: isUint(Number.MAX_SAFE_INTEGER - limits.arrayMax),
    messages: isListOf(isSequenced, messagesMax),
  })
  return isRecordOf({
    datagrams: isListOf(options.isDatagram ?? anything, limits.arrayMax),
    to: isOptional(isIncarnation),
    link: isOptional(isSegment),
  })
}

/** Encodes one packet; halves what is too long, because a segment may be cut between two messages. */
function write(
  codec: Codec,
  packet: Packet,
  frameBytesMax: number,
  result: { frames: Uint8Array[]; oversized: unknown[] },
): void {
  const frame = codec.encode(toWire(packet))
  if (frame.length <= frameBytesMax) {
    result.frames.push(frame)
    return
  }
  const halves = halve(packet)
  if (halves === undefined) {
    result.oversized.push(packet.datagrams[0] ?? packet.link?.messages[0]?.message)
    return
  }
  for (const half of halves) write(codec, half, frameBytesMax, result)
}

function halve(packet: Packet): readonly Packet[] | undefined {
  const { datagrams, link } = packet
  if (datagrams.length > 0 && link !== undefined)
    return [{ datagrams }, { ...packet, datagrams: [] }]
  if (link !== undefined) {
    if (link.messages.length < 2) return undefined
    const middle = Math.ceil(link.messages.length / 2)
    return [cut(packet, link, 0, middle), cut(packet, link, middle, link.messages.length)]
  }
  if (datagrams.length < 2) return undefined
  const middle = Math.ceil(datagrams.length / 2)
  return [{ datagrams: datagrams.slice(0, middle) }, { datagrams: datagrams.slice(middle) }]
}

/** The packet with some of its link's messages only. */
function cut(packet: Packet, link: LinkSegment, start: number, end: number): Packet {
  const messages = link.messages.slice(start, end)
  const part: LinkSegment = { ack: link.ack, first: link.first + start, messages }
  return { ...packet, datagrams: [], link: part }
}

/** The packet in pieces that keep to the limit on list lengths. */
function pieces(packet: Packet, datagramsMax: number, messagesMax: number): readonly Packet[] {
  const { datagrams, link } = packet
  const many = link !== undefined && link.messages.length > messagesMax
  if (!many && datagrams.length <= datagramsMax) return [packet]
  const result: Packet[] = []
  for (let at = 0; at < datagrams.length; at += datagramsMax) {
    result.push({ datagrams: datagrams.slice(at, at + datagramsMax) })
  }
  if (link === undefined) return result
  for (let at = 0; at === 0 || at < link.messages.length; at += messagesMax) {
    result.push(cut(packet, link, at, Math.min(at + messagesMax, link.messages.length)))
  }
  return result
}

function toWire(packet: Packet): Wire {
  const { datagrams, to, link } = packet
  if (link === undefined) return [datagrams]
  const wire: [readonly unknown[], ...unknown[]] = [datagrams, to ?? null, link.ack, link.first]
  for (const { epoch, message } of link.messages) wire.push(epoch, message)
  return wire
}

/** The value of a wire form, not yet checked; `undefined` when it is not one. */
function readWire(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return undefined
  if (value.length === LINK_AT) return { datagrams: value[0] }
  if (value.length < MESSAGES_AT || value.length % 2 !== MESSAGES_AT % 2) return undefined
  const messages: Sequenced[] = []
  for (let at = MESSAGES_AT; at < value.length; at += 2) {
    messages.push({ epoch: value[at] as number, message: value[at + 1] })
  }
  const [datagrams, to, ack, first] = value
  const link = { ack, first, messages }
  return to === null ? { datagrams, link } : { datagrams, to, link }
}
