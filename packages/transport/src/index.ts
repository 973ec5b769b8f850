/**
 * How bytes get from one node to another: the transport contract, the strict codec that turns packets
 * into frames and back, and (under its own names) the link, an in-memory network and the conformance
 * kit. It knows no lock, no membership and no socket: adapters bring the sockets.
 */
export type { AnswerRead, HelloAnswer } from './adapter/handshake.ts'
export { answerHello, HELLO_BYTES_MAX, helloFrame, readAnswer } from './adapter/handshake.ts'
export type { Mailbox } from './adapter/mailbox.ts'
export { createMailbox } from './adapter/mailbox.ts'
export type { Opening, OpeningOptions, Wait } from './adapter/opening.ts'
export { createOpening } from './adapter/opening.ts'
export type { Codec, Decoded } from './codec/codec.ts'
export { createCodec } from './codec/codec.ts'
export type { CodecLimits } from './codec/limits.ts'
export { CODEC_LIMITS } from './codec/limits.ts'
export type { Frames, Packet, PacketCodec, PacketCodecOptions } from './codec/packet.ts'
export { createPacketCodec } from './codec/packet.ts'
export type { RefusedReason } from './codec/scan.ts'
export type { TransportErrorCode } from './errors.ts'
export { TransportError } from './errors.ts'
export { TRANSPORT_LIMITS, transportLimits } from './limits.ts'
export type {
  Channel,
  ChannelEvents,
  DialTarget,
  PeerIdentity,
  PeerRole,
  SendResult,
  Transport,
  TransportLimits,
} from './transport.ts'
